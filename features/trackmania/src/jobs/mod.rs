//! One job a file.

pub mod driver_checks;
pub mod end_run;
mod mapper_alerts;
pub mod search;
mod tell;

use std::time::Duration;

use ::jobs::{Done, Job, JobError, Queue, Registry, Running};
use jiff::SignedDuration;
use kernel::Failure;
use serde::{Deserialize, Serialize};

pub use self::driver_checks::{CheckDrivers, CheckPlaces, TellDrivers};
pub use self::mapper_alerts::RunMapperAlerts;
pub use self::tell::{About, TellUsers, To};
use crate::store::{boards, driver_checks as checks, maps, names, news, positions, runs, targets};
use crate::{Error, Trackmania};

/// Leaderboards are large. A run after a day, or two, does with those that nobody has driven on since.
const BOARDS_KEPT: SignedDuration = SignedDuration::from_hours(72);
/// Whoever begins to follow something finds it for so long.
const TARGETS_KEPT: SignedDuration = SignedDuration::from_hours(24);
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A line a day, for whoever looks back.
const RUNS_KEPT: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Daily runs wait for no search, and no search for them.
const RUNS: Queue = Queue::new("trackmania-runs", 3);

/// Removes what was told long ago.
#[derive(Debug, Serialize, Deserialize)]
pub struct PurgeTrackmania {}

impl Job for PurgeTrackmania {
    const KIND: &'static str = "trackmania.purge";
    const QUEUE: Queue = Queue::new("chores", 1);
    const TIMEOUT: Duration = Duration::from_secs(10 * 60);
}

impl Trackmania {
    /// Adds the handlers of this feature's own jobs.
    pub fn register_jobs(&self, registry: &mut Registry) {
        registry.register(self.clone(), driver_checks::plan);
        registry.register(self.clone(), driver_checks::check);
        registry.register(self.clone(), driver_checks::tell);
        registry.register(self.clone(), end_run::run);
        registry.register(self.clone(), mapper_alerts::start);
        registry.register(self.clone(), mapper_alerts::go_on);
        registry.register(self.clone(), search::run);
        registry.register(self.clone(), purge);
    }
}

async fn purge(_: PurgeTrackmania, trackmania: Trackmania, _: Running) -> Result<Done, JobError> {
    let pool = trackmania.database.pool();
    let now = trackmania.clock.now();
    let purged = boards::purge(pool, now - BOARDS_KEPT).await?
        + maps::purge(pool, now - KEPT).await?
        + names::purge(pool, now - KEPT).await?
        + news::purge(pool, now - KEPT).await?
        + positions::purge(pool, now - KEPT).await?
        + targets::purge(pool, now - TARGETS_KEPT).await?
        + checks::purge(pool, now - KEPT).await?
        + runs::purge(pool, now - RUNS_KEPT).await?;
    Done::with(&purged)
}

/// A service that is away may be back when it said.
fn later(error: Error) -> JobError {
    match error {
        Error::Database(error) => error.into(),
        error => {
            let wait = error.retry_after().unwrap_or_default();
            JobError::retry_after(error, wait)
        }
    }
}
