//! Runs jobs.
//!
//! Four tasks share what they hold: the dispatcher picks up and begins, the writer writes down how attempts ended, many
//! at once, and the keeper keeps leases and takes over those of others that ended.

mod attempt;
mod dispatch;
mod held;
mod keep;
mod lane;
#[cfg(feature = "aws")]
mod messages;
mod write;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::{Notify, mpsc};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::held::Held;
use crate::moment::later;
use crate::registry::Registry;
use crate::running::Attempt;
use crate::transport::{Settler, Transport};
use crate::{Jobs, store};

/// Attempts that ended and are not written down yet; more, and their jobs' places stay taken.
const MOST_UNWRITTEN: usize = 1024;
/// What stopping allows itself beside the drain time, for the database to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// On the worker's own connection. A lost picking-up is harmless, since nothing can be finished under its lease then,
/// and without sorts and sequential scans, a plan made for a short queue is good for a long one.
const SETTINGS: &str =
    "set synchronous_commit = off; set enable_seqscan = off; set enable_sort = off;
    set enable_bitmapscan = off";

#[derive(Clone, Debug)]
pub struct WorkerConfig {
    pub transport: Transport,
    /// Jobs that this server runs at a time.
    pub concurrency: NonZeroUsize,
    /// How long a job is ours without a sign of life. Longer than servers' clocks may differ.
    pub lease: Duration,
    /// Between two signs of life, and two looks for leases that ended.
    pub heartbeat: Duration,
    /// How long a job may wait whose notice was lost, or a delayed one beyond its time.
    pub poll: Duration,
    /// How long a message is invisible to other workers without a sign of life.
    pub invisible: Duration,
    /// How late a message may be before it is taken for lost, and another is sent.
    pub overdue: Duration,
}

impl WorkerConfig {
    pub fn new(concurrency: NonZeroUsize) -> Self {
        Self {
            transport: Transport::default(),
            concurrency,
            lease: Duration::from_secs(30),
            heartbeat: Duration::from_secs(8),
            poll: Duration::from_secs(1),
            invisible: Duration::from_secs(30),
            overdue: Duration::from_secs(60),
        }
    }
}

/// What runs jobs on this server. To be ended with [`Worker::stop`]; one that is dropped breaks everything off and
/// says nothing, as a crash does.
pub struct Worker {
    shared: Arc<Shared>,
    stop: CancellationToken,
    tasks: tokio::sync::Mutex<Tasks>,
    aborts: [tokio::task::AbortHandle; 2],
    /// What goes on as long as the worker is there, and not a moment longer: a dead one must not keep its leases.
    _beside: JoinSet<()>,
}

struct Tasks {
    dispatcher: JoinHandle<()>,
    writer: JoinHandle<()>,
}

/// What the tasks of a worker share.
pub(crate) struct Shared {
    jobs: Jobs,
    registry: Registry,
    config: WorkerConfig,
    /// The worker's own connection.
    pool: PgPool,
    held: Held,
    progressed: Arc<Notify>,
    settler: Settler,
    /// All attempts' cancellations are its children.
    killed: CancellationToken,
    /// Whether the worker could reach the queue the last time it tried.
    reached: std::sync::atomic::AtomicBool,
}

