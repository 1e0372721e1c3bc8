//! Ends a run that isn't over at its deadline.

use std::time::Duration;

use ::jobs::{Done, Job, JobError, Queue, Retry, Running};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::later;
use crate::Trackmania;
use crate::actions::driver_checks;
use crate::model::run::RunKind;
use crate::store::runs;

#[derive(Debug, Serialize, Deserialize)]
pub struct EndRun {
    pub run: Uuid,
    pub kind: RunKind,
}

impl Job for EndRun {
    const KIND: &'static str = "trackmania.end-run";
    /// Not behind what it is to end.
    const QUEUE: Queue = Queue::new("chores", 1);
    /// For days: until it is done, no other run of its kind begins.
    const RETRY: Retry = Retry {
        attempts: 100,
        ..Retry::DEFAULT
    };
    const TIMEOUT: Duration = Duration::from_secs(5 * 60);
}

pub async fn run(job: EndRun, trackmania: Trackmania, running: Running) -> Result<Done, JobError> {
    let now = trackmania.clock.now();
    let mut tx = trackmania.database.begin().await?;
    if runs::end(&mut *tx, job.run, now).await? {
        if job.kind == RunKind::DriverChecks {
            let ended = driver_checks::end(&trackmania, &mut tx, job.run).await;
            ended.map_err(later)?;
        }
        tracing::warn!(run = %job.run, "a run was not over at its deadline; what it has not checked has failed");
    }
    running.complete(tx).await
}
