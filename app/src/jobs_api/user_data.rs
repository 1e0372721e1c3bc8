//! What becomes of jobs when their user exports or deletes the account.

use accounts::{AfterErasure, UserData};
use futures_util::future::BoxFuture;
use kernel::UserId;
use serde_json::Value;
use sqlx::PgConnection;

use super::JobsApi;

impl UserData for JobsApi {
    fn section(&self) -> &'static str {
        "jobs"
    }

    fn export<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        user: UserId,
    ) -> BoxFuture<'a, Result<Value, db::Error>> {
        Box::pin(self.jobs.export(connection, user))
    }

    fn erase<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        user: UserId,
    ) -> BoxFuture<'a, Result<AfterErasure, db::Error>> {
        Box::pin(async move {
            self.jobs.erase(connection, user).await?;
            let nothing: AfterErasure = Box::new(|| ());
            Ok(nothing)
        })
    }
}
