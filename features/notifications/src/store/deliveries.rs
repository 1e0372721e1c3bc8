use std::collections::HashMap;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Day, NotificationId, UserId};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::mail_days::MailsAbout;
use crate::model::channel::Channel;

/// What a message belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Notification(NotificationId),
    Digest(Uuid),
}

pub async fn insert(
    executor: impl PgExecutor<'_>,
    id: Uuid,
    user: UserId,
    subject: Subject,
    channel: Channel,
    now: Timestamp,
) -> Result<(), db::Error> {
    let (notification, digest) = match subject {
        Subject::Notification(id) => (Some(id.uuid()), None),
        Subject::Digest(id) => (None, Some(id)),
    };
    sqlx::query!(
        "insert into deliveries (id, user_id, notification_id, digest_id, channel, created_at)
         values ($1, $2, $3, $4, $5, $6)",
        id,
        user.uuid(),
        notification,
        digest,
        channel.as_str(),
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// A message that has not been dealt with for good.
#[derive(Debug)]
pub struct Open {
    pub user: UserId,
    pub channel: Channel,
    pub subject: Subject,
    /// When a worker began to send it and never said how that ended.
    pub cut_off_at: Option<Timestamp>,
}

/// Takes it to send it, so that whoever finds it later knows that this began. `None` if it was dealt with for good, or
/// is gone. One that failed is tried again by whoever asks: an administrator has sent its job back.
pub async fn begin(
    executor: impl PgExecutor<'_>,
    id: Uuid,
    now: Timestamp,
) -> Result<Option<Open>, db::Error> {
    let row = sqlx::query!(
        "with before as (
             select id, status, attempted_at from deliveries
             where id = $1 and status in ('pending', 'sending', 'failed') for update
         )
         update deliveries d set status = 'sending', attempts = d.attempts + 1, attempted_at = $2
         from before where d.id = before.id
         returning d.user_id, d.channel, d.notification_id, d.digest_id,
                   before.status as \"before!\", before.attempted_at as \"before_at: jiff_sqlx::Timestamp\"",
        id,
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.and_then(|row| {
        let subject = match (row.notification_id, row.digest_id) {
            (Some(id), _) => Subject::Notification(id.into()),
            (None, id) => Subject::Digest(id?),
        };
        let cut_off = row.before == "sending";
        Some(Open {
            user: row.user_id.into(),
            channel: Channel::of(&row.channel)?,
            subject,
            cut_off_at: row.before_at.filter(|_| cut_off).map(|at| at.to_jiff()),
        })
    }))
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// To be tried again.
    Pending,
    Sent,
    Failed,
    Unknown,
    Skipped,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
        }
    }
}

/// False if it isn't being sent any more.
pub async fn end(
    executor: impl PgExecutor<'_>,
    id: Uuid,
    status: Status,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let finished_at = (status != Status::Pending).then(|| now.to_sqlx());
    let ended = sqlx::query!(
        "update deliveries set status = $2, reason = $3, finished_at = $4 where id = $1 and status = 'sending'",
        id,
        status.as_str(),
        reason,
        finished_at as Option<jiff_sqlx::Timestamp>,
    )
    .execute(executor)
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// What a message about a notification says.
pub struct Content {
    pub id: NotificationId,
    pub event: String,
    pub title: String,
    pub body: String,
    pub link: Option<String>,
    pub importance: i16,
    pub created_at: Timestamp,
}

pub async fn content(
    executor: impl PgExecutor<'_>,
    id: NotificationId,
) -> Result<Option<Content>, db::Error> {
    let row = sqlx::query!(
        "select id, event, title, body, link, importance, created_at as \"created_at: jiff_sqlx::Timestamp\"
         from notifications where id = $1",
        id.uuid()
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| Content {
        id: row.id.into(),
        event: row.event,
        title: row.title,
        body: row.body,
        link: row.link,
        importance: row.importance,
        created_at: row.created_at.to_jiff(),
    }))
}

/// Messages that are looked at for [`mails_about`].
const LOOKED_AT: i64 = 100_000;

/// How many mails left on a day that told of these kinds of event, by kind: of messages whose ids are from one on and
/// before another.
pub async fn mails_about(
    executor: impl PgExecutor<'_>,
    (from, to): (Uuid, Uuid),
    day: Day,
    kinds: &[&str],
) -> Result<MailsAbout, db::Error> {
    let rows = sqlx::query!(
        "with messages as materialized (
             select id, notification_id, digest_id, channel, status, finished_at
             from deliveries where id >= $1 and id < $2 order by id limit $6
         ), mails as (
             select id, notification_id, digest_id from messages
             where channel = 'email' and status = 'sent' and finished_at >= $3 and finished_at < $4
         ), told as (
             select event, mails.id from mails join notifications on notifications.id = notification_id
             where event = any($5)
             union
             select event, mails.id from mails join notifications on notifications.digest_id = mails.digest_id
             where event = any($5)
         )
         select event as \"event?\", count(*) as \"count!\" from told group by event
         union all
         select null, count(*) from messages",
        from,
        to,
        day.start().to_sqlx() as jiff_sqlx::Timestamp,
        day.end().to_sqlx() as jiff_sqlx::Timestamp,
        kinds as &[&str],
        LOOKED_AT
    )
    .fetch_all(executor)
    .await?;
    let mut is_exact = true;
    let mut counts = HashMap::new();
    for row in rows {
        match row.event {
            Some(event) => {
                counts.insert(event, row.count);
            }
            None => is_exact = row.count < LOOKED_AT,
        }
    }
    Ok(MailsAbout::new(counts, is_exact))
}
