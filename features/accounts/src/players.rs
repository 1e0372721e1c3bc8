//! What everybody may read about a user, for features that show players.

use futures_util::Stream;
use jiff::Timestamp;
use kernel::UserId;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::store;

/// A user as others see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player {
    pub id: UserId,
    pub screen_name: String,
    /// 0–999; clients map it to pictures.
    pub avatar: i16,
}

/// Those of `ids` that exist, in no order. The connection must be the server's own
/// ([`db::Database::begin`] or its pool): a user's request sees nobody else.
///
/// # Errors
/// When the database is away.
pub async fn by_ids(connection: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Player>, db::Error> {
    store::players::by_ids(connection, ids).await
}

/// Every user, in no order, row by row: for loading a directory of names at start.
pub fn stream_all(
    connection: &mut PgConnection,
) -> impl Stream<Item = Result<Player, db::Error>> + Send + '_ {
    store::players::stream_all(connection)
}

/// A user's own page begins with this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub player: Player,
    pub joined_at: Timestamp,
}

/// The connection as in [`by_ids`].
///
/// # Errors
/// When the database is away.
pub async fn profile(
    executor: impl PgExecutor<'_>,
    id: UserId,
) -> Result<Option<Profile>, db::Error> {
    store::players::profile(executor, id).await
}

/// Where a list by names goes on: the last one's name as it is sorted, and the id.
pub type NamePosition = (String, Uuid);

/// Those whose names begin so, whatever their case, by name. The connection as in [`by_ids`].
///
/// # Errors
/// When the database is away.
pub async fn by_prefix(
    executor: impl PgExecutor<'_>,
    prefix: &str,
    after: Option<&NamePosition>,
    at_most: i64,
) -> Result<Vec<(Player, NamePosition)>, db::Error> {
    store::players::by_prefix(executor, prefix, after, at_most).await
}

/// Keeps these users from being deleted until the transaction ends, and gives those that exist: for who writes about
/// them what goes with them.
///
/// # Errors
/// When the database is away.
pub async fn hold(connection: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Player>, db::Error> {
    store::players::hold(connection, ids).await
}
