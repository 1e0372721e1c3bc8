use kernel::{CursorError, ErrorKind, Failure};

#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    #[error("There is no such job of yours. Jobs are forgotten a week after they ended.")]
    JobNotFound,
    #[error("This job has begun or ended already. Only what has not begun can be cancelled.")]
    JobBegun,
    #[error("There is no queue of this name. GET /admin/queues lists them.")]
    QueueNotFound,
    #[error("The ids are no list of ids like job_… with commas. Correct them.")]
    BadIds,
    #[error(transparent)]
    Cursor(#[from] CursorError),
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Failure for JobsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::JobNotFound | Self::QueueNotFound => ErrorKind::NotFound,
            Self::JobBegun => ErrorKind::Conflict,
            Self::BadIds => ErrorKind::Malformed,
            Self::Cursor(error) => error.kind(),
            Self::Database(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::JobNotFound => "job_not_found",
            Self::JobBegun => "job_already_begun",
            Self::QueueNotFound => "queue_not_found",
            Self::BadIds => "invalid_query",
            Self::Cursor(error) => error.code(),
            Self::Database(error) => error.code(),
        }
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::Database(error) => error.retry_after(),
            _ => None,
        }
    }
}
