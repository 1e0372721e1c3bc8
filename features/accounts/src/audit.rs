//! The audit log of what administrators do: one way in, for this feature and for others.

use jiff::Timestamp;
use kernel::UserId;
use serde_json::Value;
use sqlx::PgConnection;

use crate::store::audit::{Act, insert};

/// Records an act in the transaction that does it: `action` is what was done, such as `leaderboard.created`,
/// `subject` what it was done to. No actor where the server did it by itself.
///
/// # Errors
/// When the database is away.
pub async fn record(
    connection: &mut PgConnection,
    at: Timestamp,
    actor: Option<UserId>,
    action: &str,
    subject: &str,
    data: Value,
) -> Result<(), db::Error> {
    insert(
        connection,
        &Act {
            at,
            actor,
            action,
            subject,
            data,
        },
    )
    .await
}
