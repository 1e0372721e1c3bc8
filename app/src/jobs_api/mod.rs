//! Jobs over HTTP: everybody's own, and the queues for administrators, whose every act is written to the audit log.

mod dead_delete;
mod dead_get;
mod dead_redrive;
mod error;
mod job_delete;
mod job_get;
mod queue_pause;
mod queues_get;
mod user_data;
mod view;

use accounts::{Accounts, Admin, audit};
use axum::extract::FromRef;
use db::{Database, Transaction};
use jobs::Jobs;
use kernel::{Clock, JobId};
use live::{InboxTopic, Inboxes, UserEvent};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::error::JobsError;
use self::view::ChangeView;

/// What the routes stand on. Cheap to clone.
#[derive(Clone)]
pub struct JobsApi {
    pub jobs: Jobs,
    pub database: Database,
    pub accounts: Accounts,
    pub clock: Clock,
}

impl FromRef<JobsApi> for Accounts {
    fn from_ref(api: &JobsApi) -> Self {
        api.accounts.clone()
    }
}

impl JobsApi {
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> OpenApiRouter<S> {
        OpenApiRouter::new()
            .routes(routes!(job_get::get_job, job_delete::cancel_job))
            .with_state(self.clone())
    }

    pub fn admin_routes<S: Clone + Send + Sync + 'static>(&self) -> OpenApiRouter<S> {
        OpenApiRouter::new()
            .routes(routes!(queues_get::list_queues))
            .routes(routes!(queue_pause::pause_queue))
            .routes(routes!(queue_pause::resume_queue))
            .routes(routes!(
                dead_get::list_dead_jobs,
                dead_delete::drop_dead_jobs
            ))
            .routes(routes!(dead_redrive::redrive_dead_jobs))
            .with_state(self.clone())
    }

    /// Tells users' own event streams what happens to their jobs. Every server hears of each change by itself.
    pub fn tell_owners(&self, inboxes: Inboxes) {
        self.jobs.on_change(move |change| {
            let (owner, id) = (change.owner, change.id);
            // It can always be written: ids, words and numbers.
            if let Ok(event) = UserEvent::new(InboxTopic::Jobs, id, &ChangeView::from(change)) {
                inboxes.deliver(&[owner], &event);
            }
        });
    }

    /// Begins an administrator's act on a queue that is there.
    async fn begin_act(&self, queue: &str) -> Result<Transaction, JobsError> {
        let mut transaction = self.database.begin().await?;
        if self.jobs.is_queue(&mut transaction, queue).await? {
            Ok(transaction)
        } else {
            Err(JobsError::QueueNotFound)
        }
    }

    /// Commits it together with its line in the audit log.
    async fn commit_act(
        &self,
        mut transaction: Transaction,
        admin: Admin,
        action: &str,
        queue: &str,
        data: Value,
    ) -> Result<(), JobsError> {
        let now = self.clock.now();
        audit::record(&mut transaction, now, Some(admin.id), action, queue, data).await?;
        transaction.commit().await.map_err(db::Error::from)?;
        Ok(())
    }
}

/// `job_…,job_…` as ids; none for all.
fn read_ids(text: Option<&str>) -> Result<Option<Vec<JobId>>, JobsError> {
    text.map(|text| text.split(',').map(|id| id.trim().parse()).collect())
        .transpose()
        .map_err(|_| JobsError::BadIds)
}
