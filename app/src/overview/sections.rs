use accounts::Accounts;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http_api::ApiError;
use jobs::Jobs;
use kernel::{Day, Moment};
use live::Capacity;
use notifications::Notifications;
use notifications::event::{CHECKS_MISSED, EventKind, MAP_RECORD, RECORD_LOST};
use scores::Scores;
use serde::Serialize;
use serde_json::{Value, json};
use trackmania::{DayOfRuns, RunKind, Trackmania};
use utoipa::ToSchema;

use super::Section;

pub struct UsersSection(pub Accounts);

impl Section for UsersSection {
    fn name(&self) -> &'static str {
        "users"
    }

    fn read(&self, day: Day) -> BoxFuture<'_, Result<Value, ApiError>> {
        async move { Ok(json!(self.0.users_overview(day).await?)) }.boxed()
    }
}

pub struct SessionsSection(pub Accounts);

impl Section for SessionsSection {
    fn name(&self) -> &'static str {
        "sessions"
    }

    fn read(&self, _day: Day) -> BoxFuture<'_, Result<Value, ApiError>> {
        async move { Ok(json!(self.0.sessions_overview().await?)) }.boxed()
    }
}

pub struct PlaysSection(pub Scores);

impl Section for PlaysSection {
    fn name(&self) -> &'static str {
        "scores"
    }

    fn read(&self, day: Day) -> BoxFuture<'_, Result<Value, ApiError>> {
        async move { Ok(json!(self.0.day_overview(day).await?)) }.boxed()
    }
}

/// Leaderboards that there are now.
#[derive(Serialize, ToSchema)]
pub struct LeaderboardsOverview {
    total: usize,
}

pub struct LeaderboardsSection(pub Scores);

impl Section for LeaderboardsSection {
    fn name(&self) -> &'static str {
        "leaderboards"
    }

    fn read(&self, _day: Day) -> BoxFuture<'_, Result<Value, ApiError>> {
        let total = self.0.leaderboard_count();
        async move { Ok(json!(LeaderboardsOverview { total })) }.boxed()
    }
}

/// Jobs over all queues: as they are now, and what became of them on the day.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobsOverview {
    /// Wait for a worker, now.
    queued: i64,
    /// Wait for their time, now.
    delayed: i64,
    /// Now.
    running: i64,
    /// Wait to be tried again, now.
    failed: i64,
    /// Won't be tried again by themselves; all that there are now.
    dead: i64,
    /// On that day. Kept for a week.
    succeeded: i64,
    /// On that day. Kept for a week.
    cancelled: i64,
    /// Became dead on that day and still are. Kept for a month.
    died: i64,
    /// Whether all were counted. Each number is counted up to about 100,000.
    is_exact: bool,
}

pub struct JobsSection(pub Jobs);

impl Section for JobsSection {
    fn name(&self) -> &'static str {
        "jobs"
    }

    fn read(&self, day: Day) -> BoxFuture<'_, Result<Value, ApiError>> {
        async move {
            let jobs = self.0.day_overview(day).await?;
            Ok(json!(JobsOverview {
                queued: jobs.queued,
                delayed: jobs.delayed,
                running: jobs.running,
                failed: jobs.failed,
                dead: jobs.dead,
                succeeded: jobs.succeeded,
                cancelled: jobs.cancelled,
                died: jobs.died,
                is_exact: jobs.is_exact,
            }))
        }
        .boxed()
    }
}

pub struct MailsSection(pub Notifications);

impl Section for MailsSection {
    fn name(&self) -> &'static str {
        "mails"
    }

    fn read(&self, day: Day) -> BoxFuture<'_, Result<Value, ApiError>> {
        async move { Ok(json!(self.0.mails_overview(day).await?)) }.boxed()
    }
}

/// The daily run over all mapper alerts, or over all driver notifications, that began on the day.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunOverview {
    /// Alerts, or notifications, that were to be checked.
    checks: i64,
    checked: i64,
    failed: i64,
    /// New records; what became of drivers' places.
    found: i64,
    /// Mails that left on that day and told of what such runs found, digests included.
    mailed: i64,
    /// To Trackmania's services and Trackmania Exchange.
    calls: i64,
    started_at: Moment,
    /// Null while it goes on.
    ended_at: Option<Moment>,
}

impl RunOverview {
    fn new(day: DayOfRuns, mailed: i64) -> Self {
        Self {
            checks: day.checks,
            checked: day.counts.checked,
            failed: day.counts.failed,
            found: day.counts.found,
            mailed,
            calls: day.calls,
            started_at: Moment(day.started_at),
            ended_at: day.ended_at.map(Moment),
        }
    }
}

/// What was looked for in Trackmania by itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrackmaniaOverview {
    /// Null if none began on that day.
    mapper_alerts: Option<RunOverview>,
    /// Null if none began on that day.
    driver_checks: Option<RunOverview>,
    /// Mails that left on that day and told that something could not be checked.
    mailed_missed: i64,
    /// Whether all mails were counted: of more than 100,000 messages in two days, the first ones are.
    mailed_is_exact: bool,
}

pub struct TrackmaniaSection {
    pub trackmania: Trackmania,
    pub notifications: Notifications,
}

impl Section for TrackmaniaSection {
    fn name(&self) -> &'static str {
        "trackmania"
    }

    fn read(&self, day: Day) -> BoxFuture<'_, Result<Value, ApiError>> {
        async move {
            let kinds = [&MAP_RECORD, &RECORD_LOST, &CHECKS_MISSED];
            let mails = self.notifications.mails_about(day, &kinds).await?;
            let run = async |kind: RunKind, told_by: &EventKind| {
                let run = self.trackmania.day_overview(kind, day).await?;
                let mailed = mails.of(told_by);
                Ok::<_, db::Error>(run.map(|run| RunOverview::new(run, mailed)))
            };
            Ok(json!(TrackmaniaOverview {
                mapper_alerts: run(RunKind::MapperAlerts, &MAP_RECORD).await?,
                driver_checks: run(RunKind::DriverChecks, &RECORD_LOST).await?,
                mailed_missed: mails.of(&CHECKS_MISSED),
                mailed_is_exact: mails.is_exact,
            }))
        }
        .boxed()
    }
}

/// Event streams that are open now on the server that answers.
#[derive(Serialize, ToSchema)]
pub struct StreamsOverview {
    open: usize,
}

pub struct StreamsSection(pub Capacity);

impl Section for StreamsSection {
    fn name(&self) -> &'static str {
        "streams"
    }

    fn read(&self, _day: Day) -> BoxFuture<'_, Result<Value, ApiError>> {
        let open = self.0.active();
        async move { Ok(json!(StreamsOverview { open })) }.boxed()
    }
}
