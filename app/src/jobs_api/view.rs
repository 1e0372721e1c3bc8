//! What answers look like.

use jobs::{Change, DeadJob, FailedAttempt, Found, Progress, QueueState, State};
use kernel::{Cursor, JobId, Moment, UserId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// How far a job has come.
#[derive(Serialize, ToSchema)]
#[schema(as = JobProgress)]
pub struct ProgressView {
    done: u64,
    /// 0 where it isn't known.
    total: u64,
    note: String,
}

impl From<Progress> for ProgressView {
    fn from(progress: Progress) -> Self {
        Self {
            done: progress.done,
            total: progress.total,
            note: progress.note,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = JobState)]
#[serde(rename_all = "lowercase")]
pub enum StateView {
    Queued,
    Running,
    Succeeded,
    /// Will be tried again.
    Failed,
    /// Won't.
    Dead,
    Cancelled,
}

impl From<State> for StateView {
    fn from(state: State) -> Self {
        match state {
            State::Queued => Self::Queued,
            State::Running => Self::Running,
            State::Succeeded => Self::Succeeded,
            State::Failed => Self::Failed,
            State::Dead => Self::Dead,
            State::Cancelled => Self::Cancelled,
        }
    }
}

/// What a `job` event says: what has changed about a job.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeView {
    id: JobId,
    kind: String,
    state: StateView,
    attempts: i16,
    progress: Option<ProgressView>,
}

impl From<Change> for ChangeView {
    fn from(change: Change) -> Self {
        Self {
            id: change.id,
            kind: change.kind,
            state: change.state.into(),
            attempts: change.attempts,
            progress: change.progress.map(Into::into),
        }
    }
}

/// A piece of work for later.
#[derive(Serialize, ToSchema)]
#[schema(as = Job)]
#[serde(rename_all = "camelCase")]
pub struct JobView {
    id: JobId,
    #[schema(example = "aoe4.review")]
    kind: String,
    state: StateView,
    progress: Option<ProgressView>,
    /// Attempts that were begun.
    attempts: i16,
    /// Of the last attempt that failed.
    error: Option<String>,
    result: Option<Value>,
    created_at: Moment,
    /// When the last attempt began.
    started_at: Option<Moment>,
    finished_at: Option<Moment>,
    /// How many jobs are begun before it, counted up to 10,000. Null unless it waits for a worker.
    queue_position: Option<u64>,
}

impl From<Found> for JobView {
    fn from(found: Found) -> Self {
        Self {
            id: found.id,
            kind: found.kind,
            state: found.state.into(),
            progress: found.progress.map(ProgressView::from),
            attempts: found.attempts,
            error: found
                .errors
                .into_iter()
                .next_back()
                .map(|failed| failed.error),
            result: found.result,
            created_at: found.created_at.into(),
            started_at: found.started_at.map(Moment),
            finished_at: found.finished_at.map(Moment),
            queue_position: found.position,
        }
    }
}

/// A queue over all servers.
#[derive(Serialize, ToSchema)]
#[schema(as = Queue)]
#[serde(rename_all = "camelCase")]
pub struct QueueView {
    name: String,
    paused: bool,
    /// Jobs that wait for a worker.
    depth: u64,
    /// Since when the one that has waited longest could have been run.
    oldest_at: Option<Moment>,
    /// Jobs that wait for their time, for the first attempt or another.
    delayed: u64,
    running: u64,
    dead: u64,
    finished_last_minute: u64,
}

impl From<QueueState> for QueueView {
    fn from(queue: QueueState) -> Self {
        Self {
            name: queue.name,
            paused: queue.paused,
            depth: queue.depth,
            oldest_at: queue.oldest.map(Moment),
            delayed: queue.delayed,
            running: queue.running,
            dead: queue.dead,
            finished_last_minute: queue.finished_last_minute,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueList {
    pub queues: Vec<QueueView>,
    #[schema(value_type = Option<String>)]
    pub next_cursor: Option<Cursor>,
}

/// An attempt that failed.
#[derive(Serialize, ToSchema)]
#[schema(as = FailedAttempt)]
pub struct FailedAttemptView {
    attempt: i16,
    at: Moment,
    error: String,
}

impl From<FailedAttempt> for FailedAttemptView {
    fn from(failed: FailedAttempt) -> Self {
        Self {
            attempt: failed.attempt,
            at: failed.at.into(),
            error: failed.error,
        }
    }
}

/// A job that won't be tried again by itself.
#[derive(Serialize, ToSchema)]
#[schema(as = DeadJob)]
#[serde(rename_all = "camelCase")]
pub struct DeadJobView {
    id: JobId,
    kind: String,
    user_id: Option<UserId>,
    payload: Value,
    attempts: i16,
    /// Oldest first.
    errors: Vec<FailedAttemptView>,
    created_at: Moment,
    died_at: Moment,
}

impl From<DeadJob> for DeadJobView {
    fn from(job: DeadJob) -> Self {
        Self {
            id: job.id,
            kind: job.kind,
            user_id: job.owner,
            payload: job.payload,
            attempts: job.attempts,
            errors: job
                .errors
                .into_iter()
                .map(FailedAttemptView::from)
                .collect(),
            created_at: job.created_at.into(),
            died_at: job.died_at.into(),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeadJobList {
    pub jobs: Vec<DeadJobView>,
    #[schema(value_type = Option<String>)]
    pub next_cursor: Option<Cursor>,
}

/// How many dead jobs an act was done to.
#[derive(Serialize, ToSchema)]
pub struct Affected {
    pub count: u64,
}
