use jiff::Timestamp;
use kernel::{JobId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::running::Progress;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Waits for its time or for a worker.
    Queued,
    Running,
    Succeeded,
    /// Will be tried again.
    Failed,
    /// Won't.
    Dead,
    Cancelled,
}

impl State {
    pub(crate) fn of_row(text: &str) -> Self {
        match text {
            "running" => Self::Running,
            "succeeded" => Self::Succeeded,
            "failed" => Self::Failed,
            "dead" => Self::Dead,
            "cancelled" => Self::Cancelled,
            // `queued` and `delayed`; the table allows no others.
            _ => Self::Queued,
        }
    }

    /// Whether it will never change again by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Dead | Self::Cancelled)
    }
}

/// An attempt that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedAttempt {
    /// Counted from 1.
    pub attempt: i16,
    pub at: Timestamp,
    pub error: String,
}

/// A job as it is now.
#[derive(Clone, Debug)]
pub struct Found {
    pub id: JobId,
    pub queue: String,
    pub kind: String,
    pub owner: Option<UserId>,
    pub state: State,
    pub progress: Option<Progress>,
    /// Those that were begun.
    pub attempts: i16,
    /// Oldest first.
    pub errors: Vec<FailedAttempt>,
    pub result: Option<Value>,
    pub created_at: Timestamp,
    /// Of the last attempt.
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// How many jobs are picked up before it, counted up to 10,000. None if it isn't waiting for a worker.
    pub position: Option<u64>,
}

/// What became of a wish to cancel.
#[derive(Clone, Debug)]
pub enum Cancel {
    Cancelled(Found),
    /// It has begun, or ended.
    TooLate(Found),
    NotFound,
}
