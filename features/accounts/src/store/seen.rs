use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Day, UserId};
use sqlx::PgExecutor;

/// Notes that a user was seen, and counts them among the day's if they are new there. The row of the day is held by
/// nobody for longer than this statement.
pub async fn note(
    executor: impl PgExecutor<'_>,
    user: UserId,
    now: Timestamp,
    day: Day,
) -> Result<(), db::Error> {
    sqlx::query!(
        "with before as (
             select id, last_seen_at from users where id = $1 for no key update
         ), seen as (
             update users set last_seen_at = $2 from before
             where users.id = before.id and (before.last_seen_at is null or before.last_seen_at < $2)
         )
         insert into active_users (day, count)
             select $4, 1 from before where last_seen_at is null or last_seen_at < $3
             on conflict (day) do update set count = active_users.count + 1",
        user.uuid(),
        now.to_sqlx() as jiff_sqlx::Timestamp,
        day.start().to_sqlx() as jiff_sqlx::Timestamp,
        day.date().to_sqlx() as jiff_sqlx::Date,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// When a user was seen last. Runs as the user.
pub async fn last(
    executor: impl PgExecutor<'_>,
    user: UserId,
) -> Result<Option<Timestamp>, db::Error> {
    let last = sqlx::query_scalar!("select last_seen_at from users where id = $1", user.uuid())
        .fetch_optional(executor)
        .await?;
    Ok(last.flatten().map(jiff_sqlx::Timestamp::to_jiff))
}
