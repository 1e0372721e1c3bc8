//! Leaderboards of maps as they were told last.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;
use sqlx::types::Json;

use crate::model::board::Record;

/// The macro calls a row of its own a record.
type Records = Json<Vec<Record>>;

/// The best of a map, at some time.
#[derive(Clone, Debug)]
pub struct Board {
    pub records: Vec<Record>,
    /// Whether there may be more of them.
    pub is_full: bool,
    pub fetched_at: Timestamp,
}

pub async fn find(executor: impl PgExecutor<'_>, uid: &str) -> Result<Option<Board>, db::Error> {
    let row = sqlx::query!(
        "select records as \"records: Records\", is_full, fetched_at as \"fetched_at: jiff_sqlx::Timestamp\"
         from map_boards where map_uid = $1",
        uid
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| Board {
        records: row.records.0,
        is_full: row.is_full,
        fetched_at: row.fetched_at.to_jiff(),
    }))
}

pub async fn keep(
    executor: impl PgExecutor<'_>,
    uid: &str,
    board: &Board,
) -> Result<(), db::Error> {
    sqlx::query!(
        "insert into map_boards (map_uid, records, is_full, fetched_at) values ($1, $2, $3, $4)
         on conflict (map_uid) do update set records = $2, is_full = $3, fetched_at = $4",
        uid,
        Json(&board.records) as Json<&Vec<Record>>,
        board.is_full,
        board.fetched_at.to_sqlx() as jiff_sqlx::Timestamp
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Removes those that were told before then, and gives how many.
pub async fn purge(executor: impl PgExecutor<'_>, before: Timestamp) -> Result<u64, db::Error> {
    let purged = sqlx::query!(
        "delete from map_boards where fetched_at < $1",
        before.to_sqlx() as jiff_sqlx::Timestamp
    );
    Ok(purged.execute(executor).await?.rows_affected())
}
