use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{SessionId, UserId};
use sqlx::PgExecutor;

use crate::CurrentUser;
use crate::model::identity::Provider;
use crate::model::link_attempt::Hash;

/// Whom an attempt is for, and what it must come back with.
pub struct Attempt {
    pub user: UserId,
    /// The device that began; none for who came with the token of another issuer.
    pub session: Option<SessionId>,
    pub browser: Vec<u8>,
    pub expires_at: Timestamp,
}

/// What is kept of an attempt.
pub struct NewAttempt<'a> {
    pub provider: Provider,
    pub state: &'a Hash,
    pub browser: &'a Hash,
    pub expires_at: Timestamp,
}

/// In place of one that the user has begun there before. Runs as the user. False when the account is gone.
pub async fn replace(
    executor: impl PgExecutor<'_>,
    user: CurrentUser,
    attempt: &NewAttempt<'_>,
) -> Result<bool, db::Error> {
    // Locked, so that a deletion in the same moment is waited for rather than stumbled over.
    let written = sqlx::query!(
        "insert into link_attempts (user_id, provider, state_hash, browser_hash, session_id, expires_at)
         select id, $2, $3, $4, $5, $6 from users where id = $1 for key share
         on conflict (user_id, provider) do update set
             state_hash = excluded.state_hash, browser_hash = excluded.browser_hash,
             session_id = excluded.session_id, expires_at = excluded.expires_at",
        user.id.uuid(),
        attempt.provider.as_str(),
        attempt.state,
        attempt.browser,
        user.session.map(|session| session.uuid()),
        attempt.expires_at.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(executor)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Takes an attempt away: of two at the same moment one gets it.
pub async fn take(
    executor: impl PgExecutor<'_>,
    provider: Provider,
    state: &Hash,
) -> Result<Option<Attempt>, db::Error> {
    let row = sqlx::query!(
        "delete from link_attempts where state_hash = $1 and provider = $2
         returning user_id, session_id, browser_hash, expires_at",
        state,
        provider.as_str()
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| Attempt {
        user: row.user_id.into(),
        session: row.session_id.map(Into::into),
        browser: row.browser_hash,
        expires_at: row.expires_at.to_jiff(),
    }))
}

pub async fn purge(executor: impl PgExecutor<'_>, before: Timestamp) -> Result<(), db::Error> {
    sqlx::query!(
        "delete from link_attempts where expires_at <= $1",
        before.to_sqlx() as jiff_sqlx::Timestamp
    )
    .execute(executor)
    .await?;
    Ok(())
}
