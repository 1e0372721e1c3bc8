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
