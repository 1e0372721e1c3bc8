use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::{NotificationId, UserId};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::model::digest::DigestItem;

/// The last day whose digest takes nothing more. Runs as the user, or as the server's own work.
pub async fn last_closed_day(
    executor: impl PgExecutor<'_>,
    user: UserId,
) -> Result<Option<Date>, db::Error> {
    let day = sqlx::query_scalar!(
        "select max(day) as \"day: jiff_sqlx::Date\" from digests where user_id = $1 and closed_at is not null",
        user.uuid()
    )
    .fetch_one(executor)
    .await?;
    Ok(day.map(|day| day.to_jiff()))
}

/// The open digest of that day, made if it isn't there, and held until the transaction ends; `None` if it was closed.
pub async fn open(
    executor: impl PgExecutor<'_>,
    id: Uuid,
    user: UserId,
    day: Date,
    due_at: Timestamp,
    now: Timestamp,
) -> Result<Option<Uuid>, db::Error> {
    let id = sqlx::query_scalar!(
        "insert into digests as mine (id, user_id, day, due_at, created_at) values ($1, $2, $3, $4, $5)
         on conflict (user_id, day) do update set due_at = mine.due_at where mine.closed_at is null
         returning id",
        id,
        user.uuid(),
        day.to_sqlx() as jiff_sqlx::Date,
        due_at.to_sqlx() as jiff_sqlx::Timestamp,
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_optional(executor)
    .await?;
    Ok(id)
}

/// Moves the open digest that isn't due yet, since its user wants it at another time. Runs as the user.
pub async fn reschedule(
    executor: impl PgExecutor<'_>,
    user: UserId,
    day: Date,
    due_at: Timestamp,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update digests set day = $2, due_at = $3
         where user_id = $1 and closed_at is null and due_at > $4
           and not exists (
               select from digests other where other.user_id = $1 and other.day = $2 and other.id <> digests.id
           )",
        user.uuid(),
        day.to_sqlx() as jiff_sqlx::Date,
        due_at.to_sqlx() as jiff_sqlx::Timestamp,
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(executor)
    .await?;
    Ok(())
}

pub async fn add(
    executor: impl PgExecutor<'_>,
    digest: Uuid,
    notification: NotificationId,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update notifications set digest_id = $1 where id = $2",
        digest,
        notification.uuid()
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Closes some that are due, each by one server only. Those that are being added to are left for the next time.
pub async fn close_due(
    executor: impl PgExecutor<'_>,
    now: Timestamp,
    at_most: i64,
) -> Result<Vec<(Uuid, UserId)>, db::Error> {
    let rows = sqlx::query!(
        "update digests set closed_at = $1
         where id in (
             select id from digests where closed_at is null and due_at <= $1
             order by due_at limit $2 for update skip locked
         )
         returning id, user_id",
        now.to_sqlx() as jiff_sqlx::Timestamp,
        at_most
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.user_id.into()))
        .collect())
}

/// The id of the user's open digest, and when it is due.
pub async fn next_of(
    executor: impl PgExecutor<'_>,
    user: UserId,
) -> Result<Option<(Uuid, Timestamp)>, db::Error> {
    let row = sqlx::query!(
        "select id, due_at as \"due_at: jiff_sqlx::Timestamp\" from digests
         where user_id = $1 and closed_at is null order by due_at limit 1",
        user.uuid()
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| (row.id, row.due_at.to_jiff())))
}

/// What gathered in it, with the name of each event.
pub async fn items(
    executor: impl PgExecutor<'_>,
    digest: Uuid,
) -> Result<Vec<(String, DigestItem)>, db::Error> {
    let rows = sqlx::query!(
        "select event, title, body, link, importance, created_at as \"created_at: jiff_sqlx::Timestamp\"
         from notifications where digest_id = $1 order by id desc",
        digest
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let item = DigestItem {
                title: row.title,
                body: row.body,
                link: row.link,
                importance: row.importance,
                created_at: row.created_at.to_jiff(),
            };
            (row.event, item)
        })
        .collect())
}

/// Removes those whose day is long over.
pub async fn purge(
    executor: impl PgExecutor<'_>,
    before: Timestamp,
    at_most: i64,
) -> Result<u64, db::Error> {
    let purged = sqlx::query!(
        "delete from digests where id in (
             select id from digests where closed_at < $1 limit $2
         )",
        before.to_sqlx() as jiff_sqlx::Timestamp,
        at_most
    )
    .execute(executor)
    .await?;
    Ok(purged.rows_affected())
}
