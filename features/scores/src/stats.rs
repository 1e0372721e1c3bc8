//! What players have done in each game, for who keeps a copy of it elsewhere.

use jiff::Timestamp;
use kernel::{Tag, UserId};
use sqlx::PgExecutor;

use crate::store::stats;

/// What a player has done in a game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserGameStats {
    pub user: UserId,
    pub game: Tag,
    pub best: u64,
    pub last: u64,
    /// Grows with each play.
    pub plays: u64,
    /// To the microsecond.
    pub last_played_at: Timestamp,
}

/// All of it, a page at a time, by player and game.
///
/// # Errors
/// When the database is away.
pub async fn after(
    executor: impl PgExecutor<'_>,
    after: Option<(UserId, &Tag)>,
    at_most: usize,
) -> Result<Vec<UserGameStats>, db::Error> {
    let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
    stats::after(executor, after, at_most).await
}

/// Those of these players and games that there are, in no order.
///
/// # Errors
/// When the database is away.
pub async fn of(
    executor: impl PgExecutor<'_>,
    played: &[(UserId, Tag)],
) -> Result<Vec<UserGameStats>, db::Error> {
    stats::of(executor, played).await
}

/// How many there are.
///
/// # Errors
/// When the database is away.
pub async fn count(executor: impl PgExecutor<'_>) -> Result<u64, db::Error> {
    stats::count(executor).await
}
