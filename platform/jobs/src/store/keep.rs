//! While they run: leases, progress, and what becomes of jobs whose worker is gone.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::JobId;
use sqlx::PgPool;
use uuid::Uuid;

use crate::running::Progress;

/// Makes leases longer, and gives the jobs that are still ours, each with its lease. A row that is being finished right now is neither
/// waited for nor lost.
pub(crate) async fn extend(
    pool: &PgPool,
    ids: &[Uuid],
    leases: &[Uuid],
    until: Timestamp,
) -> Result<HashSet<(JobId, Uuid)>, db::Error> {
    let ours = sqlx::query!(
        r#"with held as materialized (
               select jobs.id from jobs
               join unnest($1::uuid[], $2::uuid[]) as given (id, lease)
                 on jobs.id = given.id and jobs.lease_id = given.lease
               for update of jobs skip locked
           ), extended as (
               update jobs set lease_until = $3 where id in (select id from held)
           )
           select jobs.id, given.lease as "lease!" from jobs
           join unnest($1::uuid[], $2::uuid[]) as given (id, lease)
             on jobs.id = given.id and jobs.lease_id = given.lease"#,
        ids,
        leases,
        until.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_all(pool)
    .await?;
    let ours = ours.into_iter().map(|row| (row.id.into(), row.lease));
    Ok(ours.collect())
}

pub(crate) async fn write_progress(
    pool: &PgPool,
    changed: &[(JobId, Uuid, Progress)],
) -> Result<(), db::Error> {
    let (mut ids, mut leases, mut done, mut total, mut notes) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (id, lease, progress) in changed {
        ids.push(id.uuid());
        leases.push(*lease);
        done.push(progress.done.cast_signed());
        total.push(progress.total.cast_signed());
        notes.push(progress.note.clone());
    }
    sqlx::query!(
        r#"with held as materialized (
               select jobs.id, given.done, given.total, given.note from jobs
               join unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[])
                        as given (id, lease, done, total, note)
                 on jobs.id = given.id and jobs.lease_id = given.lease
               for update of jobs skip locked
           )
           update jobs set progress_done = held.done, progress_total = held.total, progress_note = held.note
           from held where jobs.id = held.id"#,
        &ids,
        &leases,
        &done,
        &total,
        &notes,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Takes jobs from workers whose leases ended, but for `ours`: each has failed once more, and is queued again in its old
/// place or, if that was the last attempt, dead. Gives how many.
pub(crate) async fn reap(pool: &PgPool, ours: &[Uuid], now: Timestamp) -> Result<u64, db::Error> {
    let reaped = sqlx::query!(
        r#"with ended as materialized (
               select id from jobs
               where state = 'running' and lease_until <= $1 and lease_id <> all($3)
               order by lease_until limit 500
               for update skip locked
           ), again as (
               update jobs
               set state = 'queued', lease_id = null, lease_until = null,
                   errors = errors || jsonb_build_object('attempt', attempts, 'at', $1, 'error', $2::text)
               where id in (select id from ended) and attempts < most_attempts
               returning queue
           ), gone as (
               delete from jobs where id in (select id from ended) and attempts >= most_attempts returning *
           ), dead as (
               insert into dead_jobs (id, queue, kind, owner_id, payload, priority, attempts, most_attempts, errors,
                                      created_at, started_at, died_at)
               select id, queue, kind, owner_id, payload, priority, attempts, most_attempts,
                      errors || jsonb_build_object('attempt', attempts, 'at', $1, 'error', $2),
                      created_at, started_at, $1
               from gone
           )
           select (select count(*) from ended) as "count!",
                  (select count(told.queue) from (
                       select queue, pg_notify('jobs', queue) from (select distinct queue from again) as queues
                   ) as told) as "told!""#,
        now.to_sqlx() as jiff_sqlx::Timestamp,
        WORKER_GONE,
        ours,
    )
    .fetch_one(pool)
    .await?;
    Ok(reaped.count.cast_unsigned())
}

/// Says whether queued jobs go to another transport.
pub(crate) async fn use_outbox(pool: &PgPool, wanted: bool) -> Result<(), db::Error> {
    sqlx::query!("select use_job_outbox($1)", wanted)
        .fetch_one(pool)
        .await?;
    Ok(())
}

const WORKER_GONE: &str = "The server that ran it stopped answering.";
