//! The caller's own live events: who may open a stream, and when it must end.
//!
//! Invariant: a stream lasts no longer than the access token it was opened with, and than its device is signed in. A
//! device that is signed out before the stream has its place is found by looking; one that is signed out after ends the
//! stream. Where words of that may have been missed, every open stream's device is looked up again.

use std::sync::Arc;
use std::time::Duration;

use accounts::{Accounts, CurrentUser, EventTicket};
use axum::extract::FromRef;
use axum::response::Response;
use kernel::Clock;
use live::{Capacity, Hearing, Holder, InboxTopics, Inboxes, StreamSettings};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Between two tries to look while the database is away.
const RETRY: Duration = Duration::from_secs(1);

/// Cheap to clone.
#[derive(Clone)]
pub struct Events(Arc<Inner>);

struct Inner {
    accounts: Accounts,
    inboxes: Inboxes,
    capacity: Capacity,
    settings: StreamSettings,
    clock: Clock,
    /// Devices may have been signed out without a word.
    missed: Notify,
}

impl Events {
    /// Looks after open streams until `shutdown`.
    pub fn start(
        accounts: Accounts,
        inboxes: Inboxes,
        capacity: Capacity,
        settings: StreamSettings,
        clock: Clock,
        shutdown: CancellationToken,
    ) -> Self {
        let streams = capacity.clone();
        accounts.on_signed_out(Arc::new(move |user, session| match session {
            Some(session) => streams.end_session(user, session),
            None => streams.end_all_of(Holder::User(user)),
        }));
        let events = Self(Arc::new(Inner {
            accounts,
            inboxes,
            capacity,
            settings,
            clock,
            missed: Notify::new(),
        }));
        let watched = events.clone();
        tokio::spawn(async move { shutdown.run_until_cancelled(watched.watch()).await });
        events
    }

    /// What other servers tell.
    #[must_use]
    pub fn hear(&self, hearing: Hearing) -> Hearing {
        let events = self.clone();
        let hearing = self.0.inboxes.hear(hearing);
        hearing.missed(move || events.0.missed.notify_one())
    }

    pub async fn issue_ticket(&self, user: CurrentUser) -> Result<EventTicket, accounts::Error> {
        self.0.accounts.issue_event_ticket(user).await
    }

    /// Whom a ticket is for, which is worth nothing any more.
    pub async fn redeem(&self, ticket: &str) -> Result<CurrentUser, accounts::Error> {
        let user = self.0.accounts.redeem_event_ticket(ticket).await?;
        http_api::context::set_user(user.id.uuid());
        Ok(user)
    }

    pub async fn open(
        &self,
        user: CurrentUser,
        topics: InboxTopics,
    ) -> Result<Response, accounts::Error> {
        let events = &self.0;
        let holder = Holder::User(user.id);
        let Some(permit) = events.capacity.try_enter(holder, user.session) else {
            return Ok(live::overloaded());
        };
        events.accounts.check_signed_in(user).await?;
        let inbox = events.inboxes.open(user.id, topics);
        let left = user.expires_at.duration_since(events.clock.now());
        let good_for = left.try_into().unwrap_or(Duration::ZERO);
        Ok(events.settings.respond(inbox, permit, Some(good_for)))
    }

    async fn watch(self) {
        loop {
            self.0.missed.notified().await;
            if let Err(error) = self.end_those_signed_out().await {
                tracing::warn!(%error, "could not look who is still signed in; trying again");
                self.0.missed.notify_one();
                tokio::time::sleep(RETRY).await;
            }
        }
    }

    async fn end_those_signed_out(&self) -> Result<(), accounts::Error> {
        let open: Vec<_> = self.0.capacity.signed_in().into_iter().collect();
        if open.is_empty() {
            return Ok(());
        }
        for (user, session) in self.0.accounts.no_longer_signed_in(&open).await? {
            match session {
                Some(session) => self.0.capacity.end_session(user, session),
                None => self.0.capacity.end_all_of(Holder::User(user)),
            }
        }
        Ok(())
    }
}

impl FromRef<Events> for Accounts {
    fn from_ref(events: &Events) -> Self {
        events.0.accounts.clone()
    }
}
