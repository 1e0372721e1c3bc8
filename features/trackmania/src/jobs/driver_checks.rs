//! The three steps of the daily run over all driver notifications.

use std::time::Duration;

use ::jobs::{Done, Job, JobError, Queue, Running};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{RUNS, later};
use crate::Trackmania;
use crate::actions::driver_checks;

/// Finds out what is to be checked, and has it checked.
#[derive(Debug, Serialize, Deserialize)]
pub struct CheckDrivers {}

/// Checks the places on a map.
#[derive(Debug, Serialize, Deserialize)]
pub struct CheckPlaces {
    pub run: Uuid,
    pub map_uid: String,
    /// Places that are watched on it.
    pub checks: i64,
}

/// Tells everybody what a run that is over has found.
#[derive(Debug, Serialize, Deserialize)]
pub struct TellDrivers {
    pub run: Uuid,
}

impl Job for CheckDrivers {
    const KIND: &'static str = "trackmania.check-drivers";
    const QUEUE: Queue = RUNS;
    /// Two calls a second, for fifty maps each, plan a million maps in this time.
    const TIMEOUT: Duration = Duration::from_secs(3 * 60 * 60);
}

impl Job for CheckPlaces {
    const KIND: &'static str = "trackmania.check-places";
    const QUEUE: Queue = RUNS;
    /// It may wait for its turn as long as a call in the background does.
    const TIMEOUT: Duration = Duration::from_secs(5 * 60);
}

impl Job for TellDrivers {
    const KIND: &'static str = "trackmania.tell-drivers";
    const QUEUE: Queue = RUNS;
    const TIMEOUT: Duration = Duration::from_secs(30 * 60);
}

pub async fn plan(
    _: CheckDrivers,
    trackmania: Trackmania,
    running: Running,
) -> Result<Done, JobError> {
    let planned = driver_checks::plan(&trackmania, &running).await;
    planned.map_err(later)?;
    Ok(Done::empty())
}

pub async fn check(
    job: CheckPlaces,
    trackmania: Trackmania,
    running: Running,
) -> Result<Done, JobError> {
    let checked = driver_checks::check(&trackmania, &job, &running).await;
    match checked.map_err(later)? {
        Some(tx) => running.complete(tx).await,
        None => Ok(Done::empty()),
    }
}

pub async fn tell(job: TellDrivers, trackmania: Trackmania, _: Running) -> Result<Done, JobError> {
    driver_checks::tell(&trackmania, job.run)
        .await
        .map_err(later)?;
    Ok(Done::empty())
}
