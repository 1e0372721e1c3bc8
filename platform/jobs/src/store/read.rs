//! What is told about a job, and taking one out before it begins.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{JobId, UserId};
use sqlx::PgConnection;

use crate::found::{Found, State};
use crate::running::Progress;

/// Wherever it is. Under a user's request only that user's.
pub(crate) async fn find(
    connection: &mut PgConnection,
    id: JobId,
) -> Result<Option<Found>, db::Error> {
    let row = sqlx::query!(
        r#"select queue as "queue!", kind as "kind!", owner_id, state as "state!", progress_done, progress_total,
                  progress_note, attempts as "attempts!", errors as "errors!", result,
                  created_at as "created_at!: jiff_sqlx::Timestamp", started_at as "started_at: jiff_sqlx::Timestamp",
                  finished_at as "finished_at: jiff_sqlx::Timestamp", job_position(id) as position
           from jobs where id = $1
           union all
           select queue, kind, owner_id, 'dead', null, null, null, attempts, errors, null, created_at, started_at,
                  died_at, null
           from dead_jobs where id = $1"#,
        id.uuid()
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Found {
        id,
        queue: row.queue,
        kind: row.kind,
        owner: row.owner_id.map(UserId::new),
        state: State::of_row(&row.state),
        progress: progress(row.progress_done, row.progress_total, row.progress_note),
        attempts: row.attempts,
        errors: serde_json::from_value(row.errors).unwrap_or_default(),
        result: row.result,
        created_at: row.created_at.to_jiff(),
        started_at: row.started_at.map(|at| at.to_jiff()),
        finished_at: row.finished_at.map(|at| at.to_jiff()),
        position: row.position.map(i64::cast_unsigned),
    }))
}

/// Of many at once.
pub(crate) async fn states(
    connection: &mut PgConnection,
    ids: &[JobId],
) -> Result<HashMap<JobId, State>, db::Error> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"select id as "id!", state as "state!" from jobs where id = any($1)
           union all
           select id, 'dead' from dead_jobs where id = any($1)"#,
        &ids
    )
    .fetch_all(connection)
    .await?;
    let states = rows.into_iter();
    Ok(states
        .map(|row| (row.id.into(), State::of_row(&row.state)))
        .collect())
}

pub(crate) fn progress(
    done: Option<i64>,
    total: Option<i64>,
    note: Option<String>,
) -> Option<Progress> {
    Some(Progress {
        done: done?.cast_unsigned(),
        total: total?.cast_unsigned(),
        note: note.unwrap_or_default(),
    })
}

/// False if it isn't there any more to be cancelled, because it has begun or ended.
pub(crate) async fn cancel(
    connection: &mut PgConnection,
    id: JobId,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let done = sqlx::query!(
        "update jobs set state = 'cancelled', finished_at = $2
         where id = $1 and state in ('delayed', 'queued', 'failed')",
        id.uuid(),
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
