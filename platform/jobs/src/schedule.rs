//! Jobs that come round again by the calendar, once over all servers.
//!
//! Invariants:
//! - The row of a schedule is locked by whoever fires it, and moved on in the transaction that enqueues the job: so
//!   each firing happens once, though five servers run, and none is lost though none ran at the minute.
//! - Whoever has moved a schedule, or switched it off or on, says so in its row, once. The last one to say so decides
//!   for all servers, and what would have fired while it was off is not made up for.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use croner::Cron;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::every::every;
use crate::job::Job;
use crate::{Enqueued, Jobs, New, store};

/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// Stands in the row of a schedule that is off, where else its cron line does.
const OFF: &str = "off";

/// When a job comes round.
#[derive(Clone)]
pub struct Schedule {
    pub name: &'static str,
    /// None: it is off.
    timing: Option<Timing>,
    new: Arc<dyn Fn() -> New + Send + Sync>,
}

/// A cron line and the time zone that it is meant in.
#[derive(Clone, Debug)]
pub struct Timing {
    /// Five fields: minute, hour, day of month, month, day of week.
    pub cron: String,
    /// Of the IANA database, such as `Europe/Berlin`.
    pub zone: String,
    parsed: Cron,
    time_zone: TimeZone,
}

impl Timing {
    /// # Errors
    /// With what is wrong with the line or the zone, for a person.
    pub fn new(cron: &str, zone: &str) -> Result<Self, String> {
        if cron.split_whitespace().count() != 5 {
            return Err(format!(
                "{cron:?} is no cron line of five fields: minute, hour, day of month, month, day of week"
            ));
        }
        let parsed = Cron::from_str(cron).map_err(|error| format!("{cron:?}: {error}"))?;
        let time_zone = TimeZone::get(zone)
            .map_err(|_| format!("{zone:?} is no time zone such as Europe/Berlin"))?;
        let timing = Self {
            cron: cron.to_owned(),
            zone: zone.to_owned(),
            parsed,
            time_zone,
        };
        // Such as the 30th of February.
        match timing.after(Timestamp::UNIX_EPOCH) {
            Some(_) => Ok(timing),
            None => Err(format!("{cron:?} never comes")),
        }
    }

    /// The next time after this moment; none where there is none any more.
    ///
    /// Where clocks are put forward, what would fall into the gap fires right after it; where they are put back, what
    /// names its hour fires once, and what comes every hour or minute goes on in both.
    pub fn after(&self, moment: Timestamp) -> Option<Timestamp> {
        let local = moment.to_zoned(self.time_zone.clone());
        let next = self.parsed.find_next_occurrence(&local, false).ok()?;
        Some(next.timestamp())
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Schedule")
            .field("name", &self.name)
            .field("timing", &self.timing)
            .finish_non_exhaustive()
    }
}

impl Schedule {
    /// # Panics
    /// If the line or the zone is no such thing, which is a mistake in the code.
    pub fn new<J: Job>(
        name: &'static str,
        cron: &str,
        zone: &str,
        job: impl Fn() -> J + Send + Sync + 'static,
    ) -> Self {
        let timing = Timing::new(cron, zone);
        Self {
            name,
            timing: Some(timing.unwrap_or_else(|error| panic!("the schedule {name}: {error}"))),
            // While one waits, another would be in vain.
            new: Arc::new(move || New::of(&job()).unique(name)),
        }
    }

    #[must_use]
    pub fn at(mut self, timing: Timing) -> Self {
        self.timing = Some(timing);
        self
    }

    /// Never fires, but by hand.
    #[must_use]
    pub fn off(mut self) -> Self {
        self.timing = None;
        self
    }

    /// None: it is off.
    pub fn timing(&self) -> Option<&Timing> {
        self.timing.as_ref()
    }
}

/// What a server knows of the schedules.
struct Known {
    schedules: watch::Receiver<Vec<Schedule>>,
    /// Whether their rows say the same.
    are_declared: bool,
}

