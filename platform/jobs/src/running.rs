use std::sync::Arc;

use db::Transaction;
use jiff::Timestamp;
use kernel::{JobId, UserId};
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Jobs;
use crate::job::{Done, Finish, JobError, to_json};
use crate::store;
use crate::store::finish::Success;
use crate::transport::Receipt;

/// How far a job has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    pub done: u64,
    /// 0 where it isn't known.
    pub total: u64,
    pub note: String,
}

/// The longest note, in characters.
const MOST_NOTE: usize = 200;

/// An attempt under way: what its handler is given. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Running(Arc<Attempt>);

#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) jobs: Jobs,
    pub(crate) id: JobId,
    pub(crate) lease: Uuid,
    pub(crate) owner: Option<UserId>,
    pub(crate) number: i16,
    pub(crate) is_last: bool,
    pub(crate) is_again: bool,
    pub(crate) due_at: Timestamp,
    /// None where no message brought it.
    pub(crate) receipt: Option<Receipt>,
    pub(crate) cancelled: CancellationToken,
    /// What is still to be written.
    pub(crate) progress: Mutex<Option<Progress>>,
    pub(crate) progressed: Arc<Notify>,
}

impl Running {
    pub(crate) fn new(attempt: Arc<Attempt>) -> Self {
        Self(attempt)
    }

    pub fn id(&self) -> JobId {
        self.0.id
    }

    pub fn owner(&self) -> Option<UserId> {
        self.0.owner
    }

    /// Counted from 1.
    pub fn attempt(&self) -> i16 {
        self.0.number
    }

    /// Whether an attempt was begun before. One that was broken off by a stop is not counted as an attempt, and may have
    /// done something all the same.
    pub fn is_again(&self) -> bool {
        self.0.is_again
    }

    /// Whether the job is dead if this attempt fails.
    pub fn is_last(&self) -> bool {
        self.0.is_last
    }

    /// When it was to be run at the earliest.
    pub fn due_at(&self) -> Timestamp {
        self.0.due_at
    }

    /// Cancelled when the result won't count any more: the time is over, the lease is lost, the job was removed, or
    /// the server stops. The attempt is broken off then by itself; this is for what it has started beside itself.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.0.cancelled
    }

    /// Tells how far it has come; `total` 0 where that isn't known. It is written a few times a second at most, and
    /// the last one always, unless the job ends before.
    pub fn progress(&self, done: u64, total: u64, note: &str) {
        *self.0.progress.lock() = Some(Progress {
            done,
            total,
            note: note.chars().take(MOST_NOTE).collect(),
        });
        self.0.progressed.notify_one();
    }

    /// Commits the handler's transaction, and the end of the job with it: what is in it happens once, whoever else
    /// may have taken the job for abandoned.
    ///
    /// # Errors
    /// If the job isn't ours any more or the database is away; nothing is committed then.
    pub async fn complete(&self, transaction: Transaction) -> Result<Done, JobError> {
        self.finish(transaction, None).await
    }

    /// The same, with what `GET /jobs/{id}` shows as the result.
    ///
    /// # Errors
    /// As [`Running::complete`], and if the result can't be written as JSON.
    pub async fn complete_with(
        &self,
        transaction: Transaction,
        result: &impl Serialize,
    ) -> Result<Done, JobError> {
        let result = to_json(result)?;
        self.finish(transaction, Some(result)).await
    }

    async fn finish(
        &self,
        mut transaction: Transaction,
        result: Option<Value>,
    ) -> Result<Done, JobError> {
        let success = Success {
            id: self.0.id,
            lease: self.0.lease,
            result,
        };
        let now = self.0.jobs.clock().now();
        if !store::finish::complete(&mut transaction, &success, now).await? {
            return Err(JobError::retry("Another server has taken this job over."));
        }
        transaction.commit().await.map_err(db::Error::from)?;
        Ok(Done(Finish::Committed))
    }
}
