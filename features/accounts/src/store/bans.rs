use std::sync::Arc;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::UserId;
use sqlx::PgExecutor;

use crate::model::user::BanReason;

/// Everybody who is banned, and why.
pub async fn all(executor: impl PgExecutor<'_>) -> Result<Vec<(UserId, Arc<str>)>, db::Error> {
    let rows =
        sqlx::query!("select id, ban_reason as \"reason!\" from users where banned_at is not null")
            .fetch_all(executor)
            .await?;
    let rows = rows.into_iter();
    Ok(rows.map(|row| (row.id.into(), row.reason.into())).collect())
}

/// Why a user is banned; none for who isn't.
pub async fn reason(
    executor: impl PgExecutor<'_>,
    user: UserId,
) -> Result<Option<Arc<str>>, db::Error> {
    let reason = sqlx::query_scalar!("select ban_reason from users where id = $1", user.uuid())
        .fetch_optional(executor)
        .await?;
    Ok(reason.flatten().map(Into::into))
}

/// A ban that is there already keeps its time.
pub async fn impose(
    executor: impl PgExecutor<'_>,
    user: UserId,
    reason: &BanReason,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update users set banned_at = coalesce(banned_at, $2), ban_reason = $3 where id = $1",
        user.uuid(),
        now.to_sqlx() as jiff_sqlx::Timestamp,
        reason.as_str(),
    )
    .execute(executor)
    .await?;
    Ok(())
}

pub async fn lift(executor: impl PgExecutor<'_>, user: UserId) -> Result<(), db::Error> {
    sqlx::query!(
        "update users set banned_at = null, ban_reason = null where id = $1",
        user.uuid()
    )
    .execute(executor)
    .await?;
    Ok(())
}
