//! From running to done. Every statement names the lease: whoever lost it changes nothing.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::JobId;
use serde_json::{Value, json};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// The end of a job that was done.
#[derive(Debug)]
pub(crate) struct Success {
    pub(crate) id: JobId,
    pub(crate) lease: Uuid,
    pub(crate) result: Option<Value>,
}

/// Finishes many at once.
pub(crate) async fn succeed(
    pool: &PgPool,
    successes: &[Success],
    now: Timestamp,
) -> Result<(), db::Error> {
    let ids: Vec<Uuid> = successes.iter().map(|success| success.id.uuid()).collect();
    let leases: Vec<Uuid> = successes.iter().map(|success| success.lease).collect();
    let results: Vec<Option<Value>> = successes
        .iter()
        .map(|success| success.result.clone())
        .collect();
    sqlx::query!(
        r#"with ours as materialized (
               select jobs.id, given.result from jobs
               join unnest($1::uuid[], $2::uuid[], $3::jsonb[]) as given (id, lease, result)
                 on jobs.id = given.id and jobs.lease_id = given.lease
               order by jobs.id for update of jobs
           )
           update jobs
           set state = 'succeeded', finished_at = $4, result = ours.result, lease_id = null, lease_until = null
           from ours where jobs.id = ours.id"#,
        &ids,
        &leases,
        &results as &[Option<Value>],
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Finishes one within the handler's own transaction. False if the lease was lost: then nothing may be committed.
pub(crate) async fn complete(
    connection: &mut PgConnection,
    success: &Success,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let done = sqlx::query!(
        "update jobs
         set state = 'succeeded', finished_at = $4, result = $3, lease_id = null, lease_until = null
         where id = $1 and lease_id = $2",
        success.id.uuid(),
        success.lease,
        success.result,
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An attempt that failed, to be made again.
pub(crate) async fn fail(
    pool: &PgPool,
    id: JobId,
    lease: Uuid,
    error: &Value,
    due: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update jobs
         set state = 'failed', due_at = $4, errors = errors || $3::jsonb, lease_id = null, lease_until = null
         where id = $1 and lease_id = $2",
        id.uuid(),
        lease,
        error,
        due.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The last attempt, or one that shows that further ones are in vain.
pub(crate) async fn bury(
    pool: &PgPool,
    id: JobId,
    lease: Uuid,
    error: &Value,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "with gone as (
             delete from jobs where id = $1 and lease_id = $2 returning *
         )
         insert into dead_jobs (id, queue, kind, owner_id, payload, priority, attempts, most_attempts, errors,
                                created_at, started_at, died_at)
         select id, queue, kind, owner_id, payload, priority, attempts, most_attempts, errors || $3::jsonb,
                created_at, started_at, $4
         from gone",
        id.uuid(),
        lease,
        error,
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Given up by its handler.
pub(crate) async fn give_up(
    pool: &PgPool,
    id: JobId,
    lease: Uuid,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update jobs set state = 'cancelled', finished_at = $3, lease_id = null, lease_until = null
         where id = $1 and lease_id = $2",
        id.uuid(),
        lease,
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// One line of a job's history.
pub(crate) fn history(attempt: i16, at: Timestamp, error: &str) -> Value {
    json!({ "attempt": attempt, "at": at.to_string(), "error": error })
}
