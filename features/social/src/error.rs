use std::sync::Arc;
use std::time::Duration;

use kernel::{CursorError, ErrorKind, Failure, FieldError};

use crate::store::StoreError;

/// What can go wrong here. Each sentence is for the person at the other end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("The account of this access token no longer exists. Sign up again to play on.")]
    AccountGone,
    #[error("There is no such user.")]
    UserNotFound,
    #[error("Nobody can follow themselves.")]
    OwnFollower,
    #[error("Nobody can block themselves.")]
    OwnBlock,
    #[error("This user can't be followed by you.")]
    Blocked,
    #[error("You follow 10,000 users, which is the most. Unfollow somebody first.")]
    FollowsTooMany,
    #[error("You block 10,000 users, which is the most. Unblock somebody first.")]
    BlocksTooMany,
    #[error("Some fields are not valid; see details.")]
    Invalid(Vec<FieldError>),
    #[error("Too many heartbeats are waiting to be written. Send the next one as usual.")]
    Busy,
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// Shared by all whose heartbeats were written together.
    #[error(transparent)]
    Store(Arc<StoreError>),
    #[error("{0}")]
    Games(Box<dyn Failure>),
}

impl Failure for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::AccountGone => ErrorKind::Unauthenticated,
            Self::UserNotFound => ErrorKind::NotFound,
            Self::Blocked => ErrorKind::Forbidden,
            Self::OwnFollower | Self::OwnBlock | Self::Invalid(_) => ErrorKind::Invalid,
            Self::FollowsTooMany | Self::BlocksTooMany => ErrorKind::Conflict,
            Self::Busy => ErrorKind::Unavailable,
            Self::Cursor(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Games(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::AccountGone => "unauthenticated",
            Self::UserNotFound => "user_not_found",
            Self::OwnFollower => "cannot_follow_self",
            Self::OwnBlock => "cannot_block_self",
            Self::Blocked => "blocked",
            Self::FollowsTooMany => "follows_too_many",
            Self::BlocksTooMany => "blocks_too_many",
            Self::Invalid(_) => "validation_failed",
            Self::Busy => "busy",
            Self::Cursor(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Games(error) => error.code(),
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
            Self::Busy => Some(Duration::from_secs(1)),
            Self::Store(error) => error.retry_after(),
            Self::Games(error) => error.retry_after(),
            _ => None,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl From<Box<dyn Failure>> for Error {
    fn from(error: Box<dyn Failure>) -> Self {
        Self::Games(error)
    }
}
