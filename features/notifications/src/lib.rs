//! Floor 3: what users are told, and how: in the app, by mail, on Discord, to a webhook; the daily digest; feedback.
//!
//! - [`Notifications::notify`] is the one way in: what it writes is there exactly if the caller's transaction is.
//! - [`event`] lists what there is to tell.
//! - [`mail`] is how mail leaves the house; mail about accounts goes the same way.

mod actions;
mod channels;
mod error;
mod jobs;
pub mod mail;
mod mail_days;
mod model;
mod routes;
mod store;
mod undelivered;

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use accounts::Accounts;
use axum::extract::FromRef;
use db::Database;
use http_api::RateLimiter;
use kernel::{Clock, Secret};
use live::Inboxes;

pub use crate::actions::digest::Preview;
pub use crate::channels::discord::DiscordConfig;
pub use crate::error::Error;
pub use crate::jobs::{GatherDigests, Purge};
pub use crate::mail_days::{MailOutcome, MailsAbout, MailsOverview};
pub use crate::model::digest::{Digest, DigestItem};
pub use crate::model::event;
pub use crate::undelivered::Undelivered;

use crate::channels::discord::Discord;
use crate::mail::Mailer;
use crate::mail::render::Site;
use crate::model::plan::Means;
use crate::model::unsubscribe::UnsubscribeTokens;

/// How this feature is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where browsers reach the server, without a slash at its end: links in mails begin with it.
    pub public_url: String,
    /// Signs the links by which one unsubscribes.
    pub secret: Secret,
    /// The hour of the digest for those who chose none: 0–23, in their own time zone.
    pub digest_hour: i8,
    pub discord: Option<DiscordConfig>,
    /// Whether a Discord account may be written to that nobody has proven to be theirs.
    pub unverified_links: bool,
    /// How long a webhook may take to answer.
    pub webhook_timeout: Duration,
    /// Feedback from one address within a time; none for no limit.
    pub feedback: Option<(NonZeroU32, Duration)>,
}

/// The ways by which users are told.
pub struct Ways {
    pub jobs: ::jobs::Jobs,
    pub inboxes: Inboxes,
    pub outside: outbound::Client,
    pub mailer: Arc<Mailer>,
}

/// The feature, running. Cheap to clone.
#[derive(Clone)]
pub struct Notifications(Arc<Inner>);

pub struct Inner {
    database: Database,
    accounts: Accounts,
    jobs: ::jobs::Jobs,
    inboxes: Inboxes,
    clock: Clock,
    outside: outbound::Client,
    mailer: Arc<Mailer>,
    discord: Option<Discord>,
    unsubscribe_tokens: UnsubscribeTokens,
    site: Site,
    digest_hour: i8,
    unverified_links: bool,
    webhook_timeout: Duration,
    feedback: Option<RateLimiter<IpAddr>>,
}

impl Notifications {
    pub fn new(
        database: Database,
        accounts: Accounts,
        ways: Ways,
        clock: Clock,
        config: Config,
    ) -> Self {
        let Ways {
            jobs,
            inboxes,
            outside,
            mailer,
        } = ways;
        Self(Arc::new(Inner {
            discord: config
                .discord
                .map(|discord| Discord::new(outside.clone(), discord, clock.clone())),
            unsubscribe_tokens: UnsubscribeTokens::new(&config.secret),
            site: Site {
                public_url: config.public_url,
            },
            digest_hour: config.digest_hour,
            unverified_links: config.unverified_links,
            webhook_timeout: config.webhook_timeout,
            feedback: config
                .feedback
                .map(|(count, window)| RateLimiter::new("feedback", count, window, clock.clone())),
            database,
            accounts,
            jobs,
            inboxes,
            clock,
            outside,
            mailer,
        }))
    }

    /// Forgets who was limited long ago.
    pub fn sweep(&self) {
        if let Some(limiter) = &self.feedback {
            limiter.sweep();
        }
    }

    /// Removes old mails where mails become files: see [`Mailer::purge`].
    pub async fn purge_mail_files(&self) {
        self.mailer.purge().await;
    }

    fn means(&self) -> Means {
        Means {
            discord: self.discord.is_some(),
            unverified_links: self.unverified_links,
        }
    }
}

impl Deref for Notifications {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl FromRef<Notifications> for Accounts {
    fn from_ref(notifications: &Notifications) -> Self {
        notifications.accounts.clone()
    }
}
