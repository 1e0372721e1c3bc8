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

/// What is wished for.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    pub user: UserId,
    pub game: u64,
}

/// What a job has to do, and what was done for it already.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    pub wish: Wish,
    /// How often a model was asked and didn't answer.
    pub model_failures: i16,
    /// Tokens of prompts and of answers that were paid for.
    pub spent: (u64, u64),
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
    wish: Wish,
    job: JobId,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "insert into review_tasks (id, user_id, game_id, job_id, state, created_at) values ($1, $2, $3, $4, 'queued', $5)",
        id.uuid(),
        wish.user.uuid(),
        wish.game.cast_signed(),
        job.uuid(),
        now.to_sqlx() as jiff_sqlx::Timestamp
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Another attempt begins. None if there is nothing to do any more. One that was given up is taken up again, unless
/// another has taken its place: its job was sent back by an administrator.
pub async fn begin(
    executor: impl PgExecutor<'_>,
    id: ReviewTaskId,
    attempt: i16,
) -> Result<Option<Task>, db::Error> {
    let row = sqlx::query!(
        "with begun as (
             update review_tasks as task set state = 'running', retries = $2 - 1, ended_at = null
             where id = $1 and (
                 state in ('queued', 'running')
                 or state = 'failed' and not exists (
                     select from review_tasks as other
                     where other.user_id = task.user_id and other.game_id = task.game_id and other.state <> 'failed'
                 )
             )
             returning user_id, game_id, model_failures, prompt_tokens, completion_tokens
         ), marked as (
             update games set status = 'reviewing' from begun
             where games.user_id = begun.user_id and games.id = begun.game_id and status = 'raw'
         )
         select * from begun",
        id.uuid(),
        i32::from(attempt)
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| Task {
        wish: Wish {
            user: row.user_id.into(),
            game: row.game_id.cast_unsigned(),
        },
        model_failures: row.model_failures,
        spent: (
            row.prompt_tokens.unsigned_abs(),
            row.completion_tokens.unsigned_abs(),
        ),
    }))
}

/// A model was asked in vain.
pub async fn model_failed(
    executor: impl PgExecutor<'_>,
    id: ReviewTaskId,
    counts: bool,
    spent: (u64, u64),
) -> Result<(), db::Error> {
    sqlx::query!(
        "update review_tasks
         set model_failures = model_failures + $2, prompt_tokens = prompt_tokens + $3,
             completion_tokens = completion_tokens + $4
         where id = $1",
        id.uuid(),
        i16::from(counts),
        spent.0.cast_signed(),
        spent.1.cast_signed()
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// An attempt failed, and another one comes. Of what is over by now, it says nothing.
pub async fn failed_for_now(
    executor: impl PgExecutor<'_>,
    id: ReviewTaskId,
    error: &str,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update review_tasks set error = $2 where id = $1 and state in ('queued', 'running')",
        id.uuid(),
        error
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Those that are open since before then, in the order of users and matches, from after one of them on.
pub async fn open_since(
    executor: impl PgExecutor<'_>,
    before: Timestamp,
    after: Option<Wish>,
    at_most: i64,
) -> Result<Vec<(ReviewTaskId, JobId, Wish)>, db::Error> {
    let rows = sqlx::query!(
        "select id, job_id, user_id, game_id from review_tasks
         where state in ('queued', 'running') and created_at < $1
           and (user_id, game_id) > ($2, $3)
         order by user_id, game_id limit $4",
        before.to_sqlx() as jiff_sqlx::Timestamp,
        after.map_or(uuid::Uuid::nil(), |wish| wish.user.uuid()),
        after.map_or(-1, |wish| wish.game.cast_signed()),
        at_most
    )
    .fetch_all(executor)
    .await?;
    let open = rows.into_iter().map(|row| {
        let wish = Wish {
            user: row.user_id.into(),
            game: row.game_id.cast_unsigned(),
        };
        (row.id.into(), row.job_id.into(), wish)
    });
    Ok(open.collect())
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

/// What became of one.
#[derive(Clone, Debug)]
pub struct Kept {
    pub id: ReviewTaskId,
    pub game: u64,
    pub state: String,
    pub retries: i32,
    pub error: Option<String>,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// All that a user ever wished for.
pub async fn all(executor: impl PgExecutor<'_>, user: UserId) -> Result<Vec<Kept>, db::Error> {
    let rows = sqlx::query!(
        "select id, game_id, state, retries, error, created_at, ended_at from review_tasks
         where user_id = $1 order by created_at, id",
        user.uuid()
    )
    .fetch_all(executor)
    .await?;
    let kept = rows.into_iter().map(|row| Kept {
        id: row.id.into(),
        game: row.game_id.cast_unsigned(),
        state: row.state,
        retries: row.retries,
        error: row.error,
        created_at: row.created_at.to_jiff(),
        ended_at: row.ended_at.map(|at| at.to_jiff()),
    });
    Ok(kept.collect())
}
