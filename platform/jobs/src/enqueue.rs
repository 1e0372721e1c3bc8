//! The way in: a row in the caller's own transaction, so that a job is there exactly if what it belongs to is.

use std::time::Duration;

use jiff::Timestamp;
use kernel::{JobId, UserId};
use serde_json::Value;
use sqlx::PgConnection;

use crate::job::Job;
use crate::{Jobs, store};

/// A job that is to be enqueued.
#[derive(Clone, Debug)]
pub struct New {
    pub(crate) kind: &'static str,
    pub(crate) queue: &'static str,
    pub(crate) priority: i16,
    pub(crate) most_attempts: i16,
    /// None if it could not be written as JSON.
    pub(crate) payload: Option<Value>,
    pub(crate) owner: Option<UserId>,
    pub(crate) due: Due,
    pub(crate) key: Option<String>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Due {
    Now,
    After(Duration),
    At(Timestamp),
}

impl New {
    pub fn of<J: Job>(job: &J) -> Self {
        Self {
            kind: J::KIND,
            queue: J::QUEUE.name,
            priority: J::PRIORITY.number(),
            most_attempts: i16::from(J::RETRY.attempts.max(1)),
            payload: serde_json::to_value(job).ok(),
            owner: None,
            due: Due::Now,
            key: None,
        }
    }

    /// Whose it is: who may see and cancel it, and whose turn it takes. Without one it is the server's own.
    #[must_use]
    pub fn owned_by(mut self, owner: UserId) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Not before this time has passed.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.due = Due::After(wait);
        self
    }

    /// Not before this moment.
    #[must_use]
    pub fn at(mut self, due: Timestamp) -> Self {
        self.due = Due::At(due);
        self
    }

    /// While a job of this kind with this key is unfinished, no other is made. Dead ones count as finished.
    #[must_use]
    pub fn unique(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// What became of a [`New`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enqueued {
    pub id: JobId,
    /// False where a job with the same key was there already, whose id this is.
    pub is_new: bool,
}

impl Jobs {
    /// Enqueues a job in the caller's transaction: it can be picked up once that is committed, and is gone if that is
    /// rolled back. Also works in the transaction of a user's request, for that user's jobs and the server's own.
    ///
    /// # Errors
    /// When the database is away, or the payload can't be written as JSON.
    pub async fn enqueue(
        &self,
        connection: &mut PgConnection,
        new: New,
    ) -> Result<Enqueued, db::Error> {
        let clock = self.clock();
        store::enqueue::enqueue(connection, JobId::new(clock.new_uuid()), new, clock.now()).await
    }
}
