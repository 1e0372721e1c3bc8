//! What servers tell each other over PostgreSQL's LISTEN/NOTIFY, on one connection of its own.
//!
//! Invariant: a notice may be lost, as while the connection is away or when a subscriber is slow; whoever subscribes
//! is told so, once the connection is there again, and looks for itself. What must not be lost is a row in a table, and
//! the notice only a hint to look.

use std::collections::HashMap;
use std::sync::Arc;
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
pub struct Notices(Arc<HashMap<&'static str, broadcast::Sender<Notice>>>);

/// One subscriber's notices.
#[derive(Debug)]
pub struct Subscription(broadcast::Receiver<Notice>);

impl Notices {
    /// Listens to `channels` until `shutdown`. To be called within a tokio runtime.
    pub fn start(
        database: &Database,
        channels: &[&'static str],
        shutdown: CancellationToken,
    ) -> Self {
        let notices = Self(Arc::new(
            channels
                .iter()
                .map(|channel| (*channel, broadcast::Sender::new(BACKLOG)))
                .collect(),
        ));
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
        let receiver = self.0.get(channel).map(broadcast::Sender::subscribe);
        Subscription(receiver.unwrap_or_else(|| broadcast::channel(1).1))
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
        listener.listen_all(self.0.keys().copied()).await?;
        self.missed();
        loop {
            // None: the connection was lost, and is there again.
            let Some(notice) = listener.try_recv().await? else {
                self.missed();
                continue;
            };
            if let Some(channel) = self.0.get(notice.channel()) {
                // An error means that nobody listens.
                let _ = channel.send(Notice::Told(notice.payload().into()));
            }
        }
    }

    fn missed(&self) {
        for channel in self.0.values() {
            let _ = channel.send(Notice::Missed);
        }
    }
}

impl Subscription {
    /// The next one. Never returns once the server shuts down.
    pub async fn next(&mut self) -> Notice {
        match self.0.recv().await {
            Ok(notice) => notice,
            Err(broadcast::error::RecvError::Lagged(_)) => Notice::Missed,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
