//! What a job is: its payload, and how it is to be run, declared beside it.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Queue, Retry};

/// A piece of work for later. The payload holds ids rather than what they stand for: by the time that it is run, the
/// world has moved on.
///
/// It may be run more than once, as when its server dies between the work and writing down that it is done. What must
/// not happen twice belongs into the transaction that is given to [`Running::complete`](crate::Running::complete).
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    /// What it is called in the database and in logs, for ever: `scores.purge`.
    const KIND: &'static str;
    const QUEUE: Queue = Queue::DEFAULT;
    const RETRY: Retry = Retry::DEFAULT;
    /// How long one attempt may take. It is then broken off, at its next `await`.
    const TIMEOUT: Duration = Duration::from_secs(60);
    const PRIORITY: Priority = Priority::Normal;
}

/// Within a queue. Those of a lower one wait while there is one of a higher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    High,
    Normal,
    Low,
}

impl Priority {
    /// As the table has it: lower numbers go first.
    pub(crate) fn number(self) -> i16 {
        match self {
            Self::High => 0,
            Self::Normal => 1,
            Self::Low => 2,
        }
    }
}

/// A job was done.
#[derive(Debug)]
pub struct Done(pub(crate) Finish);

#[derive(Debug)]
pub(crate) enum Finish {
    /// Still to be written down.
    Succeeded(Option<Value>),
    /// Written down by the handler's own transaction.
    Committed,
}

impl Done {
    /// Without a result.
    pub fn empty() -> Self {
        Self(Finish::Succeeded(None))
    }

    /// With what `GET /jobs/{id}` shows as its result.
    ///
    /// # Errors
    /// [`JobError::Fatal`] if it can't be written as JSON.
    pub fn with(result: &impl Serialize) -> Result<Self, JobError> {
        Ok(Self(Finish::Succeeded(Some(to_json(result)?))))
    }
}

pub(crate) fn to_json(result: &impl Serialize) -> Result<Value, JobError> {
    serde_json::to_value(result).map_err(JobError::fatal)
}

/// Why an attempt failed. Its sentence is kept with the job, shown to its owner and to administrators: it must not
/// hold a secret.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// It may go better later.
    #[error("{error}")]
    Retry {
        error: String,
        /// Not before this time has passed, as a `Retry-After` asks for; the usual time if it is longer.
        after: Option<Duration>,
    },
    /// It will never go better.
    #[error("{0}")]
    Fatal(String),
    /// What it was about is gone, or nobody wants it any more. This is no failure.
    #[error("cancelled")]
    Cancelled,
}

impl JobError {
    pub fn retry(error: impl std::fmt::Display) -> Self {
        Self::Retry {
            error: error.to_string(),
            after: None,
        }
    }

    pub fn retry_after(error: impl std::fmt::Display, after: Duration) -> Self {
        Self::Retry {
            error: error.to_string(),
            after: Some(after),
        }
    }

    pub fn fatal(error: impl std::fmt::Display) -> Self {
        Self::Fatal(error.to_string())
    }
}

impl From<db::Error> for JobError {
    fn from(error: db::Error) -> Self {
        let (db::Error::Unavailable(cause) | db::Error::Query(cause)) = &error;
        Self::retry(format_args!("{error} {cause}"))
    }
}
