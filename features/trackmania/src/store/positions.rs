//! How many have a record on maps, as it was seen last, and when that was seen to change.
//!
//! Invariant: what one user's search sees serves all others'; so it is kept when something moved, not whether.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;

#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// When the map was looked at for the first time.
    pub since: Timestamp,
    /// When another position than before was seen last; None if that never happened.
    pub moved_at: Option<Timestamp>,
}

/// Keeps where the slowest time would rank now, and says of each map what was seen of it until now.
pub async fn see(
    executor: impl PgExecutor<'_>,
    positions: &HashMap<String, i64>,
    now: Timestamp,
) -> Result<HashMap<String, Seen>, db::Error> {
    // In one order, so that two who see the same maps wait for each other rather than for ever.
    let mut all: Vec<(&str, i64)> = positions
        .iter()
        .map(|(uid, at)| (uid.as_str(), *at))
        .collect();
    all.sort_unstable();
    let (uids, positions): (Vec<&str>, Vec<i64>) = all.into_iter().unzip();
    let rows = sqlx::query!(
        "insert into map_positions as known (map_uid, position, first_seen_at, seen_at)
         select map_uid, position, $3, $3 from unnest($1::text[], $2::int8[]) as told (map_uid, position)
         on conflict (map_uid) do update set
             position = excluded.position,
             seen_at = excluded.seen_at,
             moved_at = case when known.position = excluded.position then known.moved_at else excluded.seen_at end
         returning map_uid, first_seen_at as \"first_seen_at: jiff_sqlx::Timestamp\",
                   moved_at as \"moved_at: jiff_sqlx::Timestamp\"",
        &uids as &[&str],
        &positions,
        now.to_sqlx() as jiff_sqlx::Timestamp
    )
    .fetch_all(executor)
    .await?;
    let seen = rows.into_iter().map(|row| {
        let seen = Seen {
            since: row.first_seen_at.to_jiff(),
            moved_at: row.moved_at.map(|at| at.to_jiff()),
        };
        (row.map_uid, seen)
    });
    Ok(seen.collect())
}

/// Removes those that were not looked at since then, and gives how many.
pub async fn purge(executor: impl PgExecutor<'_>, before: Timestamp) -> Result<u64, db::Error> {
    let purged = sqlx::query!(
        "delete from map_positions where seen_at < $1",
        before.to_sqlx() as jiff_sqlx::Timestamp
    );
    Ok(purged.execute(executor).await?.rows_affected())
}
