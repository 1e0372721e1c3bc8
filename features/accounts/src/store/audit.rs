use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::UserId;
use serde_json::Value;
use sqlx::PgExecutor;

/// What stands in the place of a deleted user.
pub const NOBODY: &str = "a deleted user";

pub struct Act<'a> {
    pub at: Timestamp,
    /// None when the server did it by itself.
    pub actor: Option<UserId>,
    /// What was done, such as `api_key.created`.
    pub action: &'a str,
    /// What it was done to.
    pub subject: &'a str,
    pub data: Value,
}

pub async fn insert(executor: impl PgExecutor<'_>, act: &Act<'_>) -> Result<(), db::Error> {
    sqlx::query!(
        "insert into audit_log (at, actor_id, action, subject, data) values ($1, $2, $3, $4, $5)",
        act.at.to_sqlx() as jiff_sqlx::Timestamp,
        act.actor.map(UserId::uuid),
        act.action,
        act.subject,
        act.data,
    )
    .execute(executor)
    .await?;
    Ok(())
}

pub struct Entry {
    pub at: Timestamp,
    pub action: String,
    pub subject: String,
    pub data: Value,
}

/// What a user did. Runs as the user.
pub async fn of_actor(
    executor: impl PgExecutor<'_>,
    actor: UserId,
) -> Result<Vec<Entry>, db::Error> {
    let rows = sqlx::query!(
        "select at, action, subject, data from audit_log where actor_id = $1 order by id",
        actor.uuid()
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Entry {
            at: row.at.to_jiff(),
            action: row.action,
            subject: row.subject,
            data: row.data,
        })
        .collect())
}

/// Keeps what a user did, and what was done to them, without saying who.
pub async fn anonymise(executor: impl PgExecutor<'_>, user: UserId) -> Result<(), db::Error> {
    sqlx::query!(
        "update audit_log set actor_id = nullif(actor_id, $1),
                              subject = case when subject = $2 then $3 else subject end
         where actor_id = $1 or subject = $2",
        user.uuid(),
        user.to_string(),
        NOBODY
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// An act, as administrators read of it.
pub struct Listed {
    pub id: i64,
    pub at: Timestamp,
    pub actor: Option<UserId>,
    /// The actor's name as it is now.
    pub actor_name: Option<String>,
    pub action: String,
    pub subject: String,
    pub data: Value,
}

/// The newest first, before an id.
pub async fn list(
    executor: impl PgExecutor<'_>,
    actor: Option<UserId>,
    action: Option<&str>,
    before: i64,
    limit: i64,
) -> Result<Vec<Listed>, db::Error> {
    let rows = sqlx::query!(
        "select audit_log.id, at, actor_id, screen_name as \"actor_name?\", action, subject, data
         from audit_log left join users on users.id = actor_id
         where audit_log.id < $3 and ($1::uuid is null or actor_id = $1) and ($2::text is null or action = $2)
         order by audit_log.id desc limit $4",
        actor.map(UserId::uuid),
        action,
        before,
        limit
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Listed {
            id: row.id,
            at: row.at.to_jiff(),
            actor: row.actor_id.map(UserId::new),
            actor_name: row.actor_name,
            action: row.action,
            subject: row.subject,
            data: row.data,
        })
        .collect())
}