impl Worker {
    /// To be called within a tokio runtime.
    pub fn start(jobs: &Jobs, registry: Registry, config: WorkerConfig) -> Self {
        #[cfg(feature = "aws")]
        let (settler, settlements) = mpsc::unbounded_channel();
        let settler = Settler(match &config.transport {
            Transport::Postgres => None,
            #[cfg(feature = "aws")]
            Transport::Sqs(_) => Some(settler),
        });
        let shared = Arc::new(Shared {
            jobs: jobs.clone(),
            registry,
            config,
            pool: jobs.database().apart(SETTINGS),
            held: Held::default(),
            progressed: Arc::default(),
            settler,
            killed: CancellationToken::new(),
            reached: true.into(),
        });
        let stop = CancellationToken::new();
        let (ended, outcomes) = mpsc::channel(MOST_UNWRITTEN);
        let mut beside = JoinSet::new();
        beside.spawn(keep::run(Arc::clone(&shared)));
        #[cfg(feature = "aws")]
        shared.exchange_messages(settlements, &mut beside);
        let writer = write::run(Arc::clone(&shared), outcomes);
        let writer = tokio::spawn(writer);
        let dispatcher = dispatch::run(Arc::clone(&shared), ended, stop.clone());
        let dispatcher = tokio::spawn(dispatcher);
        Self {
            shared,
            stop,
            aborts: [dispatcher.abort_handle(), writer.abort_handle()],
            tasks: Tasks { dispatcher, writer }.into(),
            _beside: beside,
        }
    }

    /// Whether jobs could be picked up the last time.
    pub fn is_well(&self) -> bool {
        self.shared
            .reached
            .load(std::sync::atomic::Ordering::Acquire)
    }

    /// Begins no more jobs, waits for those that run, for `drain` at the most, and hands the others back, so that
    /// another server takes them at once. To be called once.
    pub async fn stop(&self, drain: Duration) {
        self.stop.cancel();
        let mut tasks = self.tasks.lock().await;
        if tokio::time::timeout(drain, &mut tasks.dispatcher)
            .await
            .is_err()
        {
            let held = self.shared.held.all();
            let count = held.len();
            tracing::warn!(
                count,
                "jobs are handed back: they take longer than DRAIN_TIMEOUT"
            );
            for attempt in held {
                attempt.cancelled.cancel();
            }
            let _ = tokio::time::timeout(PATIENCE, &mut tasks.dispatcher).await;
        }
        // The last outcomes: the channel is closed when all attempts have ended.
        let _ = tokio::time::timeout(PATIENCE, &mut tasks.writer).await;
        self.shared
            .hand_back(&self.shared.held.all(), None, true)
            .await;
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shared.killed.cancel();
        for task in &self.aborts {
            task.abort();
        }
    }
}

impl Shared {
    /// Gives jobs back that are held. What can't be given back is taken over when its lease ends.
    async fn hand_back(
        &self,
        attempts: &[Arc<Attempt>],
        due: Option<jiff::Timestamp>,
        begun: bool,
    ) {
        if attempts.is_empty() {
            return;
        }
        let (ids, leases): (Vec<Uuid>, Vec<Uuid>) = attempts
            .iter()
            .map(|attempt| (attempt.id.uuid(), attempt.lease))
            .unzip();
        let given = store::pick::hand_back(&self.pool, &ids, &leases, due, begun);
        match tokio::time::timeout(PATIENCE, given).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "jobs could not be handed back"),
            Err(_) => tracing::warn!("jobs could not be handed back in time"),
        }
        for attempt in attempts {
            // Queued again, they are told by a new one.
            self.settler.delete(attempt.receipt.as_ref());
        }
        self.held.remove(attempts);
    }

    /// Starts what sends messages, and settles them.
    #[cfg(feature = "aws")]
    fn exchange_messages(
        self: &Arc<Self>,
        settlements: mpsc::UnboundedReceiver<crate::transport::Settlement>,
        beside: &mut JoinSet<()>,
    ) {
        let Transport::Sqs(sqs) = &self.config.transport else {
            return;
        };
        beside.spawn(messages::send(Arc::clone(self), sqs.clone()));
        beside.spawn(messages::find_lost(Arc::clone(self), sqs.clone()));
        // It ends when the last that settles has ended.
        tokio::spawn(messages::settle(sqs.clone(), settlements));
    }

    /// Until when a lease lasts that begins then.
    fn lease_end(&self, now: jiff::Timestamp) -> jiff::Timestamp {
        later(now, self.config.lease)
    }
}
