use std::time::Duration;

use kernel::{CursorError, ErrorKind, Failure, FieldError};

/// What can go wrong here. Each sentence is for the person at the other end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("The account of this access token no longer exists. Sign up again to play on.")]
    AccountGone,
    #[error("This link is not valid. Use the one in the mail, whole.")]
    InvalidUnsubscribeToken,
    #[error("There is no such user.")]
    UserNotFound,
    #[error("Some fields are not valid; see details.")]
    Invalid(Vec<FieldError>),
    #[error(transparent)]
    Cursor(#[from] CursorError),
    #[error(transparent)]
    Database(#[from] db::Error),
    #[error("The server made a mistake. It has been logged.")]
    Template(#[from] askama::Error),
}

impl Failure for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::AccountGone => ErrorKind::Unauthenticated,
            Self::InvalidUnsubscribeToken | Self::UserNotFound => ErrorKind::NotFound,
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Cursor(error) => error.kind(),
            Self::Database(error) => error.kind(),
            Self::Template(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::AccountGone => "unauthenticated",
            Self::InvalidUnsubscribeToken => "invalid_unsubscribe_token",
            Self::UserNotFound => "user_not_found",
            Self::Invalid(_) => "validation_failed",
            Self::Cursor(error) => error.code(),
            Self::Database(error) => error.code(),
            Self::Template(_) => "internal_error",
        }
    }

    fn details(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(details) => details.clone(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Database(error) => error.retry_after(),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}
