//! Addresses that mail bounced from, by their fingerprints.

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;

fn fingerprint(email_key: &str) -> Vec<u8> {
    digest(&SHA256, email_key.as_bytes()).as_ref().to_vec()
}

pub async fn add(
    executor: impl PgExecutor<'_>,
    email_key: &str,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "insert into suppressions (address_hash, reason, created_at) values ($1, $2, $3)
         on conflict (address_hash) do nothing",
        fingerprint(email_key),
        "bounced",
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(executor)
    .await?;
    Ok(())
}

pub async fn contains(executor: impl PgExecutor<'_>, email_key: &str) -> Result<bool, db::Error> {
    let suppressed = sqlx::query_scalar!(
        "select exists (select from suppressions where address_hash = $1) as \"suppressed!\"",
        fingerprint(email_key)
    )
    .fetch_one(executor)
    .await?;
    Ok(suppressed)
}

pub async fn remove(executor: impl PgExecutor<'_>, email_key: &str) -> Result<(), db::Error> {
    sqlx::query!(
        "delete from suppressions where address_hash = $1",
        fingerprint(email_key)
    )
    .execute(executor)
    .await?;
    Ok(())
}
