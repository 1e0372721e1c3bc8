//! What Steam has told us before. Rows are the server's own work.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;

/// False if it was there. To be committed before anything is done with what came with the nonce.
pub async fn insert(
    executor: impl PgExecutor<'_>,
    nonce: &str,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let inserted = sqlx::query!(
        "insert into openid_nonces (nonce, seen_at) values ($1, $2) on conflict do nothing",
        nonce,
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(executor)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub async fn purge(executor: impl PgExecutor<'_>, before: Timestamp) -> Result<(), db::Error> {
    sqlx::query!(
        "delete from openid_nonces where seen_at <= $1",
        before.to_sqlx() as jiff_sqlx::Timestamp
    )
    .execute(executor)
    .await?;
    Ok(())
}
