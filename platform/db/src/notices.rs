//! What servers tell each other over PostgreSQL's LISTEN/NOTIFY, on one connection of its own.
//!
//! Invariant: a notice may be lost, as before the connection is there, while it is away, or when a subscriber is slow; whoever
//! subscribes is told so, once it is there, and looks for itself. What must not be lost is a row in a table, and the notice only
//! a hint to look.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::PgExecutor;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::{Database, Error};

/// Notices that wait for a slow subscriber.
const BACKLOG: usize = 1024;
/// Between two tries to connect.
const RETRY: Duration = Duration::from_millis(500);

/// Tells all who listen to a channel, this server among them, in the order of the COMMITs: at once, or with the
/// caller's transaction. Each payload must have fewer than 8,000 bytes.
///
/// # Errors
/// When the database is away, or a payload is too long.
pub async fn notify(
    executor: impl PgExecutor<'_>,
    channel: &str,
    payloads: &[String],
) -> Result<(), Error> {
    sqlx::query("select pg_notify($1, payload) from unnest($2::text[]) as payload")
        .bind(channel)
        .bind(payloads)
        .execute(executor)
        .await?;
    Ok(())
}

/// What a subscriber hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The payload, at most 8,000 bytes of it.
    Told(Arc<str>),
    /// Some may have been missed.
    Missed,
}

/// The channels that this server listens to. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Notices(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    channels: HashMap<&'static str, broadcast::Sender<Notice>>,
    /// Whether those who had subscribed by then were told that listening has begun.
    has_begun: AtomicBool,
}

/// One subscriber's notices.
#[derive(Debug)]
pub struct Subscription {
    notices: broadcast::Receiver<Notice>,
    /// Listening had begun before: what came since then was missed.
    is_late: bool,
}

impl Notices {
    /// Listens to `channels` until `shutdown`. To be called within a tokio runtime.
    pub fn start(
        database: &Database,
        channels: &[&'static str],
        shutdown: CancellationToken,
    ) -> Self {
        let notices = Self::of(channels);
        let (database, listening) = (database.clone(), notices.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = listening.listen(&database) => {}
            }
        });
        notices
    }

    /// From now on, what is told on a channel that was named at the start; of another nothing is ever heard.
    pub fn subscribe(&self, channel: &str) -> Subscription {
        let notices = self
            .0
            .channels
            .get(channel)
            .map(broadcast::Sender::subscribe);
        // After subscribing: whoever isn't late is told by the channel.
        let is_late = notices.is_some() && self.0.has_begun.load(Ordering::Acquire);
        Subscription {
            notices: notices.unwrap_or_else(|| broadcast::channel(1).1),
            is_late,
        }
    }

    fn of(channels: &[&'static str]) -> Self {
        let channels = channels
            .iter()
            .map(|channel| (*channel, broadcast::Sender::new(BACKLOG)));
        Self(Arc::new(Inner {
            channels: channels.collect(),
            has_begun: AtomicBool::new(false),
        }))
    }

    async fn listen(&self, database: &Database) {
        // Not one of the requests' connections.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .connect_lazy_with((*database.pool().connect_options()).clone());
        loop {
            if let Err(error) = self.listen_once(&pool).await {
                tracing::warn!(%error, "notices of other servers can't be heard; trying again");
            }
            // Nobody is told yet that something was missed: whoever looks now finds PostgreSQL away too.
            tokio::time::sleep(RETRY).await;
        }
    }

    async fn listen_once(&self, pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.ignore_pool_close_event(true);
        listener.listen_all(self.0.channels.keys().copied()).await?;
        self.missed();
        loop {
            // None: the connection was lost, and is there again.
            let Some(notice) = listener.try_recv().await? else {
                self.missed();
                continue;
            };
            if let Some(channel) = self.0.channels.get(notice.channel()) {
                // An error means that nobody listens.
                let _ = channel.send(Notice::Told(notice.payload().into()));
            }
        }
    }

    fn missed(&self) {
        self.0.has_begun.store(true, Ordering::Release);
        for channel in self.0.channels.values() {
            let _ = channel.send(Notice::Missed);
        }
    }
}

impl Subscription {
    /// The next one. Never returns once the server shuts down.
    pub async fn next(&mut self) -> Notice {
        if std::mem::take(&mut self.is_late) {
            return Notice::Missed;
        }
        match self.notices.recv().await {
            Ok(notice) => notice,
            Err(broadcast::error::RecvError::Lagged(_)) => Notice::Missed,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// The next notice, if there is one already.
    fn next(subscription: &mut Subscription) -> Option<Notice> {
        match pin!(subscription.next()).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(notice) => Some(notice),
            Poll::Pending => None,
        }
    }

    #[test]
    fn whoever_subscribes_before_or_after_listening_began_is_told_once_to_look() {
        let notices = Notices::of(&["news"]);
        let mut early = notices.subscribe("news");
        assert_eq!(next(&mut early), None, "nothing is heard yet");
        notices.missed();
        let mut late = notices.subscribe("news");
        for subscription in [&mut early, &mut late] {
            assert_eq!(next(subscription), Some(Notice::Missed));
            assert_eq!(next(subscription), None);
        }
    }
}
