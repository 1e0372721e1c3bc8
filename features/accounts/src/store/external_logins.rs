use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::UserId;
use sqlx::PgExecutor;

use crate::model::user::Role;

/// An account at an issuer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Login {
    pub issuer: String,
    pub subject: String,
}

pub async fn find(
    executor: impl PgExecutor<'_>,
    login: &Login,
) -> Result<Option<(UserId, Role)>, db::Error> {
    let row = sqlx::query!(
        "select users.id, role from external_logins join users on users.id = user_id
         where issuer = $1 and subject = $2",
        login.issuer,
        login.subject
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| (row.id.into(), row.role.into())))
}

/// False when another request was first; it has committed by the time this returns.
pub async fn insert(
    executor: impl PgExecutor<'_>,
    login: &Login,
    user: UserId,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let inserted = sqlx::query!(
        "insert into external_logins (issuer, subject, user_id, created_at) values ($1, $2, $3, $4)
         on conflict (issuer, subject) do nothing",
        login.issuer,
        login.subject,
        user.uuid(),
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(executor)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub async fn of_user(executor: impl PgExecutor<'_>, user: UserId) -> Result<Vec<Login>, db::Error> {
    let logins = sqlx::query_as!(
        Login,
        "select issuer, subject from external_logins where user_id = $1 order by issuer, subject",
        user.uuid()
    )
    .fetch_all(executor)
    .await?;
    Ok(logins)
}

/// When the account that this login had was deleted.
pub async fn ended_at(
    executor: impl PgExecutor<'_>,
    fingerprint: &[u8],
) -> Result<Option<Timestamp>, db::Error> {
    let ended_at = sqlx::query_scalar!(
        "select ended_at from ended_logins where fingerprint = $1",
        fingerprint
    )
    .fetch_optional(executor)
    .await?;
    Ok(ended_at.map(|at| at.to_jiff()))
}

pub async fn end(
    executor: impl PgExecutor<'_>,
    fingerprint: &[u8],
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "insert into ended_logins (fingerprint, ended_at) values ($1, $2)
         on conflict (fingerprint) do update set ended_at = excluded.ended_at",
        fingerprint,
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(executor)
    .await?;
    Ok(())
}

pub async fn purge_ended(
    executor: impl PgExecutor<'_>,
    before: Timestamp,
) -> Result<u64, db::Error> {
    let purged = sqlx::query!(
        "delete from ended_logins where ended_at < $1",
        before.to_sqlx() as jiff_sqlx::Timestamp
    )
    .execute(executor)
    .await?;
    Ok(purged.rows_affected())
}
