//! What accounts are called. Names change: they are kept by account, and for a while.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::model::account::AccountId;

/// A name, if there is one, and when it was told.
#[derive(Clone, Debug)]
pub struct Known {
    pub name: Option<String>,
    pub fetched_at: Timestamp,
}

pub async fn find(
    executor: impl PgExecutor<'_>,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Known>, db::Error> {
    let accounts: Vec<Uuid> = accounts.iter().map(|account| account.uuid()).collect();
    let rows = sqlx::query!(
        "select account_id, name, fetched_at as \"fetched_at: jiff_sqlx::Timestamp\"
         from driver_names where account_id = any($1)",
        &accounts
    )
    .fetch_all(executor)
    .await?;
    let known = rows.into_iter().map(|row| {
        let known = Known {
            name: row.name,
            fetched_at: row.fetched_at.to_jiff(),
        };
        (row.account_id.into(), known)
    });
    Ok(known.collect())
}

/// The account that was told last to have this name, if it was told since then. Case doesn't matter.
pub async fn find_account(
    executor: impl PgExecutor<'_>,
    name: &str,
    since: Timestamp,
) -> Result<Option<(AccountId, String)>, db::Error> {
    let row = sqlx::query!(
        "select account_id, name as \"name!\" from driver_names
         where lower(name) = lower($1) and fetched_at > $2 order by fetched_at desc limit 1",
        name,
        since.to_sqlx() as jiff_sqlx::Timestamp
    );
    let row = row.fetch_optional(executor).await?;
    Ok(row.map(|row| (row.account_id.into(), row.name)))
}

/// Keeps what these accounts are called; None for those that nobody knows.
pub async fn keep(
    executor: impl PgExecutor<'_>,
    mut names: Vec<(AccountId, Option<&str>)>,
    now: Timestamp,
) -> Result<(), db::Error> {
    // In one order, so that two who keep the same names wait for each other rather than for ever.
    names.sort_unstable();
    let (accounts, names): (Vec<Uuid>, Vec<Option<&str>>) = names
        .into_iter()
        .map(|(account, name)| (account.uuid(), name))
        .unzip();
    sqlx::query!(
        "insert into driver_names (account_id, name, fetched_at)
         select account_id, name, $3 from unnest($1::uuid[], $2::text[]) as told (account_id, name)
         on conflict (account_id) do update set name = excluded.name, fetched_at = excluded.fetched_at",
        &accounts,
        &names as &[Option<&str>],
        now.to_sqlx() as jiff_sqlx::Timestamp
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Removes those that were told before then, and gives how many.
pub async fn purge(executor: impl PgExecutor<'_>, before: Timestamp) -> Result<u64, db::Error> {
    let purged = sqlx::query!(
        "delete from driver_names where fetched_at < $1",
        before.to_sqlx() as jiff_sqlx::Timestamp
    );
    Ok(purged.execute(executor).await?.rows_affected())
}
