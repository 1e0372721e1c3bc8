//! The boards of `--demo`, and taking away what was played there.

use db::Database;
use jiff::Timestamp;
use kernel::{Clock, Tag, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::ScoresError;
use crate::store::demo as store;
use crate::store::leaderboards::{self, NewLeaderboard};

pub use crate::model::{Operator, ScoreOrder};
pub use store::Removed;

/// A board to be made: a game's own, with the game's id.
#[derive(Clone, Debug)]
pub struct DemoBoard {
    pub game: Tag,
    pub title: &'static str,
    pub order: ScoreOrder,
    pub operator: Operator,
}

/// Makes the boards that aren't there yet. Gives when the first of them was made.
///
/// # Errors
/// [`ScoresError::LeaderboardExists`] when a board that no demo made has one of the ids.
pub async fn ensure_boards(
    database: &Database,
    clock: &Clock,
    boards: &[DemoBoard],
) -> Result<Timestamp, ScoresError> {
    let now = clock.now();
    for board in boards {
        let new = NewLeaderboard {
            id: &board.game,
            game: Some(&board.game),
            title: board.title,
            order: board.order,
            operator: board.operator,
            reset: None,
            next_reset_at: None,
            demo: true,
        };
        leaderboards::insert(database.pool(), &new, now).await?;
    }
    let ids: Vec<&str> = boards.iter().map(|board| board.game.as_str()).collect();
    match store::boards(database.pool(), &ids).await? {
        (count, Some(made_at)) if usize::try_from(count) == Ok(ids.len()) => Ok(made_at),
        _ => Err(ScoresError::LeaderboardExists),
    }
}

/// Takes players off every board and out of the audit trail, as if they had never played.
/// To be followed by [`remove_boards`] in the same transaction.
///
/// # Errors
/// When the database is away.
pub async fn remove_players(
    connection: &mut PgConnection,
    players: &[UserId],
) -> Result<Removed, ScoresError> {
    let users: Vec<Uuid> = players.iter().map(|player| player.uuid()).collect();
    Ok(store::remove_players(connection, &users).await?)
}

/// Removes the boards that demos made, and has running servers notice that others lost players. Gives how many boards
/// there were. To be the last before COMMIT.
///
/// # Errors
/// When the database is away.
pub async fn remove_boards(
    connection: &mut PgConnection,
    removed: &Removed,
) -> Result<u64, ScoresError> {
    let gone = store::board_numbers(&mut *connection).await?;
    // All of them are locked at once, in everybody's order, before any is deleted.
    let touched: Vec<i32> = removed.boards.iter().chain(&gone).copied().collect();
    leaderboards::raise_versions(&mut *connection, &touched).await?;
    for number in &gone {
        leaderboards::delete(&mut *connection, *number).await?;
    }
    Ok(gone.len() as u64)
}
