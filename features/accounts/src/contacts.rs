//! How a user can be reached, for whoever has something to tell them.

use kernel::UserId;
use sqlx::PgConnection;

use crate::store;

#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    pub user: UserId,
    pub screen_name: String,
    /// As the user wrote it.
    pub email: Option<String>,
    /// As addresses are matched.
    pub email_key: Option<String>,
    /// Whether the user has proven that mail to it reaches them.
    pub email_confirmed: bool,
    /// An IANA name.
    pub time_zone: String,
    pub discord: Option<DiscordAccount>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscordAccount {
    pub id: String,
    /// Whether the user has proven that it is theirs.
    pub verified: bool,
}

impl std::fmt::Debug for Contact {
    /// Addresses reach no log.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Contact")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// `None` for whoever is gone. The connection is the server's own, or that of the user's request.
///
/// # Errors
/// When the database is away.
pub async fn of(connection: &mut PgConnection, user: UserId) -> Result<Option<Contact>, db::Error> {
    store::contacts::by_id(connection, user).await
}
