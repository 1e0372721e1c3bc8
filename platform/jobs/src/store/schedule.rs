//! When schedules fire, and that they have.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::JobId;
use sqlx::{PgConnection, PgPool};

/// Remembers when a schedule fires next, unless that is known by the same line already; so what was off, and is on
/// again, begins anew.
pub(crate) async fn declare(
    pool: &PgPool,
    name: &str,
    cron: &str,
    zone: &str,
    next: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "insert into schedules (name, cron, zone, next_at) values ($1, $2, $3, $4)
         on conflict (name) do update set cron = excluded.cron, zone = excluded.zone, next_at = excluded.next_at
         where (schedules.cron, schedules.zone) <> (excluded.cron, excluded.zone)",
        name,
        cron,
        zone,
        next.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Locks a schedule whose time has come, and gives that time. None also if another server is at it.
pub(crate) async fn due(
    connection: &mut PgConnection,
    name: &str,
    now: Timestamp,
) -> Result<Option<Timestamp>, db::Error> {
    let due = sqlx::query_scalar!(
        "select next_at from schedules where name = $1 and next_at <= $2 for update skip locked",
        name,
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_optional(connection)
    .await?;
    Ok(due.map(|at| at.to_jiff()))
}

/// False if this firing is there already.
pub(crate) async fn record(
    connection: &mut PgConnection,
    name: &str,
    planned: Timestamp,
    now: Timestamp,
    job: Option<JobId>,
) -> Result<bool, db::Error> {
    let inserted = sqlx::query!(
        "insert into schedule_firings (name, planned_at, at, job_id) values ($1, $2, $3, $4) on conflict do nothing",
        name,
        planned.to_sqlx() as jiff_sqlx::Timestamp,
        now.to_sqlx() as jiff_sqlx::Timestamp,
        job.map(JobId::uuid),
    )
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub(crate) async fn set_next(
    connection: &mut PgConnection,
    name: &str,
    next: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update schedules set next_at = $2 where name = $1",
        name,
        next.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(connection)
    .await?;
    Ok(())
}
