//! Summaries that are here already.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use sqlx::PgExecutor;

pub async fn find(executor: impl PgExecutor<'_>, game_id: u64) -> Result<Option<Value>, db::Error> {
    let found = sqlx::query_scalar!(
        "select payload from game_summaries where game_id = $1",
        game_id.cast_signed()
    );
    Ok(found.fetch_optional(executor).await?)
}

pub async fn keep(
    executor: impl PgExecutor<'_>,
    game_id: u64,
    payload: &Value,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "insert into game_summaries (game_id, payload, fetched_at) values ($1, $2, $3) on conflict do nothing",
        game_id.cast_signed(),
        payload,
        now.to_sqlx() as jiff_sqlx::Timestamp
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Removes those that were fetched before then, and gives how many.
pub async fn purge(executor: impl PgExecutor<'_>, before: Timestamp) -> Result<u64, db::Error> {
    let purged = sqlx::query!(
        "delete from game_summaries where fetched_at < $1",
        before.to_sqlx() as jiff_sqlx::Timestamp
    );
    Ok(purged.execute(executor).await?.rows_affected())
}
