use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

/// Where "now" comes from. Cloning shares the same time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    /// Microseconds since the Unix epoch, moved only by [`Clock::advance`].
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's wall clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until a test moves it.
    pub fn manual(start: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(
            start.as_microsecond(),
        ))))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the wall clock"
    )]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp::now(),
            Source::Manual(microseconds) => {
                Timestamp::from_microsecond(microseconds.load(Ordering::Acquire))
                    .unwrap_or(Timestamp::MAX)
            }
        }
    }

    /// Moves a manual clock forward.
    ///
    /// # Panics
    /// On the system clock, which is not ours to move.
    pub fn advance(&self, by: Duration) {
        match &self.0 {
            Source::System => panic!("the system clock can't be moved"),
            Source::Manual(microseconds) => {
                let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
                microseconds.fetch_add(by, Ordering::AcqRel);
            }
        }
    }

    /// A fresh UUIDv7, whose leading bits are this clock's time.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the wall clock"
    )]
    pub fn new_uuid(&self) -> Uuid {
        match &self.0 {
            Source::System => Uuid::now_v7(),
            Source::Manual(_) => {
                let now = self.now();
                let seconds = u64::try_from(now.as_second()).unwrap_or(0);
                let nanoseconds = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
                Uuid::new_v7(uuid::Timestamp::from_unix(
                    uuid::NoContext,
                    seconds,
                    nanoseconds,
                ))
            }
        }
    }
}
