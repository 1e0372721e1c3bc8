use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use db::{Database, Error};
use futures_util::FutureExt;
use kernel::{Clock, ErrorKind, Failure};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Mutex, Notify, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::batch::{self, BatchError};
use super::connections::Connections;
use super::count::Committed;
use super::unite::{Waiter, Waiting, unite};
use super::{Outcome, Play, Trust};
use crate::boards::Boards;

/// Submissions that may wait for a writer. More than that and callers are told to come back.
const QUEUE_CAPACITY: usize = 8192;

/// Plays that are written together, at the most.
const BATCH_CAPACITY: usize = 256;

/// While one writer's batch is in PostgreSQL, the other gathers and counts the next one.
const WRITERS: usize = 2;

/// Plays that are worth a batch beside the one that is being written. Fewer wait until that is done, and share what a batch
/// costs by itself: at 64 connections, 24 were 5 to 10 % slower, and 16 more than that.
const WORTH_A_SECOND_BATCH: usize = 32;

/// How long a play steps aside while somebody else is writing for its player, and how long in all.
const STEP_ASIDE: Duration = Duration::from_millis(3);
const PLAYER_PATIENCE: Duration = Duration::from_secs(5);

/// Why nothing is known of a submission. Sending the same again is safe, and tells.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CommitError {
    /// Shared by all who waited for the same batch.
    #[error("{0}")]
    Database(#[source] Arc<Error>),
    #[error("Too many scores are waiting to be written. Send the same request again in a moment.")]
    Busy,
    #[error("The server is stopping. Send the same request again in a moment.")]
    Stopping,
    #[error("This account is being changed. Send the same request again in a moment.")]
    PlayerBusy,
    #[error("This leaderboard is being changed. Send the same request again in a moment.")]
    BoardMoved,
}

impl Failure for CommitError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Database(error) => error.kind(),
            Self::Busy | Self::Stopping | Self::PlayerBusy | Self::BoardMoved => {
                ErrorKind::Unavailable
            }
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Database(error) => error.code(),
            Self::Busy | Self::PlayerBusy => "busy",
            Self::Stopping => "stopping",
            Self::BoardMoved => "leaderboard_changing",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Database(error) => error.retry_after(),
            Self::Busy | Self::Stopping | Self::PlayerBusy | Self::BoardMoved => {
                Some(Duration::from_secs(1))
            }
        }
    }
}

/// Where scores are handed in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct GroupCommit {
    queue: mpsc::Sender<Waiting>,
    closing: CancellationToken,
    writers: Arc<Mutex<JoinSet<()>>>,
}

/// What a writer works with.
#[derive(Clone, Debug)]
struct Writer {
    connections: Arc<Connections>,
    trust: Arc<parking_lot::Mutex<Trust>>,
    boards: Arc<Boards>,
    clock: Clock,
    /// One writer at a time gathers a batch.
    queue: Arc<Mutex<mpsc::Receiver<Waiting>>>,
    closing: CancellationToken,
    writing: Arc<Writing>,
    /// Where plays go that step aside. Weak, so that the queue ends with those who hand in.
    again: mpsc::WeakSender<Waiting>,
}

/// The batches that are being written.
#[derive(Debug, Default)]
struct Writing {
    batches: AtomicUsize,
    /// Woken when there are none any more.
    none: Notify,
}

impl Writing {
    fn is_going_on(&self) -> bool {
        self.batches.load(Ordering::Acquire) > 0
    }

    fn begin(self: &Arc<Self>) -> BatchGuard {
        self.batches.fetch_add(1, Ordering::AcqRel);
        BatchGuard(Arc::clone(self))
    }
}

/// A batch that is being written, until this is dropped.
struct BatchGuard(Arc<Writing>);

impl Drop for BatchGuard {
    fn drop(&mut self) {
        if self.0.batches.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.none.notify_one();
        }
    }
}

