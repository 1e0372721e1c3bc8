//! What everybody may read about a user, for features that show players.

use futures_util::Stream;
use kernel::UserId;
use sqlx::PgConnection;
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
