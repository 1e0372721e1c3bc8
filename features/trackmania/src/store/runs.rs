//! The daily runs.
//!
//! Invariant: a run is over once as many checks have ended as there are, or at its deadline; from then on nothing counts.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::Day;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::model::run::{Counts, DayOfRuns, Run, RunKind};

/// Begins a run, unless one of its kind goes on. False then.
pub async fn begin(
    executor: impl PgExecutor<'_>,
    id: Uuid,
    kind: RunKind,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let begun = sqlx::query!(
        "insert into check_runs (id, kind, started_at, deadline_at) values ($1, $2, $3, $4) on conflict do nothing",
        id,
        kind.as_str(),
        now.to_sqlx() as jiff_sqlx::Timestamp,
        (now + kind.lasts()).to_sqlx() as jiff_sqlx::Timestamp
    );
    Ok(begun.execute(executor).await?.rows_affected() == 1)
}

/// The run, if it is not over.
pub async fn open(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Run>, db::Error> {
    let row = sqlx::query!(
        "select started_at as \"started_at: jiff_sqlx::Timestamp\", planned_at is not null as \"is_planned!\"
         from check_runs where id = $1 and ended_at is null",
        id
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| Run {
        id,
        started_at: row.started_at.to_jiff(),
        is_planned: row.is_planned,
    }))
}

/// There are so many more checks.
pub async fn add(executor: impl PgExecutor<'_>, id: Uuid, checks: i64) -> Result<(), db::Error> {
    sqlx::query!(
        "update check_runs set checks = checks + $2 where id = $1 and ended_at is null",
        id,
        checks
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// All its checks are there, with so many more. True if it is over by that.
pub async fn plan(
    executor: impl PgExecutor<'_>,
    id: Uuid,
    checks: i64,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let is_over = sqlx::query_scalar!(
        "update check_runs set checks = checks + $2::bigint, planned_at = $3::timestamptz,
             ended_at = case when checked + failed >= checks + $2::bigint then $3::timestamptz end
         where id = $1 and ended_at is null
         returning ended_at is not null as \"is_over!\"",
        id,
        checks,
        now.to_sqlx() as jiff_sqlx::Timestamp
    );
    Ok(is_over.fetch_optional(executor).await?.unwrap_or(false))
}

/// Holds a run until the transaction ends. False if it is over. Taken before anything that hangs on the run, so that those who do
/// wait for each other rather than for ever.
pub async fn hold(executor: impl PgExecutor<'_>, id: Uuid) -> Result<bool, db::Error> {
    let held = sqlx::query_scalar!(
        "select true as \"is_open!\" from check_runs where id = $1 and ended_at is null for update",
        id
    );
    Ok(held.fetch_optional(executor).await?.is_some())
}

/// Counts what came of some of its checks, in the transaction that they end with. True if it is over by that; nothing counts
/// that comes after its end.
pub async fn count(
    executor: impl PgExecutor<'_>,
    id: Uuid,
    counts: Counts,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let is_over = sqlx::query_scalar!(
        "update check_runs set
             checked = checked + $2, failed = failed + $3, found = found + $4, told = told + $5,
             ended_at = case when planned_at is not null and checked + failed + $2 + $3 >= checks then $6::timestamptz end
         where id = $1 and ended_at is null
         returning ended_at is not null as \"is_over!\"",
        id,
        counts.checked,
        counts.failed,
        counts.found,
        counts.told,
        now.to_sqlx() as jiff_sqlx::Timestamp
    );
    Ok(is_over.fetch_optional(executor).await?.unwrap_or(false))
}

/// So many more users were told of what it found, also after its end.
pub async fn tell(executor: impl PgExecutor<'_>, id: Uuid, users: i64) -> Result<(), db::Error> {
    sqlx::query!(
        "update check_runs set told = told + $2 where id = $1",
        id,
        users
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// What was spent for it, also after its end.
pub async fn spend(executor: impl PgExecutor<'_>, id: Uuid, calls: u64) -> Result<(), db::Error> {
    let calls = i64::try_from(calls).unwrap_or(i64::MAX);
    sqlx::query!(
        "update check_runs set calls = calls + $2 where id = $1",
        id,
        calls
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Nothing is left to check: what is gone by now need not be.
pub async fn finish(
    executor: impl PgExecutor<'_>,
    id: Uuid,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update check_runs set checks = checked + failed, ended_at = $2 where id = $1 and ended_at is null",
        id,
        now.to_sqlx() as jiff_sqlx::Timestamp
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Its deadline has come: what hasn't been checked has failed. False if it was over before.
pub async fn end(
    executor: impl PgExecutor<'_>,
    id: Uuid,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let ended = sqlx::query!(
        "update check_runs set failed = greatest(failed, checks - checked), ended_at = $2
         where id = $1 and ended_at is null",
        id,
        now.to_sqlx() as jiff_sqlx::Timestamp
    );
    Ok(ended.execute(executor).await?.rows_affected() == 1)
}

/// What the runs of a kind that began on a day came to. None if there was none.
pub async fn of_day(
    executor: impl PgExecutor<'_>,
    kind: RunKind,
    day: Day,
) -> Result<Option<DayOfRuns>, db::Error> {
    let row = sqlx::query!(
        "select sum(checks)::bigint as \"checks!\", sum(checked)::bigint as \"checked!\", sum(failed)::bigint as \"failed!\",
                sum(found)::bigint as \"found!\", sum(told)::bigint as \"told!\", sum(calls)::bigint as \"calls!\",
                min(started_at) as \"started_at!: jiff_sqlx::Timestamp\",
                case when bool_and(ended_at is not null) then max(ended_at) end as \"ended_at: jiff_sqlx::Timestamp\"
         from check_runs where started_at >= $2 and started_at < $3 and kind = $1
         having count(*) > 0",
        kind.as_str(),
        day.start().to_sqlx() as jiff_sqlx::Timestamp,
        day.end().to_sqlx() as jiff_sqlx::Timestamp
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| DayOfRuns {
        counts: Counts {
            checked: row.checked,
            failed: row.failed,
            found: row.found,
            told: row.told,
        },
        checks: row.checks,
        calls: row.calls,
        started_at: row.started_at.to_jiff(),
        ended_at: row.ended_at.map(|at| at.to_jiff()),
    }))
}

/// Removes those that began before then, and gives how many.
pub async fn purge(executor: impl PgExecutor<'_>, before: Timestamp) -> Result<u64, db::Error> {
    let purged = sqlx::query!(
        "delete from check_runs where started_at < $1",
        before.to_sqlx() as jiff_sqlx::Timestamp
    );
    Ok(purged.execute(executor).await?.rows_affected())
}
