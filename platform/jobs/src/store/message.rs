//! From a queued job to its message, and from the message to a job that is ours.

use std::time::Duration;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::JobId;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::pick::{Picked, Taken, picked};

/// How a job stands of which a message told, and that was not there to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    /// It has ended, or waits for a message of its own.
    Elsewhere,
    /// A worker has it right now.
    Running,
    /// It is to be tried again after so long.
    NotDue(Duration),
}

/// Takes those of the named jobs that are there to be taken: queued, or failed and due again, but nothing of a queue that was
/// paused after SQS was asked.
pub(crate) async fn take(
    pool: &PgPool,
    ids: &[Uuid],
    lease: Uuid,
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<Picked>, db::Error> {
    let rows = sqlx::query_as!(
        Taken,
        r#"with ready as materialized (
               select id, started_at is not null as begun from jobs
               where id = any($1) and (state = 'queued' or (state = 'failed' and due_at <= $3))
                 and not exists (select from queues where name = jobs.queue and paused)
               order by id for update skip locked
           )
           update jobs
           set state = 'running', attempts = attempts + 1, lease_id = $2, lease_until = $4, started_at = $3
           where id = any(array(select id from ready))
           returning id, queue, kind, owner_id, payload, attempts, most_attempts, due_at, priority, start,
                     id = any(array(select id from ready where begun)) as "is_again!""#,
        ids,
        lease,
        now.to_sqlx() as jiff_sqlx::Timestamp,
        until.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_all(pool)
    .await?;
    Ok(picked(rows, lease))
}

/// How those stand that could not be taken.
pub(crate) async fn whereabouts(
    pool: &PgPool,
    ids: &[Uuid],
    now: Timestamp,
) -> Result<Vec<(JobId, Whereabouts)>, db::Error> {
    let rows = sqlx::query!(
        "select job.id as \"id!\", jobs.state as \"state?\", jobs.due_at as \"due_at?\"
         from unnest($1::uuid[]) as job (id) left join jobs on jobs.id = job.id",
        ids
    )
    .fetch_all(pool)
    .await?;
    let whereabouts = rows.into_iter().map(|row| {
        let stands = match (row.state.as_deref(), row.due_at) {
            // Queued: somebody else is taking it in this moment, or the queue is paused.
            (Some("running" | "queued"), _) => Whereabouts::Running,
            (Some("failed"), Some(due)) => {
                let wait = due.to_jiff().duration_since(now);
                Whereabouts::NotDue(wait.try_into().unwrap_or_default())
            }
            _ => Whereabouts::Elsewhere,
        };
        (row.id.into(), stands)
    });
    Ok(whereabouts.collect())
}

/// Whether an administrator has paused the queue.
pub(crate) async fn is_paused(pool: &PgPool, queue: &str) -> Result<bool, db::Error> {
    let paused = sqlx::query_scalar!("select paused from queues where name = $1", queue)
        .fetch_optional(pool)
        .await?;
    Ok(paused.unwrap_or(false))
}

/// Takes the oldest out of the outbox, in the caller's transaction: they are back if that isn't committed.
pub(crate) async fn take_untold(
    connection: &mut PgConnection,
    most: i64,
) -> Result<Vec<(String, JobId)>, db::Error> {
    let rows = sqlx::query!(
        "delete from job_outbox where job_id = any(array(
             select job_id from job_outbox order by written_at limit $1 for update skip locked
         ))
         returning queue, job_id",
        most
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.queue, row.job_id.into()))
        .collect())
}

/// Puts back what could not be sent.
pub(crate) async fn put_back(
    connection: &mut PgConnection,
    queue: &str,
    jobs: &[JobId],
) -> Result<(), db::Error> {
    let ids: Vec<Uuid> = jobs.iter().map(|job| job.uuid()).collect();
    sqlx::query!(
        "insert into job_outbox (job_id, queue) select id, $2 from unnest($1::uuid[]) as job (id)
         on conflict (job_id) do nothing",
        &ids,
        queue
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes those jobs of a queue anew that have been queued since before, where their messages were lost.
pub(crate) async fn write_again(
    pool: &PgPool,
    queue: &str,
    since: Timestamp,
    most: i64,
) -> Result<u64, db::Error> {
    let written = sqlx::query!(
        "insert into job_outbox (job_id, queue)
         select id, queue from jobs where state = 'queued' and queue = $1 and due_at <= $2
         order by priority, start, id limit $3
         on conflict (job_id) do nothing",
        queue,
        since.to_sqlx() as jiff_sqlx::Timestamp,
        most
    )
    .execute(pool)
    .await?;
    Ok(written.rows_affected())
}
