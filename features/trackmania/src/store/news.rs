//! What is new on maps: records, each with the run that saw it first.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::model::news::News;

/// Keeps what a run saw on a map, and gives how many of it nobody saw before.
pub async fn keep(
    executor: impl PgExecutor<'_>,
    uid: &str,
    news: &[News],
    run_at: Timestamp,
) -> Result<i64, db::Error> {
    let accounts: Vec<Uuid> = news.iter().map(|one| one.account.uuid()).collect();
    let positions: Vec<i64> = news.iter().map(|one| one.position).collect();
    let times: Vec<i64> = news.iter().map(|one| one.time).collect();
    let driven_at: Vec<jiff_sqlx::Timestamp> =
        news.iter().map(|one| one.driven_at.to_sqlx()).collect();
    let next: Vec<Option<Uuid>> = news
        .iter()
        .map(|one| one.next.map(|next| next.uuid()))
        .collect();
    let gaps: Vec<Option<i64>> = news.iter().map(|one| one.gap).collect();
    let found = sqlx::query_scalar!(
        "with kept as (
             insert into map_news as known (map_uid, account_id, position, time, driven_at, next_id, gap, found_at)
             select $1, account_id, position, time, driven_at, next_id, gap, $8
             from unnest($2::uuid[], $3::int8[], $4::int8[], $5::timestamptz[], $6::uuid[], $7::int8[])
                  as told (account_id, position, time, driven_at, next_id, gap)
             on conflict (map_uid, account_id) do update set
                 position = excluded.position, time = excluded.time, driven_at = excluded.driven_at,
                 next_id = excluded.next_id, gap = excluded.gap,
                 found_at = case when (known.time, known.driven_at) = (excluded.time, excluded.driven_at)
                                 then known.found_at else excluded.found_at end
             returning found_at = $8 as is_new
         )
         select count(*) as \"count!\" from kept where is_new",
        uid,
        &accounts,
        &positions,
        &times,
        &driven_at as &[jiff_sqlx::Timestamp],
        &next as &[Option<Uuid>],
        &gaps as &[Option<i64>],
        run_at.to_sqlx() as jiff_sqlx::Timestamp
    );
    Ok(found.fetch_one(executor).await?)
}

/// Removes what was seen first before then, and gives how many.
pub async fn purge(executor: impl PgExecutor<'_>, before: Timestamp) -> Result<u64, db::Error> {
    let purged = sqlx::query!(
        "delete from map_news where found_at < $1",
        before.to_sqlx() as jiff_sqlx::Timestamp
    );
    Ok(purged.execute(executor).await?.rows_affected())
}
