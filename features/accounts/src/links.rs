//! Which accounts a user has elsewhere, for features that ask there about them.

use std::collections::HashMap;

use kernel::UserId;
use sqlx::PgExecutor;

use crate::model::identity::Provider;
use crate::store;

/// An account elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// As the other side knows it.
    pub external_id: String,
    /// Whether the user has proven that it is theirs; a mere claim may name anybody's.
    pub verified: bool,
}

/// The user's account at Steam, by its SteamID64. The executor is the server's own, or that of the user's request.
///
/// # Errors
/// When the database is away.
pub async fn steam_of(
    executor: impl PgExecutor<'_>,
    user: UserId,
) -> Result<Option<Linked>, db::Error> {
    store::identities::find(executor, user, Provider::Steam).await
}

/// The user's account at Trackmania, by its id: a UUID in lower case. The executor is the server's own, or that of the
/// user's request.
///
/// # Errors
/// When the database is away.
pub async fn trackmania_of(
    executor: impl PgExecutor<'_>,
    user: UserId,
) -> Result<Option<Linked>, db::Error> {
    store::identities::find(executor, user, Provider::Trackmania).await
}

/// The accounts at Trackmania of those of these users who have one, as [`trackmania_of`]. The executor is the server's own.
///
/// # Errors
/// When the database is away.
pub async fn trackmania_of_all(
    executor: impl PgExecutor<'_>,
    users: &[UserId],
) -> Result<HashMap<UserId, Linked>, db::Error> {
    store::identities::find_all(executor, users, Provider::Trackmania).await
}
