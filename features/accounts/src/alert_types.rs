//! How alerts find what is new for users, for the features that look for it.

use std::collections::HashMap;

use kernel::UserId;
use sqlx::PgExecutor;

pub use crate::model::alert_type::AlertType;
use crate::store;

/// Of each of these users who is there. The executor is the server's own; a user's request sees its own user alone.
///
/// # Errors
/// When the database is away.
pub async fn of(
    executor: impl PgExecutor<'_>,
    users: &[UserId],
) -> Result<HashMap<UserId, AlertType>, db::Error> {
    store::users::alert_types(executor, users).await
}
