//! Queues as a whole, and jobs that are dead.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{JobId, UserId};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::admin::{DeadJob, QueueState};

/// So that queues are listed before their first job.
pub(crate) async fn declare(pool: &PgPool, names: &[String]) -> Result<(), db::Error> {
    sqlx::query!(
        "insert into queues (name) select unnest($1::text[]) on conflict do nothing",
        names
    )
    .execute(pool)
    .await?;
    Ok(())
}

pub(crate) async fn queues(pool: &PgPool, now: Timestamp) -> Result<Vec<QueueState>, db::Error> {
    let rows = sqlx::query!(
        r#"select queues.name, queues.paused, waiting.depth, waiting.oldest as "oldest: jiff_sqlx::Timestamp",
                  later.delayed, running.running, dead.dead, ended.finished
           from queues
           left join (select queue, count(*) as depth, min(due_at) as oldest from jobs
                      where state = 'queued' group by queue) as waiting on waiting.queue = queues.name
           left join (select queue, count(*) as delayed from jobs
                      where state in ('delayed', 'failed') group by queue) as later on later.queue = queues.name
           left join (select queue, count(*) as running from jobs
                      where state = 'running' group by queue) as running on running.queue = queues.name
           left join (select queue, count(*) as dead from dead_jobs group by queue) as dead
                      on dead.queue = queues.name
           left join (select queue, count(*) as finished from jobs
                      where finished_at > $1::timestamptz - interval '1 minute' group by queue) as ended
                      on ended.queue = queues.name
           order by queues.name"#,
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_all(pool)
    .await?;
    let count = |number: Option<i64>| number.unwrap_or_default().cast_unsigned();
    Ok(rows
        .into_iter()
        .map(|row| QueueState {
            name: row.name,
            paused: row.paused,
            depth: count(row.depth),
            oldest: row.oldest.map(|at| at.to_jiff()),
            delayed: count(row.delayed),
            running: count(row.running),
            dead: count(row.dead),
            finished_last_minute: count(row.finished),
        })
        .collect())
}

/// False if there is no such queue.
pub(crate) async fn set_paused(
    connection: &mut PgConnection,
    queue: &str,
    paused: bool,
) -> Result<bool, db::Error> {
    let changed = sqlx::query!(
        r#"update queues set paused = $2 where name = $1 returning pg_notify('jobs', name) is null as told"#,
        queue,
        paused
    )
    .fetch_optional(connection)
    .await?;
    Ok(changed.is_some())
}

pub(crate) async fn is_queue(
    connection: &mut PgConnection,
    queue: &str,
) -> Result<bool, db::Error> {
    let found = sqlx::query_scalar!(
        r#"select exists(select from queues where name = $1) as "found!""#,
        queue
    )
    .fetch_one(connection)
    .await?;
    Ok(found)
}

/// The latest first. `text` is looked for in kinds and errors.
pub(crate) async fn dead(
    pool: &PgPool,
    queue: &str,
    text: Option<&str>,
    before: Option<(Timestamp, Uuid)>,
    most: i64,
) -> Result<Vec<DeadJob>, db::Error> {
    let (died, id) = before.unzip();
    let rows = sqlx::query!(
        r#"select id, kind, owner_id, payload, attempts, errors, created_at, died_at from dead_jobs
           where queue = $1
             and ($2::text is null or strpos(lower(kind || ' ' || errors::text), lower($2)) > 0)
             and ($3::timestamptz is null or (died_at, id) < ($3, $4))
           order by died_at desc, id desc limit $5"#,
        queue,
        text,
        died.map(|at| at.to_sqlx()) as Option<jiff_sqlx::Timestamp>,
        id,
        most,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| DeadJob {
            id: row.id.into(),
            kind: row.kind,
            owner: row.owner_id.map(UserId::new),
            payload: row.payload,
            attempts: row.attempts,
            errors: serde_json::from_value(row.errors).unwrap_or_default(),
            created_at: row.created_at.to_jiff(),
            died_at: row.died_at.to_jiff(),
        })
        .collect())
}

