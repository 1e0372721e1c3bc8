//! Jobs by their states, for a day's overview. Costs the same however many there are.

use kernel::Day;

use crate::{Jobs, store};

/// How many are in a state.
#[derive(Debug)]
pub(crate) struct StateCount {
    pub(crate) state: String,
    pub(crate) count: i64,
    /// False where there are more than were counted.
    pub(crate) is_exact: bool,
}

/// Jobs over all queues: as they are now, and what became of them on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayOfJobs {
    /// Wait for a worker, now.
    pub queued: i64,
    /// Wait for their time, now.
    pub delayed: i64,
    pub running: i64,
    /// Wait to be tried again, now.
    pub failed: i64,
    /// Won't be tried again; all that there are now.
    pub dead: i64,
    /// On that day; kept for a week.
    pub succeeded: i64,
    /// On that day; kept for a week.
    pub cancelled: i64,
    /// Were given up on that day and are still dead; kept for a month.
    pub died: i64,
    /// Whether all were counted. Each number is counted up to about 100,000.
    pub is_exact: bool,
}

impl DayOfJobs {
    fn new(counts: &[StateCount]) -> Self {
        let of = |state: &str| {
            let mut counts = counts.iter();
            let found = counts.find(|count| count.state == state);
            found.map_or(0, |count| count.count)
        };
        Self {
            queued: of("queued"),
            delayed: of("delayed"),
            running: of("running"),
            failed: of("failed"),
            dead: of("dead"),
            succeeded: of("succeeded"),
            cancelled: of("cancelled"),
            died: of("died"),
            is_exact: counts.iter().all(|count| count.is_exact),
        }
    }
}

impl Jobs {
    /// # Errors
    /// When the database is away.
    pub async fn day_overview(&self, day: Day) -> Result<DayOfJobs, db::Error> {
        let counts = store::overview::of_day(self.database().pool(), day).await?;
        Ok(DayOfJobs::new(&counts))
    }
}
