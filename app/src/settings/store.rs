//! The table `settings`.

use std::collections::BTreeMap;

use db::Error;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::UserId;
use serde_json::Value;
use sqlx::PgExecutor;

/// A value that an admin set.
#[derive(Clone, Debug)]
pub struct Stored {
    pub value: Value,
    pub changed_at: Timestamp,
    /// Who did it, and how they are called now; none who was deleted since.
    pub changed_by: Option<(UserId, String)>,
}

pub async fn all(executor: impl PgExecutor<'_>) -> Result<BTreeMap<String, Stored>, Error> {
    let rows = sqlx::query!(
        "select name, value, changed_at, changed_by, screen_name as \"changed_by_name?\"
         from settings left join users on users.id = changed_by"
    )
    .fetch_all(executor)
    .await?;
    let stored = rows.into_iter().map(|row| {
        let changed_by = row.changed_by.map(UserId::new);
        let stored = Stored {
            value: row.value,
            changed_at: row.changed_at.to_jiff(),
            changed_by: changed_by.zip(row.changed_by_name),
        };
        (row.name, stored)
    });
    Ok(stored.collect())
}

/// Lets one transaction at a time change settings.
pub async fn lock(executor: impl PgExecutor<'_>) -> Result<(), Error> {
    sqlx::query!("lock table settings in share row exclusive mode")
        .execute(executor)
        .await?;
    Ok(())
}

pub async fn put(
    executor: impl PgExecutor<'_>,
    name: &str,
    value: &Value,
    by: UserId,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into settings (name, value, changed_at, changed_by) values ($1, $2, $3, $4)
         on conflict (name) do update set
             value = excluded.value, changed_at = excluded.changed_at, changed_by = excluded.changed_by",
        name,
        value,
        now.to_sqlx() as jiff_sqlx::Timestamp,
        by.uuid(),
    )
    .execute(executor)
    .await?;
    Ok(())
}

pub async fn delete(executor: impl PgExecutor<'_>, name: &str) -> Result<(), Error> {
    sqlx::query!("delete from settings where name = $1", name)
        .execute(executor)
        .await?;
    Ok(())
}
