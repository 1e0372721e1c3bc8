//! What was counted before, and the answers that are kept for whoever sends the same request again.

use db::Error;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use uuid::Uuid;

/// A play that was counted before.
#[derive(Clone, Debug)]
pub struct Former {
    pub user: Option<Uuid>,
    pub value: u64,
    /// The fingerprint of the token and the answer, until they are purged.
    pub signature: Option<Vec<u8>>,
    pub answer: Option<String>,
}

/// Removes the answers whose tokens have expired. Returns how many.
pub async fn purge_tokens(pool: &PgPool, now: Timestamp) -> Result<u64, Error> {
    const BATCH: i64 = 10_000;
    let now = now.to_sqlx();
    db::in_batches(BATCH, |at_most| async move {
        let purged = sqlx::query!(
            "delete from consumed_tokens where event_id in (
                 select event_id from consumed_tokens where expires_at <= $1 limit $2 for update skip locked
             )",
            now as jiff_sqlx::Timestamp,
            at_most
        )
        .execute(pool)
        .await?;
        Ok(purged.rows_affected())
    })
    .await
}
