//! The daily run over all mapper alerts, in steps.

use std::time::Duration;

use ::jobs::{Done, Job, JobError, New, Queue, Retry, Running};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{RUNS, later};
use crate::Trackmania;
use crate::actions::mapper_run::{self, Step};
use crate::actions::runs::begin;
use crate::model::run::RunKind;
use crate::store::runs;

/// How long a step goes on. In between, alerts are dealt with whose maps are done.
const STEP: Duration = Duration::from_secs(5 * 60);
/// Before a service is asked again that failed again and again.
const PAUSE: Duration = Duration::from_secs(10 * 60);
/// Pauses one after the other, in none of which it recovered; then what could not be asked is told as missed.
const MOST_PAUSES: u32 = 6;

/// Begins the day's run.
#[derive(Debug, Serialize, Deserialize)]
pub struct RunMapperAlerts {}

/// Goes on with a run.
#[derive(Debug, Serialize, Deserialize)]
pub struct GoOn {
    run: Uuid,
    /// One after the other.
    pauses: u32,
}

impl Job for RunMapperAlerts {
    const KIND: &'static str = "trackmania.mapper-alerts";
    const QUEUE: Queue = RUNS;
}

impl Job for GoOn {
    const KIND: &'static str = "trackmania.mapper-alerts.step";
    const QUEUE: Queue = RUNS;
    /// A step, what it begins before its end, and what it tells then.
    const TIMEOUT: Duration = Duration::from_secs(30 * 60);
    /// Ten seconds, twenty, forty, and then by ten minutes: three hours in all.
    const RETRY: Retry = Retry {
        attempts: 24,
        base: Duration::from_secs(10),
        factor: 2,
        longest: Duration::from_secs(10 * 60),
    };
}

pub async fn start(
    _: RunMapperAlerts,
    trackmania: Trackmania,
    running: Running,
) -> Result<Done, JobError> {
    if trackmania.nadeo.check_configured().is_err() {
        tracing::warn!(
            "mapper alerts are not checked: this server has no account at Trackmania's services"
        );
        return Ok(Done::empty());
    }
    let run = begin(&trackmania, RunKind::MapperAlerts, &running).await;
    let Some(run) = run.map_err(later)? else {
        return Ok(Done::empty());
    };
    let step = GoOn {
        run: run.id,
        pauses: 0,
    };
    let mut tx = trackmania.database.begin().await?;
    trackmania.jobs.enqueue(&mut tx, New::of(&step)).await?;
    running.complete(tx).await
}

pub async fn go_on(job: GoOn, trackmania: Trackmania, running: Running) -> Result<Done, JobError> {
    let Some(run) = runs::open(trackmania.database.pool(), job.run).await? else {
        return Ok(Done::empty());
    };
    let is_last_try = job.pauses >= MOST_PAUSES;
    let step = mapper_run::go_on(&trackmania, run, &running, STEP, is_last_try);
    let (pauses, wait) = match step.await.map_err(later)? {
        Step::Over => return Ok(Done::empty()),
        Step::More => (job.pauses, Duration::ZERO),
        Step::Planned => (0, Duration::ZERO),
        Step::Paused { wait, answered } => {
            let before = if answered { 0 } else { job.pauses };
            (before + 1, wait.max(PAUSE))
        }
    };
    let next = GoOn {
        run: job.run,
        pauses,
    };
    let mut tx = trackmania.database.begin().await?;
    let next = New::of(&next).after(wait);
    trackmania.jobs.enqueue(&mut tx, next).await?;
    running.complete(tx).await
}
