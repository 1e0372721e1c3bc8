//! Wishes for reviews.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{JobId, ReviewId, ReviewTaskId, UserId};
use sqlx::PgExecutor;

/// One that isn't done.
#[derive(Clone, Copy, Debug)]
pub struct Open {
    pub id: ReviewTaskId,
    pub job: JobId,
    pub running: bool,
}

/// What a job has to do.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    pub user: UserId,
    pub game: u64,
}

pub async fn open(
    executor: impl PgExecutor<'_>,
    user: UserId,
    game: u64,
) -> Result<Option<Open>, db::Error> {
    let row = sqlx::query!(
        "select id, job_id, state = 'running' as \"running!\" from review_tasks
         where user_id = $1 and game_id = $2 and state in ('queued', 'running')",
        user.uuid(),
        game.cast_signed()
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| Open {
        id: row.id.into(),
        job: row.job_id.into(),
        running: row.running,
    }))
}

pub async fn insert(
    executor: impl PgExecutor<'_>,
    id: ReviewTaskId,
    task: Task,
    job: JobId,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "insert into review_tasks (id, user_id, game_id, job_id, state, created_at) values ($1, $2, $3, $4, 'queued', $5)",
        id.uuid(),
        task.user.uuid(),
        task.game.cast_signed(),
        job.uuid(),
        now.to_sqlx() as jiff_sqlx::Timestamp
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Another attempt begins. None if there is nothing to do any more.
pub async fn begin(
    executor: impl PgExecutor<'_>,
    id: ReviewTaskId,
    attempt: i16,
) -> Result<Option<Task>, db::Error> {
    let row = sqlx::query!(
        "update review_tasks set state = 'running', retries = $2 - 1
         where id = $1 and state in ('queued', 'running') returning user_id, game_id",
        id.uuid(),
        i32::from(attempt)
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| Task {
        user: row.user_id.into(),
        game: row.game_id.cast_unsigned(),
    }))
}

/// An attempt failed, and another one comes.
pub async fn failed_for_now(
    executor: impl PgExecutor<'_>,
    id: ReviewTaskId,
    error: &str,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update review_tasks set error = $2 where id = $1",
        id.uuid(),
        error
    )
    .execute(executor)
    .await?;
    Ok(())
}

pub async fn succeed(
    executor: impl PgExecutor<'_>,
    id: ReviewTaskId,
    review: ReviewId,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update review_tasks set state = 'succeeded', review_id = $2, error = null, ended_at = $3 where id = $1",
        id.uuid(),
        review.uuid(),
        now.to_sqlx() as jiff_sqlx::Timestamp
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// It is given up. False if it was over already.
pub async fn fail(
    executor: impl PgExecutor<'_>,
    id: ReviewTaskId,
    error: &str,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let failed = sqlx::query!(
        "update review_tasks set state = 'failed', error = $2, ended_at = $3
         where id = $1 and state in ('queued', 'running')",
        id.uuid(),
        error,
        now.to_sqlx() as jiff_sqlx::Timestamp
    );
    Ok(failed.execute(executor).await?.rows_affected() > 0)
}