impl Jobs {
    /// Fires one by hand, now.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn fire(&self, schedule: &Schedule) -> Result<Enqueued, db::Error> {
        let mut transaction = self.database().begin().await?;
        let enqueued = self.enqueue(&mut transaction, (schedule.new)()).await?;
        let now = self.clock().now();
        store::schedule::record(&mut transaction, schedule.name, now, now, Some(enqueued.id))
            .await?;
        transaction.commit().await.map_err(db::Error::from)?;
        Ok(enqueued)
    }

    /// Fires schedules at their times until `shutdown`; one that was missed by more than `grace` is skipped. Any number
    /// of servers may do this. Schedules may be moved, or switched off and on, meanwhile: all are sent again then.
    pub async fn run_schedules(
        self,
        schedules: watch::Receiver<Vec<Schedule>>,
        grace: Duration,
        shutdown: CancellationToken,
    ) {
        let grace = SignedDuration::try_from(grace).unwrap_or(SignedDuration::MAX);
        let known = tokio::sync::Mutex::new(Known {
            schedules,
            are_declared: false,
        });
        let look = || async {
            let mut known = known.lock().await;
            if let Err(error) = self.look_at(&mut known, grace).await {
                tracing::warn!(%error, "schedules could not be looked at; trying again");
            }
        };
        shutdown
            .run_until_cancelled(every("schedules", LOOK, look))
            .await;
    }

    async fn look_at(&self, known: &mut Known, grace: SignedDuration) -> Result<(), db::Error> {
        // Whoever sent them may be gone; then they stay as they are.
        if known.schedules.has_changed().unwrap_or(false) {
            known.are_declared = false;
        }
        let schedules = known.schedules.borrow_and_update().clone();
        if !known.are_declared {
            self.declare(&schedules).await?;
            known.are_declared = true;
        }
        for schedule in &schedules {
            if let Some(timing) = schedule.timing() {
                self.fire_due(schedule, timing, grace).await?;
            }
        }
        Ok(())
    }

    async fn declare(&self, schedules: &[Schedule]) -> Result<(), db::Error> {
        let now = self.clock().now();
        let pool = self.database().pool();
        for Schedule { name, timing, .. } in schedules {
            match timing {
                Some(timing) => {
                    let next = timing.after(now).unwrap_or(Timestamp::MAX);
                    store::schedule::declare(pool, name, &timing.cron, &timing.zone, next).await?;
                }
                None => store::schedule::declare(pool, name, OFF, "", Timestamp::MAX).await?,
            }
        }
        Ok(())
    }

    async fn fire_due(
        &self,
        schedule: &Schedule,
        timing: &Timing,
        grace: SignedDuration,
    ) -> Result<(), db::Error> {
        let name = schedule.name;
        let now = self.clock().now();
        let mut transaction = self.database().begin().await?;
        let Some(mut planned) = store::schedule::due(&mut transaction, name, now).await? else {
            return Ok(());
        };
        let oldest = now.checked_sub(grace).unwrap_or(Timestamp::MIN);
        if planned < oldest {
            tracing::warn!(schedule = name, since = %planned, "firings of a schedule were missed by more than SCHEDULE_GRACE and are skipped");
            store::schedule::record(&mut transaction, name, planned, now, None).await?;
            let just_before = oldest - SignedDuration::from_nanos(1);
            planned = timing.after(just_before).unwrap_or(Timestamp::MAX);
        }
        while planned <= now {
            let enqueued = self.enqueue(&mut transaction, (schedule.new)()).await?;
            store::schedule::record(&mut transaction, name, planned, now, Some(enqueued.id))
                .await?;
            planned = timing.after(planned).unwrap_or(Timestamp::MAX);
        }
        store::schedule::set_next(&mut transaction, name, planned).await?;
        transaction.commit().await.map_err(db::Error::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn firings(cron: &str, from: &str, count: usize) -> Vec<String> {
        let timing = Timing::new(cron, "Europe/Berlin").unwrap();
        let mut at: Timestamp = from.parse().unwrap();
        (0..count)
            .map(|_| {
                at = timing.after(at).unwrap();
                at.to_string()
            })
            .collect()
    }

    #[test]
    fn clocks_put_forward_lose_nothing() {
        // 29 March 2026: 02:00 becomes 03:00 in Berlin, which is 01:00 UTC.
        assert_eq!(
            firings("30 2 * * *", "2026-03-28T02:00:00Z", 2),
            ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
        );
        assert_eq!(
            firings("0 * * * *", "2026-03-29T00:30:00Z", 2),
            ["2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"]
        );
        assert_eq!(
            firings("0 8 * * *", "2026-03-28T08:00:00Z", 1),
            ["2026-03-29T06:00:00Z"]
        );
    }

    #[test]
    fn clocks_put_back_repeat_nothing() {
        // 25 October 2026: 03:00 becomes 02:00 in Berlin, at 01:00 UTC.
        assert_eq!(
            firings("30 2 * * *", "2026-10-24T12:00:00Z", 2),
            ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
        );
        assert_eq!(
            firings("0 * * * *", "2026-10-24T23:30:00Z", 4),
            [
                "2026-10-25T00:00:00Z",
                "2026-10-25T01:00:00Z",
                "2026-10-25T02:00:00Z",
                "2026-10-25T03:00:00Z"
            ]
        );
    }

    #[test]
    fn what_is_no_timing_is_refused() {
        for (cron, zone) in [
            ("* * * *", "UTC"),
            ("* * * * * *", "UTC"),
            ("61 * * * *", "UTC"),
            ("0 0 30 2 *", "UTC"),
            ("0 0 * * *", "Atlantis/Capital"),
        ] {
            assert!(Timing::new(cron, zone).is_err(), "{cron} {zone}");
        }
    }
}
