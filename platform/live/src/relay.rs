//! What servers on one database tell each other at once, over PostgreSQL's LISTEN/NOTIFY.
//!
//! Invariants:
//! - Telling never waits and never fails: what can't be told is dropped, and the others hear that they missed
//!   something ([`Hearing::missed`]) as soon as anything gets through again.
//! - A server doesn't hear what it tells by [`Relay::tell`], which it has done by itself. What is told with a
//!   transaction ([`Relay::tell_in`]) is heard by all, this server included, in the order of the COMMITs, and not at all
//!   if there is none.
//! - What is told may be lost: the truth is in tables.

use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use db::{Database, Notice, Notices};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use sqlx::PgConnection;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What [`db::Notices`] must be started with.
pub const CHANNEL: &str = "live";

/// The longest body, in bytes of JSON: PostgreSQL takes payloads of fewer than 8,000.
pub const MAX_BODY: usize = 7_800;

/// Messages that wait to be told, and how many go in one statement.
const OUTBOX: usize = 1024;
const BATCH: usize = 64;

/// Between two signs of life, and how long a server is believed to be there after one.
const HEARTBEAT: Duration = Duration::from_secs(5);
const BELIEVED: Duration = Duration::from_secs(16);

/// Kinds of messages that are the relay's own.
const HERE: &str = "here";
const MISSED: &str = "missed";

/// One server's voice among the others. Cheap to clone.
#[derive(Clone)]
pub struct Relay(Arc<Inner>);

struct Inner {
    /// Who we are among the servers.
    id: Uuid,
    outbox: mpsc::Sender<String>,
    /// Until [`Relay::run`] takes it.
    waiting: Mutex<Option<mpsc::Receiver<String>>>,
    /// Something could not be told.
    lost: AtomicBool,
    /// When each of the others was heard last.
    others: Mutex<HashMap<Uuid, Instant>>,
    is_alone: AtomicBool,
}

#[derive(Serialize, Deserialize)]
struct Envelope<'a> {
    from: Uuid,
    to_all: bool,
    kind: &'a str,
    #[serde(borrow)]
    body: &'a RawValue,
}

type Told = Box<dyn Fn(&RawValue) -> serde_json::Result<()> + Send + Sync>;
type Missed = Box<dyn Fn() + Send + Sync>;

/// What is done about what other servers tell. Handlers must not block.
#[derive(Default)]
pub struct Hearing {
    told: HashMap<&'static str, Told>,
    missed: Vec<Missed>,
}

impl Hearing {
    pub fn new() -> Self {
        Self::default()
    }

    /// `hear` is given each message of this kind.
    #[must_use]
    pub fn told<T: DeserializeOwned>(
        mut self,
        kind: &'static str,
        hear: impl Fn(T) + Send + Sync + 'static,
    ) -> Self {
        let hear: Told = Box::new(move |body| {
            hear(serde_json::from_str(body.get())?);
            Ok(())
        });
        self.told.insert(kind, hear);
        self
    }

    /// `look` is called when messages may have been missed: once after the start, and each time that the connection
    /// to PostgreSQL was away, or another server could not tell what it had to.
    #[must_use]
    pub fn missed(mut self, look: impl Fn() + Send + Sync + 'static) -> Self {
        self.missed.push(Box::new(look));
        self
    }

    fn hear(&self, envelope: &Envelope<'_>) {
        let Some(hear) = self.told.get(envelope.kind) else {
            // The relay's own, or of a later release.
            return;
        };
        // After a panic, which is logged where it happens, the next message is heard all the same.
        if let Ok(Err(error)) = catch_unwind(AssertUnwindSafe(|| hear(envelope.body))) {
            tracing::warn!(%error, kind = envelope.kind, "a message of another server can't be read");
        }
    }

    fn look(&self) {
        for look in &self.missed {
            let _ = catch_unwind(AssertUnwindSafe(look));
        }
    }
}

impl Relay {
    /// Tells nothing by itself, and hears nothing, until [`Relay::run`].
    pub fn new() -> Self {
        let (outbox, waiting) = mpsc::channel(OUTBOX);
        Self(Arc::new(Inner {
            id: Uuid::from_u128(rand::random()),
            outbox,
            waiting: Mutex::new(Some(waiting)),
            lost: AtomicBool::new(false),
            others: Mutex::default(),
            is_alone: AtomicBool::new(true),
        }))
    }

