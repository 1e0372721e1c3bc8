//! What was counted before, and the answers that are kept for whoever sends the same request again.

use db::Error;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// A play that was counted before.
#[derive(Clone, Debug)]
pub struct Former {
    pub action: String,
    pub user: Option<Uuid>,
    pub value: u64,
    /// The fingerprint of the token and the answer, until they are purged.
    pub signature: Option<Vec<u8>>,
    pub answer: Option<String>,
}

/// Looks up what was counted before under these actions.
pub async fn former(connection: &mut PgConnection, actions: &[&str]) -> Result<Vec<Former>, Error> {
    let rows = sqlx::query!(
        "select action_id as \"action_id!\", user_id, score_delta as \"score_delta!\", signature as \"signature?\", answer as \"answer?\"
         from score_events left join consumed_tokens on event_id = id
         where action_id = any($1)",
        actions as &[&str]
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Former {
            action: row.action_id,
            user: row.user_id,
            value: row.score_delta.unsigned_abs(),
            signature: row.signature,
            answer: row.answer,
        })
        .collect())
}

/// Removes the answers whose tokens have expired. Returns how many.
pub async fn purge_tokens(pool: &PgPool, now: Timestamp) -> Result<u64, Error> {
    const BATCH: i64 = 10_000;
    let mut count = 0;
    loop {
        // Small transactions, so that none holds anybody up.
        let purged = sqlx::query!(
            "delete from consumed_tokens where event_id in (
                 select event_id from consumed_tokens where expires_at <= $1 limit $2 for update skip locked
             )",
            now.to_sqlx() as jiff_sqlx::Timestamp,
            BATCH
        )
        .execute(pool)
        .await?
        .rows_affected();
        count += purged;
        if purged < BATCH.unsigned_abs() {
            return Ok(count);
        }
    }
}
