use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{NotificationId, UserId};
use serde::Deserialize;
use sqlx::PgExecutor;
use sqlx::types::Json;
use uuid::Uuid;

use crate::model::event::Event;

/// A notification in the history.
pub struct Notification {
    pub id: NotificationId,
    pub event: String,
    pub title: String,
    pub body: String,
    pub link: Option<String>,
    pub importance: i16,
    pub created_at: Timestamp,
    pub read_at: Option<Timestamp>,
    /// When the digest that it is in comes, or came.
    pub digest_due_at: Option<Timestamp>,
    pub deliveries: Vec<Delivery>,
}

/// What became of it on one channel.
#[derive(Clone, Debug, Deserialize)]
pub struct Delivery {
    pub channel: String,
    pub status: String,
    pub attempts: i16,
    pub reason: Option<String>,
    pub finished_at: Option<Timestamp>,
}

/// False where the user was told of the same before; nothing is written then.
pub async fn insert(
    executor: impl PgExecutor<'_>,
    id: NotificationId,
    user: UserId,
    event: &Event,
    unread: bool,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let now = now.to_sqlx();
    let inserted = sqlx::query!(
        "insert into notifications (id, user_id, event, fact, title, body, link, importance, created_at, read_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (user_id, event, fact) where fact is not null do nothing",
        id.uuid(),
        user.uuid(),
        event.kind.name,
        event.fact,
        event.title,
        event.body,
        event.link,
        event.kind.importance.number(),
        now as jiff_sqlx::Timestamp,
        (!unread).then_some(now) as Option<jiff_sqlx::Timestamp>,
    )
    .execute(executor)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Newest first. Runs as the user.
pub async fn list(
    executor: impl PgExecutor<'_>,
    user: UserId,
    unread_only: bool,
    before: Option<Uuid>,
    at_most: i64,
) -> Result<Vec<Notification>, db::Error> {
    let rows = sqlx::query!(
        "select n.id, n.event, n.title, n.body, n.link, n.importance,
                n.created_at as \"created_at: jiff_sqlx::Timestamp\", n.read_at as \"read_at: jiff_sqlx::Timestamp\",
                digest.due_at as \"due_at?: jiff_sqlx::Timestamp\",
                (select coalesce(jsonb_agg(jsonb_build_object(
                            'channel', d.channel, 'status', d.status, 'attempts', d.attempts, 'reason', d.reason,
                            'finished_at', d.finished_at) order by d.channel), '[]')
                 from deliveries d where d.notification_id = n.id or d.digest_id = n.digest_id)
                    as \"deliveries!: Json<Vec<Delivery>>\"
         from notifications n left join digests digest on digest.id = n.digest_id
         where n.user_id = $1 and ($2 or n.read_at is null) and ($3::uuid is null or n.id < $3)
         order by n.id desc limit $4",
        user.uuid(),
        !unread_only,
        before,
        at_most,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Notification {
            id: row.id.into(),
            event: row.event,
            title: row.title,
            body: row.body,
            link: row.link,
            importance: row.importance,
            created_at: row.created_at.to_jiff(),
            read_at: row.read_at.map(|at| at.to_jiff()),
            digest_due_at: row.due_at.map(|at| at.to_jiff()),
            deliveries: row.deliveries.0,
        })
        .collect())
}

/// Runs as the user.
pub async fn count_unread(executor: impl PgExecutor<'_>, user: UserId) -> Result<i64, db::Error> {
    let count = sqlx::query_scalar!(
        "select count(*) as \"count!\" from notifications where user_id = $1 and read_at is null",
        user.uuid()
    )
    .fetch_one(executor)
    .await?;
    Ok(count)
}

/// Marks these as read, or all that are there. Runs as the user.
pub async fn mark_read(
    executor: impl PgExecutor<'_>,
    user: UserId,
    ids: Option<&[Uuid]>,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update notifications set read_at = $3
         where user_id = $1 and read_at is null and ($2::uuid[] is null or id = any($2))",
        user.uuid(),
        ids,
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Removes some of what was told before this time. Gives how many went.
pub async fn purge(
    executor: impl PgExecutor<'_>,
    before: Timestamp,
    at_most: i64,
) -> Result<u64, db::Error> {
    let purged = sqlx::query!(
        "delete from notifications where id in (
             select id from notifications where created_at < $1 limit $2
         )",
        before.to_sqlx() as jiff_sqlx::Timestamp,
        at_most
    )
    .execute(executor)
    .await?;
    Ok(purged.rows_affected())
}
