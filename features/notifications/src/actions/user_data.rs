//! What this feature does when a user exports or deletes the account: its rows go with the user's own.

use accounts::{AfterErasure, UserData};
use futures_util::future::BoxFuture;
use kernel::UserId;
use serde_json::Value;
use sqlx::PgConnection;

use crate::{Notifications, store};

impl UserData for Notifications {
    fn section(&self) -> &'static str {
        "notifications"
    }

    fn export<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        user: UserId,
    ) -> BoxFuture<'a, Result<Value, db::Error>> {
        Box::pin(store::user_data::export(connection, user))
    }

    fn erase<'a>(
        &'a self,
        _connection: &'a mut PgConnection,
        _user: UserId,
    ) -> BoxFuture<'a, Result<AfterErasure, db::Error>> {
        Box::pin(async {
            let nothing: AfterErasure = Box::new(|| ());
            Ok(nothing)
        })
    }
}
