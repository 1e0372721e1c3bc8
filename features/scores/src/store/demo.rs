use db::Error;
use jiff::Timestamp;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::store::commit::lock_players;

/// Which of these boards were made by a demo, and when the first of them was made.
pub async fn boards(
    executor: impl PgExecutor<'_>,
    ids: &[&str],
) -> Result<(i64, Option<Timestamp>), Error> {
    let row = sqlx::query!(
        "select count(*) as \"count!\", min(created_at) as \"made_at: jiff_sqlx::Timestamp\"
         from leaderboards where demo and id = any($1)",
        ids as &[&str]
    )
    .fetch_one(executor)
    .await?;
    Ok((row.count, row.made_at.map(jiff_sqlx::Timestamp::to_jiff)))
}

pub async fn board_numbers(executor: impl PgExecutor<'_>) -> Result<Vec<i32>, Error> {
    let numbers = sqlx::query_scalar!("select number from leaderboards where demo")
        .fetch_all(executor)
        .await?;
    Ok(numbers)
}

/// What is removed of players.
#[derive(Debug)]
pub struct Removed {
    pub events: u64,
    /// The boards that they were on.
    pub boards: Vec<i32>,
}

/// Takes players out of everything, and their plays out of the audit trail too.
pub async fn remove_players(
    connection: &mut PgConnection,
    users: &[Uuid],
) -> Result<Removed, Error> {
    lock_players(connection, users.iter().copied()).await?;
    sqlx::query!(
        "delete from consumed_tokens
         where event_id in (select id from score_events where user_id = any($1))",
        users
    )
    .execute(&mut *connection)
    .await?;
    let events = sqlx::query!("delete from score_events where user_id = any($1)", users)
        .execute(&mut *connection)
        .await?
        .rows_affected();
    sqlx::query!("delete from user_game_stats where user_id = any($1)", users)
        .execute(&mut *connection)
        .await?;
    let mut boards = sqlx::query_scalar!(
        "delete from scores where user_id = any($1) returning leaderboard_number",
        users
    )
    .fetch_all(connection)
    .await?;
    boards.sort_unstable();
    boards.dedup();
    Ok(Removed { events, boards })
}
