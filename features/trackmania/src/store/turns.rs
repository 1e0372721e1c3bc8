//! Of one user's requests that make something of which there is a most, one goes on at a time, so that none finds less than
//! there are.

use kernel::UserId;
use sqlx::PgExecutor;

/// Waits for the user's others about the same, until the end of the transaction.
pub async fn take(
    executor: impl PgExecutor<'_>,
    about: &str,
    user: UserId,
) -> Result<(), db::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2::uuid, 0))",
        about,
        user.uuid()
    )
    .execute(executor)
    .await?;
    Ok(())
}