/// Queues dead jobs again, with all their attempts before them and their history behind them.
pub(crate) async fn redrive(
    connection: &mut PgConnection,
    queue: &str,
    ids: Option<&[JobId]>,
    now: Timestamp,
) -> Result<u64, db::Error> {
    let ids = uuids(ids);
    let sent = sqlx::query!(
        r#"with back as (
               delete from dead_jobs where queue = $1 and ($2::uuid[] is null or id = any($2)) returning *
           ), numbered as (
               select back.*, row_number() over (partition by priority, owner_id order by id) as turn from back
           ), sent as (
               insert into jobs (id, queue, kind, owner_id, payload, priority, state, start, due_at, most_attempts,
                                 errors, created_at)
               select id, queue, kind, owner_id, payload, priority, 'queued',
                      job_start(queue, priority, owner_id) + turn - 1, $3, most_attempts, errors, created_at
               from numbered
               returning queue
           )
           select count(*) as "count!", pg_notify('jobs', $1) is null as told from sent"#,
        queue,
        ids.as_deref(),
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_one(connection)
    .await?;
    Ok(sent.count.cast_unsigned())
}

pub(crate) async fn drop_dead(
    connection: &mut PgConnection,
    queue: &str,
    ids: Option<&[JobId]>,
) -> Result<u64, db::Error> {
    let ids = uuids(ids);
    let dropped = sqlx::query!(
        "delete from dead_jobs where queue = $1 and ($2::uuid[] is null or id = any($2))",
        queue,
        ids.as_deref(),
    )
    .execute(connection)
    .await?;
    Ok(dropped.rows_affected())
}

fn uuids(ids: Option<&[JobId]>) -> Option<Vec<Uuid>> {
    ids.map(|ids| ids.iter().map(|id| id.uuid()).collect())
}

/// Removes what ended before these times. Gives how many rows went, at most `most` of each table.
pub(crate) async fn purge(
    pool: &PgPool,
    finished_before: Timestamp,
    died_before: Timestamp,
    most: i64,
) -> Result<u64, db::Error> {
    let purged = sqlx::query!(
        r#"with finished as (
               delete from jobs where id in (
                   select id from jobs where finished_at < $1 order by finished_at limit $3 for update skip locked)
               returning 1
           ), died as (
               delete from dead_jobs where id in (
                   select id from dead_jobs where died_at < $2 order by died_at limit $3 for update skip locked)
               returning 1
           ), fired as (
               delete from schedule_firings where at < $2
           )
           select (select count(*) from finished) + (select count(*) from died) as "count!""#,
        finished_before.to_sqlx() as jiff_sqlx::Timestamp,
        died_before.to_sqlx() as jiff_sqlx::Timestamp,
        most,
    )
    .fetch_one(pool)
    .await?;
    Ok(purged.count.cast_unsigned())
}

pub(crate) async fn export(
    connection: &mut PgConnection,
    owner: UserId,
) -> Result<Value, db::Error> {
    let all = sqlx::query_scalar!(
        r#"select coalesce(jsonb_agg(job order by job ->> 'createdAt'), '[]') as "all!"
           from (
               select jsonb_build_object('id', id, 'kind', kind, 'state', state, 'payload', payload,
                          'result', result, 'errors', errors, 'createdAt', created_at, 'finishedAt', finished_at) as job
               from jobs where owner_id = $1
               union all
               select jsonb_build_object('id', id, 'kind', kind, 'state', 'dead', 'payload', payload,
                          'result', null, 'errors', errors, 'createdAt', created_at, 'finishedAt', died_at)
               from dead_jobs where owner_id = $1
           ) as owned"#,
        owner.uuid()
    )
    .fetch_one(connection)
    .await?;
    Ok(all)
}

pub(crate) async fn erase(connection: &mut PgConnection, owner: UserId) -> Result<(), db::Error> {
    sqlx::query!(
        "with living as (delete from jobs where owner_id = $1) delete from dead_jobs where owner_id = $1",
        owner.uuid()
    )
    .execute(connection)
    .await?;
    Ok(())
}
