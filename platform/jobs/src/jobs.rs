use std::collections::HashMap;
use std::sync::Arc;

use db::{Database, Notice, Notices};
use kernel::{Clock, JobId, UserId};
use serde::Deserialize;
use sqlx::PgConnection;

use crate::found::{Cancel, Found, State};
use crate::running::Progress;
use crate::store;

/// What workers are woken by: the payload is the queue.
pub(crate) const WAKE: &str = "jobs";
/// What happens to jobs of users.
const CHANGES: &str = "job_changes";

/// The channels that [`Notices`] have to listen to for jobs.
pub const CHANNELS: [&str; 2] = [WAKE, CHANGES];

/// Jobs: the way in, and what is known of each. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Jobs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    database: Database,
    clock: Clock,
    notices: Notices,
}

/// Something happened to a job of a user, on whatever server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub id: JobId,
    pub owner: UserId,
    pub kind: String,
    pub state: State,
    pub attempts: i16,
    pub progress: Option<Progress>,
}

/// A [`Change`] as PostgreSQL tells it.
#[derive(Deserialize)]
struct Told {
    id: uuid::Uuid,
    owner: uuid::Uuid,
    kind: String,
    state: String,
    attempts: i16,
    done: Option<i64>,
    total: Option<i64>,
    note: Option<String>,
}

impl From<Told> for Change {
    fn from(told: Told) -> Self {
        Self {
            id: told.id.into(),
            owner: told.owner.into(),
            kind: told.kind,
            state: State::of_row(&told.state),
            attempts: told.attempts,
            progress: store::read::progress(told.done, told.total, told.note),
        }
    }
}

impl Jobs {
    /// `notices` must listen to [`CHANNELS`]. Workers on a server whose notices don't are slow, not wrong.
    pub fn new(database: Database, clock: Clock, notices: Notices) -> Self {
        Self(Arc::new(Inner {
            database,
            clock,
            notices,
        }))
    }

    pub(crate) fn database(&self) -> &Database {
        &self.0.database
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn notices(&self) -> &Notices {
        &self.0.notices
    }

    /// A job of whoever the connection may see: under a user's request, of that user.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn find(
        &self,
        connection: &mut PgConnection,
        id: JobId,
    ) -> Result<Option<Found>, db::Error> {
        store::read::find(connection, id).await
    }

    /// How each of these stands. Those that are there no more are left out.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn states(
        &self,
        connection: &mut PgConnection,
        ids: &[JobId],
    ) -> Result<HashMap<JobId, State>, db::Error> {
        store::read::states(connection, ids).await
    }

    /// Cancels a job that has not begun, of whoever the connection may see.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn cancel(
        &self,
        connection: &mut PgConnection,
        id: JobId,
    ) -> Result<Cancel, db::Error> {
        let cancelled = store::read::cancel(connection, id, self.0.clock.now()).await?;
        Ok(match store::read::find(connection, id).await? {
            Some(found) if cancelled => Cancel::Cancelled(found),
            Some(found) => Cancel::TooLate(found),
            None => Cancel::NotFound,
        })
    }

    /// Calls back for each change of a job that has an owner, on whatever server it happened, until the runtime ends.
    /// Some may be missed, as while the database is away: whoever has to know looks at the job. It must not block. To
    /// be called within a tokio runtime.
    pub fn on_change(&self, callback: impl Fn(Change) + Send + 'static) {
        let mut changes = self.0.notices.subscribe(CHANGES);
        tokio::spawn(async move {
            loop {
                let Notice::Told(text) = changes.next().await else {
                    continue;
                };
                match serde_json::from_str::<Told>(&text) {
                    Ok(told) => callback(told.into()),
                    // Another release's words.
                    Err(error) => tracing::debug!(%error, "a change of a job was not understood"),
                }
            }
        });
    }
}
