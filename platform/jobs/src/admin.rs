//! For whoever looks after the queues, and for users who want everything or nothing of theirs kept.

use std::time::Duration;

use jiff::Timestamp;
use kernel::{JobId, UserId};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{FailedAttempt, Jobs, store};

/// How long jobs are kept once they have ended well, and once they are dead.
const KEEP_FINISHED: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const KEEP_DEAD: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Rows that go in one transaction.
const PURGE_BATCH: i64 = 5000;

/// A queue as it is now, over all servers.
#[derive(Clone, Debug)]
pub struct QueueState {
    pub name: String,
    pub paused: bool,
    /// Jobs that wait for a worker.
    pub depth: u64,
    /// Since when the one that has waited longest could have been run.
    pub oldest: Option<Timestamp>,
    /// Jobs that wait for their time, for the first attempt or another.
    pub delayed: u64,
    pub running: u64,
    pub dead: u64,
    pub finished_last_minute: u64,
}

/// A job that won't be tried again by itself.
#[derive(Clone, Debug)]
pub struct DeadJob {
    pub id: JobId,
    pub kind: String,
    pub owner: Option<UserId>,
    pub payload: Value,
    pub attempts: i16,
    /// Oldest first.
    pub errors: Vec<FailedAttempt>,
    pub created_at: Timestamp,
    pub died_at: Timestamp,
}

/// Each fails when the database is away.
#[expect(clippy::missing_errors_doc, reason = "said once, for all")]
impl Jobs {
    /// By name. Counts every job that waits.
    pub async fn queues(&self) -> Result<Vec<QueueState>, db::Error> {
        store::admin::queues(self.database().pool(), self.clock().now()).await
    }

    pub async fn is_queue(
        &self,
        connection: &mut PgConnection,
        queue: &str,
    ) -> Result<bool, db::Error> {
        store::admin::is_queue(connection, queue).await
    }

    /// Whether jobs of this queue are picked up, on every server. What runs goes on. False if there is no such queue.
    pub async fn set_paused(
        &self,
        connection: &mut PgConnection,
        queue: &str,
        paused: bool,
    ) -> Result<bool, db::Error> {
        store::admin::set_paused(connection, queue, paused).await
    }

    /// Dead jobs, the latest first, after the one that died then; with `text` those whose kind or errors hold it.
    pub async fn dead(
        &self,
        queue: &str,
        text: Option<&str>,
        before: Option<(Timestamp, Uuid)>,
        most: usize,
    ) -> Result<Vec<DeadJob>, db::Error> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        store::admin::dead(self.database().pool(), queue, text, before, most).await
    }

    /// Queues dead jobs again, these or all, as if they had never been tried; their history stays. Gives how many.
    pub async fn redrive(
        &self,
        connection: &mut PgConnection,
        queue: &str,
        ids: Option<&[JobId]>,
    ) -> Result<u64, db::Error> {
        store::admin::redrive(connection, queue, ids, self.clock().now()).await
    }

    /// Removes dead jobs, these or all. Gives how many.
    pub async fn drop_dead(
        &self,
        connection: &mut PgConnection,
        queue: &str,
        ids: Option<&[JobId]>,
    ) -> Result<u64, db::Error> {
        store::admin::drop_dead(connection, queue, ids).await
    }

    /// Removes jobs that ended a week ago, and dead ones after a month. Gives how many.
    pub async fn purge(&self) -> Result<u64, db::Error> {
        let now = self.clock().now();
        let (finished, died) = (now - KEEP_FINISHED, now - KEEP_DEAD);
        let pool = self.database().pool();
        db::in_batches(PURGE_BATCH, |most| {
            store::admin::purge(pool, finished, died, most)
        })
        .await
    }

    /// Everything about a user's jobs.
    pub async fn export(
        &self,
        connection: &mut PgConnection,
        owner: UserId,
    ) -> Result<Value, db::Error> {
        store::admin::export(connection, owner).await
    }

    /// Removes a user's jobs, also those that run: they are broken off within a heartbeat and can commit nothing.
    pub async fn erase(
        &self,
        connection: &mut PgConnection,
        owner: UserId,
    ) -> Result<(), db::Error> {
        store::admin::erase(connection, owner).await
    }
}
