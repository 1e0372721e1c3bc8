//! House-keeping that is done once over all servers: the jobs, who does them, and when.

use accounts::Accounts;
use aoe4::{EndAbandoned, PurgeSummaries};
use jobs::{Done, Job, JobError, Jobs, Queue, Registry, Running, Schedule};
use notifications::{GatherDigests, Purge};
use scores::Scores;
use serde::{Deserialize, Serialize};
use trackmania::{CheckDrivers, PurgeTrackmania, RunMapperAlerts};

use crate::config::ScheduleOverride;
use crate::wiring::Features;

/// One at a time: none of it is urgent.
const QUEUE: Queue = Queue::new("chores", 1);
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10 * 60);

/// The schedule of the daily run over all driver notifications.
pub const DRIVER_CHECKS: &str = "trackmania.driver-checks";
/// The schedule of the daily run over all mapper alerts.
pub const MAPPER_ALERTS: &str = "trackmania.mapper-alerts";

/// Removes sessions that are over.
#[derive(Serialize, Deserialize)]
struct PurgeAccounts;
/// Removes expired action tokens, and the scores of deleted leaderboards.
#[derive(Serialize, Deserialize)]
struct PurgeScores;
/// Removes jobs that ended long ago.
#[derive(Serialize, Deserialize)]
struct PurgeJobs;

impl Job for PurgeAccounts {
    const KIND: &'static str = "accounts.purge";
    const QUEUE: Queue = QUEUE;
    const TIMEOUT: std::time::Duration = TIMEOUT;
}

impl Job for PurgeScores {
    const KIND: &'static str = "scores.purge";
    const QUEUE: Queue = QUEUE;
    const TIMEOUT: std::time::Duration = TIMEOUT;
}

impl Job for PurgeJobs {
    const KIND: &'static str = "jobs.purge";
    const QUEUE: Queue = QUEUE;
    const TIMEOUT: std::time::Duration = TIMEOUT;
}

async fn purge_accounts(
    _: PurgeAccounts,
    accounts: Accounts,
    _: Running,
) -> Result<Done, JobError> {
    let count = accounts.purge_expired_sessions().await;
    Done::with(&count.map_err(JobError::retry)?)
}

async fn purge_scores(_: PurgeScores, scores: Scores, _: Running) -> Result<Done, JobError> {
    Done::with(&scores.purge().await?)
}

async fn purge_jobs(_: PurgeJobs, jobs: Jobs, _: Running) -> Result<Done, JobError> {
    Done::with(&jobs.purge().await?)
}

/// Who does which job, of all features.
pub fn registry(features: &Features) -> Registry {
    let mut registry = Registry::new();
    features.register_jobs(&mut registry);
    registry.register(features.accounts.clone(), purge_accounts);
    registry.register(features.scores.clone(), purge_scores);
    registry.register(features.jobs.clone(), purge_jobs);
    registry
}

/// All schedules at their usual times.
pub fn schedules() -> Vec<Schedule> {
    vec![
        Schedule::new("accounts.purge", "*/10 * * * *", "UTC", || PurgeAccounts),
        Schedule::new("aoe4.abandoned", "*/10 * * * *", "UTC", || EndAbandoned {}),
        Schedule::new("aoe4.purge", "51 4 * * *", "UTC", || PurgeSummaries {}),
        Schedule::new("jobs.purge", "23 * * * *", "UTC", || PurgeJobs),
        Schedule::new("notifications.digests", "* * * * *", "UTC", || {
            GatherDigests {}
        }),
        Schedule::new("notifications.purge", "41 4 * * *", "UTC", || Purge {}),
        Schedule::new("scores.purge", "*/5 * * * *", "UTC", || PurgeScores),
        // DRIVER_CHECKS_AT says when.
        Schedule::new(DRIVER_CHECKS, "0 6 * * *", "Europe/Paris", || {
            CheckDrivers {}
        }),
        // MAPPER_ALERTS_AT says when.
        Schedule::new(MAPPER_ALERTS, "0 5 * * *", "Europe/Paris", || {
            RunMapperAlerts {}
        }),
        Schedule::new("trackmania.purge", "57 4 * * *", "UTC", || {
            PurgeTrackmania {}
        }),
    ]
}

/// All schedules, moved or switched off as it says there.
pub fn scheduled(overrides: &[ScheduleOverride]) -> Vec<Schedule> {
    let scheduled = schedules().into_iter().map(|schedule| {
        let mut overrides = overrides.iter();
        match overrides.rfind(|changed| changed.name == schedule.name) {
            None => schedule,
            Some(changed) => match &changed.timing {
                Some(timing) => schedule.at(timing.clone()),
                None => schedule.off(),
            },
        }
    });
    scheduled.collect()
}