    /// Whether no other server has been heard lately. For what needn't be told then: a server that comes later must
    /// not depend on it.
    pub fn is_alone(&self) -> bool {
        self.0.is_alone.load(Ordering::Acquire)
    }

    /// Tells the other servers, soon. The body has at most [`MAX_BODY`] bytes of JSON; where it can't be told, the
    /// others hear that they missed something.
    pub fn tell(&self, kind: &'static str, body: &impl Serialize) {
        let message = self.message(false, kind, body);
        if self.0.outbox.try_send(message).is_err() {
            self.0.lost.store(true, Ordering::Release);
        }
    }

    /// Tells all servers, this one included, if the caller's transaction is committed. The body as in [`Relay::tell`].
    ///
    /// # Errors
    /// When the database is away.
    pub async fn tell_in(
        &self,
        connection: &mut PgConnection,
        kind: &'static str,
        body: &impl Serialize,
    ) -> Result<(), db::Error> {
        db::notify(connection, CHANNEL, &[self.message(true, kind, body)]).await
    }

    fn message(&self, to_all: bool, kind: &'static str, body: &impl Serialize) -> String {
        let written = to_raw_value(body).ok();
        let fits = written.filter(|body| body.get().len() <= MAX_BODY);
        if fits.is_none() {
            tracing::error!(
                kind,
                "a message to other servers is too long, or can't be written"
            );
        }
        let envelope = Envelope {
            from: self.0.id,
            to_all,
            kind: if fits.is_some() { kind } else { MISSED },
            body: fits.as_deref().unwrap_or(RawValue::NULL),
        };
        // Ids and JSON can always be written.
        serde_json::to_string(&envelope).unwrap_or_default()
    }

    /// Tells and hears until `shutdown`. To be called once.
    pub async fn run(
        self,
        database: Database,
        notices: Notices,
        hearing: Hearing,
        shutdown: CancellationToken,
    ) {
        let Some(waiting) = self.0.waiting.lock().take() else {
            return;
        };
        let working = async {
            tokio::join!(
                self.tell_what_waits(&database, waiting),
                self.listen(&notices, &hearing)
            )
        };
        shutdown.run_until_cancelled(working).await;
    }

    async fn tell_what_waits(&self, database: &Database, mut waiting: mpsc::Receiver<String>) {
        while let Some(first) = waiting.recv().await {
            let mut messages = Vec::new();
            if self.0.lost.swap(false, Ordering::AcqRel) {
                messages.push(self.message(false, MISSED, &()));
            }
            messages.push(first);
            while messages.len() < BATCH
                && let Ok(next) = waiting.try_recv()
            {
                messages.push(next);
            }
            if let Err(error) = db::notify(database.pool(), CHANNEL, &messages).await {
                tracing::warn!(%error, "other servers could not be told of changes");
                self.0.lost.store(true, Ordering::Release);
            }
        }
    }

    async fn listen(&self, notices: &Notices, hearing: &Hearing) {
        let mut notices = notices.subscribe(CHANNEL);
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                notice = notices.next() => match notice {
                    Notice::Told(message) => self.hear(&message, hearing),
                    Notice::Missed => {
                        self.tell(HERE, &());
                        hearing.look();
                    }
                },
                _ = heartbeat.tick() => {
                    self.forget_the_silent();
                    self.tell(HERE, &());
                }
            }
        }
    }

    fn hear(&self, message: &str, hearing: &Hearing) {
        let Ok(envelope) = serde_json::from_str::<Envelope<'_>>(message) else {
            tracing::warn!("a message that no server of ours wrote came on the channel {CHANNEL}");
            return;
        };
        let is_own = envelope.from == self.0.id;
        if !is_own {
            self.meet(envelope.from);
        }
        if is_own && !envelope.to_all {
            return;
        }
        if envelope.kind == MISSED {
            hearing.look();
        } else {
            hearing.hear(&envelope);
        }
    }

    /// Whoever is new learns at once that we are here.
    fn meet(&self, other: Uuid) {
        let is_new = self.0.others.lock().insert(other, Instant::now()).is_none();
        if is_new {
            self.0.is_alone.store(false, Ordering::Release);
            self.tell(HERE, &());
        }
    }

    fn forget_the_silent(&self) {
        let mut others = self.0.others.lock();
        others.retain(|_, heard| heard.elapsed() < BELIEVED);
        self.0.is_alone.store(others.is_empty(), Ordering::Release);
    }
}

impl Default for Relay {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Relay")
            .field("id", &self.0.id)
            .field("is_alone", &self.is_alone())
            .finish()
    }
}
