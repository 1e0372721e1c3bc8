use std::time::Duration;

use kernel::{CursorError, ErrorKind, Failure};

use crate::upstream::UpstreamError;

/// What can go wrong here. Each sentence is for the person at the other end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "Link your Steam account first: POST /link/steam, or GET /link/steam/start to prove it."
    )]
    SteamNotLinked,
    #[error("Prove first that the Steam account is yours: GET /link/steam/start.")]
    SteamNotVerified,
    #[error(
        "AoE4World knows no player with your Steam account. Play a ranked match or a quick match first."
    )]
    ProfileNotFound,
    #[error("Your matches are being synced already. Ask again when that is done.")]
    SyncRunning(Duration),
    #[error("Your matches were synced just now. Ask again in a moment.")]
    SyncedJustNow(Duration),
    /// Some came through, and are kept.
    #[error("{cause} {synced} matches came through and are kept; sync again to go on behind them.")]
    SyncBrokeOff { synced: u64, cause: UpstreamError },
    #[error("There is no such match among yours.")]
    GameNotFound,
    #[error("This match isn't over yet. Ask for a review when it is, and is synced again.")]
    GameNotOver,
    #[error("There is no such review among yours, or its link is no longer shared.")]
    ReviewNotFound,
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    #[error(transparent)]
    Cursor(#[from] CursorError),
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Failure for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::SteamNotLinked
            | Self::SteamNotVerified
            | Self::ProfileNotFound
            | Self::GameNotOver => ErrorKind::Conflict,
            Self::SyncRunning(_) | Self::SyncedJustNow(_) => ErrorKind::RateLimited,
            Self::GameNotFound | Self::ReviewNotFound => ErrorKind::NotFound,
            Self::SyncBrokeOff { cause, .. } | Self::Upstream(cause) => cause.kind(),
            Self::Cursor(error) => error.kind(),
            Self::Database(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::SteamNotLinked => "steam_not_linked",
            Self::SteamNotVerified => "steam_not_verified",
            Self::ProfileNotFound => "aoe4_profile_not_found",
            Self::SyncRunning(_) => "sync_running",
            Self::SyncedJustNow(_) => "synced_just_now",
            Self::GameNotFound => "game_not_found",
            Self::GameNotOver => "game_not_over",
            Self::ReviewNotFound => "review_not_found",
            Self::SyncBrokeOff { cause, .. } | Self::Upstream(cause) => cause.code(),
            Self::Cursor(error) => error.code(),
            Self::Database(error) => error.code(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::SyncRunning(wait) | Self::SyncedJustNow(wait) => Some(*wait),
            Self::SyncBrokeOff { cause, .. } | Self::Upstream(cause) => cause.retry_after(),
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
