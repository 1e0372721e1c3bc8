use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{SessionId, UserId};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::model::refresh_token::RefreshToken;

pub struct NewSession<'a> {
    pub id: SessionId,
    pub user: UserId,
    pub user_agent: Option<&'a str>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

pub struct Session {
    pub id: SessionId,
    pub user_agent: Option<String>,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
    pub expires_at: Timestamp,
}

pub async fn insert(
    executor: impl PgExecutor<'_>,
    session: &NewSession<'_>,
) -> Result<(), db::Error> {
    sqlx::query!(
        "insert into sessions (id, user_id, user_agent, created_at, last_used_at, expires_at)
         values ($1, $2, $3, $4, $4, $5)",
        session.id.uuid(),
        session.user.uuid(),
        session.user_agent,
        session.created_at.to_sqlx() as jiff_sqlx::Timestamp,
        session.expires_at.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Ends all of a user's sessions but the newest, and gives those. Ids are in the order of time.
pub async fn keep_newest(
    executor: impl PgExecutor<'_>,
    user: UserId,
    keep: i64,
) -> Result<Vec<SessionId>, db::Error> {
    let ended = sqlx::query_scalar!(
        "delete from sessions where user_id = $1 and id not in (
             select id from sessions where user_id = $1 order by id desc limit $2
         )
         returning id",
        user.uuid(),
        keep
    )
    .fetch_all(executor)
    .await?;
    Ok(ended.into_iter().map(SessionId::new).collect())
}

/// Those of these devices that aren't signed in; where no device is named, those of these users who are gone or banned.
pub async fn ended(
    executor: impl PgExecutor<'_>,
    those: &[(UserId, Option<SessionId>)],
    now: Timestamp,
) -> Result<Vec<(UserId, Option<SessionId>)>, db::Error> {
    let users: Vec<Uuid> = those.iter().map(|(user, _)| user.uuid()).collect();
    let sessions: Vec<Option<Uuid>> = those
        .iter()
        .map(|(_, session)| session.map(SessionId::uuid))
        .collect();
    let rows = sqlx::query!(
        "select asked.user_id as \"user_id!\", asked.session_id
         from unnest($1::uuid[], $2::uuid[]) as asked (user_id, session_id)
         where case when asked.session_id is null
             then not exists (select from users u where u.id = asked.user_id and u.banned_at is null)
             else not exists (
                 select from sessions s
                 where s.id = asked.session_id and s.user_id = asked.user_id
                   and s.expires_at > $3 and s.reused_at is null and s.revoked_at is null
             )
         end",
        &users,
        &sessions as &[Option<Uuid>],
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_all(executor)
    .await?;
    let ended = rows.into_iter();
    Ok(ended
        .map(|row| (row.user_id.into(), row.session_id.map(SessionId::new)))
        .collect())
}

/// Moves a session on to its next generation, if the token is of the present one: a compare-and-set, so that of two
/// uses at the same moment one wins. Gives the user.
pub async fn advance(
    executor: impl PgExecutor<'_>,
    token: RefreshToken,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<Option<UserId>, db::Error> {
    let user = sqlx::query_scalar!(
        "update sessions set generation = generation + 1, last_used_at = $3, expires_at = $4
         where id = $1 and generation = $2 and expires_at > $3
           and reused_at is null and revoked_at is null
         returning user_id",
        token.session.uuid(),
        token.generation,
        now.to_sqlx() as jiff_sqlx::Timestamp,
        expires_at.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_optional(executor)
    .await?;
    Ok(user.map(UserId::new))
}

/// Why a session could not be advanced.
pub struct State {
    pub user: UserId,
    pub generation: i64,
    pub expires_at: Timestamp,
    pub is_reused: bool,
    /// By a ban, which may have been lifted since.
    pub is_revoked: bool,
}

pub async fn state(
    executor: impl PgExecutor<'_>,
    id: SessionId,
) -> Result<Option<State>, db::Error> {
    let row = sqlx::query!(
        "select user_id, generation, expires_at, reused_at is not null as \"is_reused!\",
                revoked_at is not null as \"is_revoked!\"
         from sessions where id = $1",
        id.uuid()
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| State {
        user: row.user_id.into(),
        generation: row.generation,
        expires_at: row.expires_at.to_jiff(),
        is_reused: row.is_reused,
        is_revoked: row.is_revoked,
    }))
}

/// False when that was known already.
pub async fn mark_reused(
    executor: impl PgExecutor<'_>,
    id: SessionId,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let marked = sqlx::query!(
        "update sessions set reused_at = $2 where id = $1 and reused_at is null",
        id.uuid(),
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(executor)
    .await?;
    Ok(marked.rows_affected() == 1)
}

/// Ends all of a user's for good, and keeps their rows.
pub async fn revoke_all(
    executor: impl PgExecutor<'_>,
    user: UserId,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update sessions set revoked_at = $2 where user_id = $1 and revoked_at is null",
        user.uuid(),
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Gives whose it was, if it was there.
pub async fn delete(
    executor: impl PgExecutor<'_>,
    id: SessionId,
) -> Result<Option<UserId>, db::Error> {
    let user = sqlx::query_scalar!(
        "delete from sessions where id = $1 returning user_id",
        id.uuid()
    )
    .fetch_optional(executor)
    .await?;
    Ok(user.map(UserId::new))
}

pub async fn delete_all(executor: impl PgExecutor<'_>, user: UserId) -> Result<(), db::Error> {
    sqlx::query!("delete from sessions where user_id = $1", user.uuid())
        .execute(executor)
        .await?;
    Ok(())
}

/// Runs as the user. False when there is no such session.
pub async fn delete_own(
    executor: impl PgExecutor<'_>,
    user: UserId,
    id: SessionId,
) -> Result<bool, db::Error> {
    let deleted = sqlx::query!(
        "delete from sessions where id = $1 and user_id = $2 and reused_at is null and revoked_at is null",
        id.uuid(),
        user.uuid()
    )
    .execute(executor)
    .await?;
    Ok(deleted.rows_affected() == 1)
}

/// The newest first, from after `after` on. Runs as the user.
pub async fn list(
    executor: impl PgExecutor<'_>,
    user: UserId,
    after: Option<Uuid>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Session>, db::Error> {
    let rows = sqlx::query!(
        "select id, user_agent, created_at, last_used_at, expires_at from sessions
         where user_id = $1 and ($2::uuid is null or id < $2) and expires_at > $3
           and reused_at is null and revoked_at is null
         order by id desc limit $4",
        user.uuid(),
        after,
        now.to_sqlx() as jiff_sqlx::Timestamp,
        limit
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Session {
            id: row.id.into(),
            user_agent: row.user_agent,
            created_at: row.created_at.to_jiff(),
            last_used_at: row.last_used_at.to_jiff(),
            expires_at: row.expires_at.to_jiff(),
        })
        .collect())
}

/// Removes some of those that are over. Gives how many.
pub async fn purge(
    executor: impl PgExecutor<'_>,
    before: Timestamp,
    at_most: i64,
) -> Result<u64, db::Error> {
    let purged = sqlx::query!(
        "delete from sessions where id in (select id from sessions where expires_at <= $1 limit $2)",
        before.to_sqlx() as jiff_sqlx::Timestamp,
        at_most
    )
    .execute(executor)
    .await?;
    Ok(purged.rows_affected())
}