impl GroupCommit {
    /// Starts the writers.
    pub fn start(database: Database, boards: Arc<Boards>, clock: Clock) -> Self {
        let (queue, receiver) = mpsc::channel(QUEUE_CAPACITY);
        let closing = CancellationToken::new();
        let writer = Writer {
            connections: Arc::new(Connections::new(database)),
            trust: Arc::default(),
            boards,
            clock,
            queue: Arc::new(Mutex::new(receiver)),
            closing: closing.clone(),
            writing: Arc::default(),
            again: queue.downgrade(),
        };
        let mut writers = JoinSet::new();
        for _ in 0..WRITERS {
            writers.spawn(writer.clone().run());
        }
        Self {
            queue,
            closing,
            writers: Arc::new(Mutex::new(writers)),
        }
    }

    /// Hands in a play and waits until it is committed, or refused.
    ///
    /// # Errors
    /// When the database is away, the queue is full or the server stops. Sending the same again is safe.
    pub async fn submit(&self, play: Play) -> Result<Outcome, CommitError> {
        let (answer, outcome) = oneshot::channel();
        let waiting = Waiting {
            play,
            answer,
            since: Instant::now(),
        };
        self.queue.try_send(waiting).map_err(|error| match error {
            TrySendError::Full(_) => CommitError::Busy,
            TrySendError::Closed(_) => CommitError::Stopping,
        })?;
        outcome.await.map_err(|_| CommitError::Stopping)?
    }

    /// How many submissions wait for a writer.
    pub fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Writes what is waiting, takes in nothing more, and stops the writers.
    pub async fn drain(&self) {
        self.closing.cancel();
        let mut writers = self.writers.lock().await;
        while writers.join_next().await.is_some() {}
    }
}

impl Writer {
    async fn run(self) {
        let mut batch = Vec::with_capacity(BATCH_CAPACITY);
        loop {
            let guard = self.gather(&mut batch).await;
            if batch.is_empty() {
                return;
            }
            let writing = self.write(std::mem::take(&mut batch), guard);
            // Whoever waited hears that the server is stopping, which is nearly true of a batch that panics;
            // the next batch must not.
            let _ = AssertUnwindSafe(writing).catch_unwind().await;
        }
    }

    /// Takes the plays of the next batch. None where no more will come.
    async fn gather(&self, batch: &mut Vec<Waiting>) -> BatchGuard {
        let mut queue = self.queue.lock().await;
        loop {
            let room = BATCH_CAPACITY - batch.len();
            let gathered = tokio::select! {
                biased;
                count = queue.recv_many(batch, room) => count,
                () = self.writing.none.notified(), if !batch.is_empty() => 0,
                () = self.closing.cancelled(), if !queue.is_closed() => {
                    queue.close();
                    continue;
                }
            };
            let enough = gathered == 0 || batch.len() >= WORTH_A_SECOND_BATCH;
            if enough || !self.writing.is_going_on() {
                break;
            }
        }
        // While the queue is still ours, so that the other writer sees it.
        self.writing.begin()
    }

    /// Writes a batch and answers everyone in it.
    async fn write(&self, batch: Vec<Waiting>, writing: BatchGuard) {
        let began = Instant::now();
        metrics::histogram!("group_commit_batch_size").record(batch.len() as f64);
        let (plays, answers) = unite(batch);
        let references: Vec<&Play> = plays.iter().collect();
        let results: Vec<Result<Outcome, CommitError>> = match self
            .write_together(&references)
            .await
        {
            Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
            Err(CommitError::Database(error)) if !error.is_unavailable() && plays.len() > 1 => {
                tracing::warn!(
                    plays = plays.len(),
                    "a batch of scores failed and is written one by one"
                );
                let mut results = Vec::with_capacity(plays.len());
                for play in &plays {
                    let result = self.write_together(&[play]).await;
                    results.push(
                        result.and_then(|mut outcomes| outcomes.pop().ok_or(CommitError::Stopping)),
                    );
                }
                results
            }
            Err(error) => vec![Err(error); plays.len()],
        };
        drop(writing);
        metrics::histogram!("group_commit_duration_seconds").record(began.elapsed().as_secs_f64());
        for ((play, result), waiters) in plays.into_iter().zip(results).zip(answers) {
            if matches!(result, Ok(Outcome::PlayerBusy)) {
                self.step_aside(play, waiters);
                continue;
            }
            // That the first one's account is gone says nothing about another's.
            let (waiters, others) = if matches!(result, Ok(Outcome::UserGone)) {
                waiters.into_iter().partition(|waiter| waiter.same_request)
            } else {
                (waiters, Vec::new())
            };
            if !others.is_empty() {
                self.step_aside(play, others);
            }
            for (place, waiter) in waiters.into_iter().enumerate() {
                let mut result = result.clone();
                if place > 0 {
                    result = result.map(|first| first.of_another(waiter.same_request));
                }
                // Whoever hung up learns it by sending the same again.
                let _ = waiter.answer.send(result);
            }
        }
    }

