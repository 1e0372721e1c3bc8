//! Maps as Nadeo told of them.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;

use crate::model::map::{Map, Medals};

/// The map, if it was told of since then.
pub async fn find(
    executor: impl PgExecutor<'_>,
    uid: &str,
    since: Timestamp,
) -> Result<Option<Map>, db::Error> {
    let row = sqlx::query!(
        "select uid, id, name, author, author_time, gold_time, silver_time, bronze_time, is_race,
                uploaded_at as \"uploaded_at: jiff_sqlx::Timestamp\"
         from maps where uid = $1 and fetched_at >= $2",
        uid,
        since.to_sqlx() as jiff_sqlx::Timestamp
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| Map {
        uid: row.uid,
        id: row.id,
        name: row.name,
        author: row.author.into(),
        medals: Medals {
            author: row.author_time,
            gold: row.gold_time,
            silver: row.silver_time,
            bronze: row.bronze_time,
        },
        is_race: row.is_race,
        uploaded_at: row.uploaded_at.map(|at| at.to_jiff()),
    }))
}

pub async fn keep(
    executor: impl PgExecutor<'_>,
    map: &Map,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "insert into maps (uid, id, name, author, author_time, gold_time, silver_time, bronze_time, is_race, uploaded_at, fetched_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (uid) do update set
             id = $2, name = $3, author = $4, author_time = $5, gold_time = $6, silver_time = $7, bronze_time = $8,
             is_race = $9, uploaded_at = $10, fetched_at = $11",
        map.uid,
        map.id,
        map.name,
        map.author.uuid(),
        map.medals.author,
        map.medals.gold,
        map.medals.silver,
        map.medals.bronze,
        map.is_race,
        map.uploaded_at.map(|at| at.to_sqlx()) as Option<jiff_sqlx::Timestamp>,
        now.to_sqlx() as jiff_sqlx::Timestamp
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Removes those that nobody asked for since then, and gives how many.
pub async fn purge(executor: impl PgExecutor<'_>, before: Timestamp) -> Result<u64, db::Error> {
    let purged = sqlx::query!(
        "delete from maps where fetched_at < $1",
        before.to_sqlx() as jiff_sqlx::Timestamp
    );
    Ok(purged.execute(executor).await?.rows_affected())
}
