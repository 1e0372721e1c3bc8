//! What the features stand on: the database, jobs, the way out, other servers.

use std::sync::Arc;
use std::time::Duration;

use ::accounts::Accounts;
use ::social::{PostgresStore, SocialStore};
use db::{Database, Notices};
use jobs::Jobs;
use kernel::Clock;
use live::{Hearing, Relay};
use outbound::Limits;
use tokio_util::sync::CancellationToken;

use super::{accounts, notifications};
use crate::config::{Config, Secrets};

/// Who runs a server is found here by those whom it calls, where there is no PUBLIC_URL.
pub(super) const PROJECT: &str = "self-hosted Grandstand";

/// What the features stand on.
#[derive(Clone)]
pub struct Ground {
    pub database: Database,
    pub clock: Clock,
    pub jobs: Jobs,
    pub outside: outbound::Client,
    pub(super) social_store: Arc<dyn SocialStore>,
    pub(super) relay: Relay,
    notices: Notices,
}

impl Ground {
    /// # Errors
    /// When the outgoing HTTP client can't be set up.
    pub fn new(
        config: &Config,
        database: Database,
        clock: Clock,
        shutdown: CancellationToken,
    ) -> Result<Self, outbound::Error> {
        let channels: Vec<&str> = jobs::CHANNELS.into_iter().chain([live::CHANNEL]).collect();
        let notices = Notices::start(&database, &channels, shutdown);
        Ok(Self {
            jobs: Jobs::new(database.clone(), clock.clone(), notices.clone()),
            relay: Relay::new(),
            notices,
            outside: outbound::Client::new(calling(config), clock.clone())?,
            social_store: Arc::new(PostgresStore::new(database.clone())),
            database,
            clock,
        })
    }

    /// Keeps followers and presence elsewhere than in PostgreSQL.
    #[must_use]
    pub fn with_social_store(self, social_store: Arc<dyn SocialStore>) -> Self {
        Self {
            social_store,
            ..self
        }
    }

    /// For what uses it once: it hears of no other server.
    ///
    /// # Errors
    /// As [`Ground::new`].
    pub fn for_command(config: &Config, database: Database) -> Result<Self, outbound::Error> {
        let stopped = CancellationToken::new();
        stopped.cancel();
        Self::new(config, database, Clock::system(), stopped)
    }

    /// Tells other servers, and hears them, until `shutdown`. To be called once.
    pub(super) fn hear(&self, hearing: Hearing, shutdown: CancellationToken) {
        let (relay, notices) = (self.relay.clone(), self.notices.clone());
        tokio::spawn(relay.run(self.database.clone(), notices, hearing, shutdown));
    }

    /// Accounts, which the other features stand on.
    pub fn accounts(&self, config: &Config, secrets: &Secrets, public_url: &str) -> Accounts {
        Accounts::new(
            self.database.clone(),
            self.jobs.clone(),
            self.clock.clone(),
            &self.outside,
            self.relay.clone(),
            accounts::settings(config, secrets, public_url),
        )
    }
}

/// What one bot may ask for in all: <https://discord.com/developers/docs/topics/rate-limits#global-rate-limit>.
const DISCORD: Limits = Limits {
    concurrency: 16,
    calls: Some((50, Duration::from_secs(1))),
    breaks: true,
};

pub(super) fn calling(config: &Config) -> outbound::Config {
    let contact = config.server.public_url.as_deref().unwrap_or(PROJECT);
    let issuers = config.accounts.issuers.iter();
    let issuers = issuers.map(|issuer| issuer.issuer.as_str());
    // Only what runs on this machine may be configured without TLS.
    let ours = issuers.chain([
        config.notifications.discord_api_url.as_str(),
        &config.links.steam_openid_url,
        &config.aoe4.aoe4world_url,
    ]);
    let ours = ours.chain(config.trackmania.addresses());
    let llm = config.aoe4.llm.iter().map(|llm| llm.base_url.as_str());
    let mut ours = ours.chain(llm);
    outbound::Config {
        allow_http: ours.any(|address| address.starts_with("http://")),
        hosts: vec![(notifications::discord_host(config), DISCORD)],
        foreign_networks: config.notifications.webhook_networks.clone(),
        ..outbound::Config::new(contact)
    }
}
