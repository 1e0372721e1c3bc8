use futures_util::future::BoxFuture;
use kernel::UserId;
use sqlx::PgConnection;

/// What is left to do once a user is gone for good, such as taking them off a board in memory.
pub type AfterErasure = Box<dyn FnOnce() + Send>;

/// What another feature does when a user exports or deletes the account.
pub trait UserData: Send + Sync {
    /// The name of this feature's part of the export, in `camelCase`.
    fn section(&self) -> &'static str;

    /// Everything that the feature holds about the user. Runs under row-level security, as that user.
    fn export<'a>(
        &'a self,
        tx: &'a mut PgConnection,
        user: UserId,
    ) -> BoxFuture<'a, Result<serde_json::Value, db::Error>>;

    /// Removes all of it, in the transaction that deletes the user, whose row is locked by then. What it returns
    /// runs after COMMIT.
    fn erase<'a>(
        &'a self,
        tx: &'a mut PgConnection,
        user: UserId,
    ) -> BoxFuture<'a, Result<AfterErasure, db::Error>>;

    /// Lets go of what this server still remembers of a deleted user. Called on every server after the COMMIT, and
    /// perhaps more than once. It must not block.
    fn forget(&self, _user: UserId) {}
}