    /// Puts plays back into the queue after a moment, in which the others go on.
    fn step_aside(&self, play: Play, waiters: Vec<Waiter>) {
        let queue = self.again.clone();
        tokio::spawn(async move {
            tokio::time::sleep(STEP_ASIDE).await;
            for Waiter {
                play: own,
                answer,
                since,
                ..
            } in waiters
            {
                let play = own.unwrap_or_else(|| play.clone());
                let waiting = Waiting {
                    play,
                    answer,
                    since,
                };
                let refused = match queue.upgrade() {
                    _ if since.elapsed() > PLAYER_PATIENCE => {
                        Some((waiting, CommitError::PlayerBusy))
                    }
                    None => Some((waiting, CommitError::Stopping)),
                    Some(queue) => queue.try_send(waiting).err().map(|error| match error {
                        TrySendError::Full(waiting) => (waiting, CommitError::Busy),
                        TrySendError::Closed(waiting) => (waiting, CommitError::Stopping),
                    }),
                };
                if let Some((waiting, error)) = refused {
                    let _ = waiting.answer.send(Err(error));
                }
            }
        });
    }

    /// Writes plays in one transaction, and has the boards in memory take what they changed.
    async fn write_together(&self, plays: &[&Play]) -> Result<Vec<Outcome>, CommitError> {
        let mut tried_before = false;
        loop {
            let error = match self.try_to_write(plays, tried_before).await {
                Ok(outcomes) => return Ok(outcomes),
                Err(error) => error,
            };
            match error {
                // The connection may have died while it was idle: one more try on a fresh one. Should the
                // first have been committed after all, the second finds that, and changes nothing.
                BatchError::Database(error) if error.is_unavailable() && !tried_before => {
                    tried_before = true;
                }
                BatchError::Database(error) | BatchError::NoConnection(error) => {
                    return Err(CommitError::Database(Arc::new(error)));
                }
                BatchError::BoardMoved => return Err(CommitError::BoardMoved),
            }
        }
    }

    async fn try_to_write(
        &self,
        plays: &[&Play],
        on_fresh: bool,
    ) -> Result<Vec<Outcome>, BatchError> {
        // While the batch before is being written.
        let mut prepared = batch::prepare(&self.boards, plays, &self.trust);
        let leased = self.connections.lease(on_fresh).await;
        let mut lease = leased.map_err(BatchError::NoConnection)?;
        if batch::make_boards(lease.connection(), &self.boards, plays, &self.clock).await? {
            prepared = batch::prepare(&self.boards, plays, &self.trust);
        }
        let writing = batch::write(
            lease.connection(),
            &self.boards,
            plays,
            &self.trust,
            prepared,
        );
        let Committed {
            outcomes,
            changes,
            pace,
        } = writing.await?;
        lease.give_back(pace);
        // The next batch is waiting for the connection, and PostgreSQL for that batch: what is left to do here comes after.
        tokio::task::yield_now().await;
        for (number, changes) in changes {
            self.boards.committed(number, changes);
        }
        Ok(outcomes)
    }
}
