//! What this feature does when a user exports or deletes the account.

use accounts::UserData;
use futures_util::future::BoxFuture;
use kernel::UserId;
use serde_json::Value;
use sqlx::PgConnection;

use crate::Scores;
use crate::store;

impl UserData for Scores {
    fn section(&self) -> &'static str {
        "scores"
    }

    fn export<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        user: UserId,
    ) -> BoxFuture<'a, Result<Value, db::Error>> {
        Box::pin(store::audit::export(connection, user))
    }

    fn erase<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        user: UserId,
    ) -> BoxFuture<'a, Result<Box<dyn FnOnce() + Send>, db::Error>> {
        Box::pin(async move {
            let changes = store::audit::erase(connection, user).await?;
            let scores = self.clone();
            let committed: Box<dyn FnOnce() + Send> = Box::new(move || {
                for (number, changes) in changes {
                    scores.boards.committed(number, changes);
                }
            });
            Ok(committed)
        })
    }

    fn forget(&self, user: UserId) {
        self.names.directory.forget(user);
        self.finished.forget();
    }
}
