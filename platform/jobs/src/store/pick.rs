//! From waiting to running.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{JobId, UserId};
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use crate::transport::Receipt;

/// A job that is ours to run until its lease ends.
#[derive(Debug)]
pub(crate) struct Picked {
    pub(crate) id: JobId,
    pub(crate) lease: Uuid,
    pub(crate) queue: String,
    pub(crate) kind: String,
    pub(crate) owner: Option<UserId>,
    pub(crate) payload: Value,
    /// Counted from 1.
    pub(crate) attempt: i16,
    pub(crate) most_attempts: i16,
    /// Whether an attempt was begun before, counted or not.
    pub(crate) is_again: bool,
    pub(crate) due_at: Timestamp,
    /// None where no message brought it.
    pub(crate) receipt: Option<Receipt>,
}

/// A row of `jobs` that was just taken.
pub(super) struct Taken {
    pub(super) id: Uuid,
    pub(super) queue: String,
    pub(super) kind: String,
    pub(super) owner_id: Option<Uuid>,
    pub(super) payload: Value,
    pub(super) attempts: i16,
    pub(super) most_attempts: i16,
    pub(super) due_at: jiff_sqlx::Timestamp,
    pub(super) priority: i16,
    pub(super) start: Option<i64>,
    pub(super) is_again: bool,
}

/// Under this lease, in the order of the queue.
pub(super) fn picked(mut rows: Vec<Taken>, lease: Uuid) -> Vec<Picked> {
    rows.sort_by_key(|row| (row.priority, row.start, row.id));
    let picked = rows.into_iter().map(|row| Picked {
        id: row.id.into(),
        lease,
        queue: row.queue,
        kind: row.kind,
        owner: row.owner_id.map(UserId::new),
        payload: row.payload,
        attempt: row.attempts,
        most_attempts: row.most_attempts,
        is_again: row.attempts > 1 || row.is_again,
        due_at: row.due_at.to_jiff(),
        receipt: None,
    });
    picked.collect()
}

/// How many of each queue, in the order in which queues are asked.
pub(crate) struct Wanted {
    pub(crate) queues: Vec<String>,
    pub(crate) most: Vec<i64>,
    /// In all.
    pub(crate) total: i64,
}

impl Wanted {
    pub(crate) fn of(total: usize) -> Self {
        Self {
            queues: Vec::new(),
            most: Vec::new(),
            total: i64::try_from(total).unwrap_or(i64::MAX),
        }
    }

    pub(crate) fn ask(&mut self, queue: &str, most: usize) {
        let most = i64::try_from(most).unwrap_or(i64::MAX).min(self.total);
        if most > 0 {
            self.queues.push(queue.to_owned());
            self.most.push(most);
        }
    }
}

/// Takes what is next in each queue, but nothing of queues that are paused or that another worker is about to take.
/// The pool's connections plan no sorts: however long the queue is, its head is read from the index.
pub(crate) async fn pick(
    pool: &PgPool,
    wanted: &Wanted,
    lease: Uuid,
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<Picked>, db::Error> {
    let rows = sqlx::query_as!(
        Taken,
        r#"with next as materialized (
               select waiting.id, waiting.begun
               from unnest($1::text[], $2::bigint[]) as asked (queue, most)
               cross join lateral (
                   select id, started_at is not null as begun from jobs
                   where state = 'queued' and queue = asked.queue
                     and not exists (select from queues where name = asked.queue and paused)
                   order by priority, start, id
                   limit asked.most
                   for update skip locked
               ) as waiting
               limit $3
           )
           update jobs
           set state = 'running', attempts = attempts + 1, lease_id = $4, lease_until = $6, started_at = $5
           where id = any(array(select id from next))
           returning id, queue, kind, owner_id, payload, attempts, most_attempts, due_at, priority, start,
                     id = any(array(select id from next where begun)) as "is_again!""#,
        &wanted.queues,
        &wanted.most,
        wanted.total,
        lease,
        now.to_sqlx() as jiff_sqlx::Timestamp,
        until.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_all(pool)
    .await?;
    Ok(picked(rows, lease))
}

/// Queues what has waited until its time, and what was to be tried again by `overdue`, behind what is queued already.
/// Gives how many, at most `most`.
pub(crate) async fn promote(
    pool: &PgPool,
    now: Timestamp,
    overdue: Timestamp,
    most: i64,
) -> Result<u64, db::Error> {
    let promoted = sqlx::query!(
        r#"with due as materialized (
               select id, queue, priority, owner_id,
                      row_number() over (partition by queue, priority, owner_id order by due_at, id) as turn
               from (
                   select id, queue, priority, owner_id, due_at from jobs
                   where state in ('delayed', 'failed') and due_at <= case state when 'failed' then $3::timestamptz else $1::timestamptz end
                   order by due_at
                   limit $2
                   for update skip locked
               ) as taken
           ), flows as materialized (
               select queue, priority, owner_id, job_start(queue, priority, owner_id) as start
               from due group by queue, priority, owner_id
           ), promoted as (
               update jobs
               set state = 'queued', start = flows.start + due.turn - 1
               from due join flows on flows.queue = due.queue and flows.priority = due.priority
                                  and flows.owner_id is not distinct from due.owner_id
               where jobs.id = due.id
               returning jobs.queue
           )
           select count(told.queue) as "count!"
           from (select queue, pg_notify('jobs', queue) from promoted) as told"#,
        now.to_sqlx() as jiff_sqlx::Timestamp,
        most,
        overdue.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_one(pool)
    .await?;
    Ok(promoted.count.cast_unsigned())
}

/// When the next job has waited long enough.
pub(crate) async fn next_due(pool: &PgPool) -> Result<Option<Timestamp>, db::Error> {
    let due = sqlx::query_scalar!(
        "select due_at from jobs where state in ('delayed', 'failed') order by due_at limit 1"
    )
    .fetch_optional(pool)
    .await?;
    Ok(due.map(|due| due.to_jiff()))
}

/// Gives jobs back that were picked up and aren't done: another worker takes them at once, and no attempt is counted.
/// What must not be run by this server yet, because it doesn't know how, isn't due before `due`. Of what was `begun`, it
/// stays known when.
pub(crate) async fn hand_back(
    pool: &PgPool,
    ids: &[Uuid],
    leases: &[Uuid],
    due: Option<Timestamp>,
    begun: bool,
) -> Result<(), db::Error> {
    sqlx::query!(
        r#"with given as (
               update jobs
               set state = case when $3::timestamptz is null then 'queued' else 'delayed' end,
                   due_at = coalesce($3, due_at),
                   attempts = attempts - 1, lease_id = null, lease_until = null,
                   started_at = case when $4 then started_at end
               from unnest($1::uuid[], $2::uuid[]) as given (id, lease)
               where jobs.id = given.id and jobs.lease_id = given.lease
               returning queue
           )
           select pg_notify('jobs', queue) from (select distinct queue from given) as queues"#,
        ids,
        leases,
        due.map(|due| due.to_sqlx()) as Option<jiff_sqlx::Timestamp>,
        begun,
    )
    .fetch_all(pool)
    .await?;
    Ok(())
}
