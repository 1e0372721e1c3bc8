//! The links that were mailed. Rows are the server's own work.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::UserId;
use sqlx::{PgConnection, PgExecutor};

use crate::model::mailed_token::{Hash, Purpose};

/// Keeps a new one, in place of those that were mailed for the same before.
pub async fn replace(
    connection: &mut PgConnection,
    user: UserId,
    purpose: Purpose,
    email_key: &str,
    hash: &Hash,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "delete from account_tokens where user_id = $1 and purpose = $2",
        user.uuid(),
        purpose.as_str()
    )
    .execute(&mut *connection)
    .await?;
    let expires_at = now
        .checked_add(purpose.lifetime())
        .unwrap_or(Timestamp::MAX);
    sqlx::query!(
        "insert into account_tokens (hash, user_id, purpose, email_key, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        hash,
        user.uuid(),
        purpose.as_str(),
        email_key,
        now.to_sqlx() as jiff_sqlx::Timestamp,
        expires_at.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// When the last one was mailed that has not been used.
pub async fn last_made(
    executor: impl PgExecutor<'_>,
    user: UserId,
    purpose: Purpose,
) -> Result<Option<Timestamp>, db::Error> {
    let at = sqlx::query_scalar!(
        "select max(created_at) as \"at: jiff_sqlx::Timestamp\" from account_tokens
         where user_id = $1 and purpose = $2",
        user.uuid(),
        purpose.as_str()
    )
    .fetch_one(executor)
    .await?;
    Ok(at.map(|at| at.to_jiff()))
}

/// Whether it would work now.
pub async fn exists(
    executor: impl PgExecutor<'_>,
    hash: &Hash,
    purpose: Purpose,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let exists = sqlx::query_scalar!(
        "select exists (
             select from account_tokens where hash = $1 and purpose = $2 and expires_at > $3
         ) as \"exists!\"",
        hash,
        purpose.as_str(),
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_one(executor)
    .await?;
    Ok(exists)
}

/// Uses it up. Gives whose it was, and the address that it was mailed to.
pub async fn take(
    executor: impl PgExecutor<'_>,
    hash: &Hash,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<(UserId, String)>, db::Error> {
    let taken = sqlx::query!(
        "delete from account_tokens where hash = $1 and purpose = $2 and expires_at > $3
         returning user_id, email_key",
        hash,
        purpose.as_str(),
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_optional(executor)
    .await?;
    Ok(taken.map(|row| (row.user_id.into(), row.email_key)))
}

/// Those of a user that are still good for something: for the export.
pub async fn of_user(
    executor: impl PgExecutor<'_>,
    user: UserId,
) -> Result<Vec<(String, Timestamp)>, db::Error> {
    let rows = sqlx::query!(
        "select purpose, expires_at as \"expires_at: jiff_sqlx::Timestamp\" from account_tokens
         where user_id = $1 order by expires_at",
        user.uuid()
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.purpose, row.expires_at.to_jiff()))
        .collect())
}

pub async fn purge(executor: impl PgExecutor<'_>, now: Timestamp) -> Result<u64, db::Error> {
    let purged = sqlx::query!(
        "delete from account_tokens where expires_at <= $1",
        now.to_sqlx() as jiff_sqlx::Timestamp
    )
    .execute(executor)
    .await?;
    Ok(purged.rows_affected())
}
