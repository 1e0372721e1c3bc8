use std::time::Duration;

use kernel::{CursorError, ErrorKind, Failure, FieldError};

use crate::boards::BoardError;
use crate::commit::CommitError;
use crate::company::CompanyError;
use crate::model::ActionTokenError;

/// What can go wrong with scores and leaderboards.
#[derive(Debug, thiserror::Error)]
pub enum ScoresError {
    #[error(transparent)]
    Board(#[from] BoardError),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error(transparent)]
    Cursor(#[from] CursorError),
    #[error(transparent)]
    Database(#[from] db::Error),
    #[error("{0}")]
    Company(CompanyError),
    #[error(transparent)]
    Token(#[from] ActionTokenError),
    #[error("This account does not exist any more. Register, or sign in to another one.")]
    AccountGone,
    #[error("This API key may not vouch for plays of this game.")]
    GameNotAllowed,
    #[error("There is a leaderboard with this id already.")]
    LeaderboardExists,
    #[error(
        "The leaderboard global always exists: it can be renamed, but neither deleted, nor reset, nor counted otherwise."
    )]
    GlobalIsFixed,
    #[error("This leaderboard has no such period.")]
    NoSuchPeriod,
    #[error("Some fields are not valid; see details.")]
    Invalid(Vec<FieldError>),
}

impl ScoresError {
    pub fn field(name: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(name, message)])
    }
}

impl From<sqlx::Error> for ScoresError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl Failure for ScoresError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Board(error) => error.kind(),
            Self::Commit(error) => error.kind(),
            Self::Cursor(error) => error.kind(),
            Self::Database(error) => error.kind(),
            Self::Company(error) => error.kind(),
            Self::Token(error) => error.kind(),
            Self::AccountGone => ErrorKind::Unauthenticated,
            Self::GameNotAllowed => ErrorKind::Forbidden,
            Self::LeaderboardExists | Self::GlobalIsFixed => ErrorKind::Conflict,
            Self::NoSuchPeriod => ErrorKind::NotFound,
            Self::Invalid(_) => ErrorKind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Board(error) => error.code(),
            Self::Commit(error) => error.code(),
            Self::Cursor(error) => error.code(),
            Self::Database(error) => error.code(),
            Self::Company(error) => error.code(),
            Self::Token(error) => error.code(),
            Self::AccountGone => "unauthenticated",
            Self::GameNotAllowed => "game_not_allowed",
            Self::LeaderboardExists => "leaderboard_exists",
            Self::GlobalIsFixed => "leaderboard_fixed",
            Self::NoSuchPeriod => "period_not_found",
            Self::Invalid(_) => "validation_failed",
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
            Self::Board(error) => error.retry_after(),
            Self::Commit(error) => error.retry_after(),
            Self::Database(error) => error.retry_after(),
            Self::Company(error) => error.retry_after(),
            _ => None,
        }
    }
}
