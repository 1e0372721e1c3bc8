//! What a worker knows of a queue: what it runs of it, and how quick that is.

use std::time::Duration;

use crate::queue::Queue;

/// How much work is picked up ahead, in time and in number.
const AHEAD: Duration = Duration::from_millis(20);
const MOST_AHEAD: usize = 256;
/// Longer ones are not picked up ahead.
const QUICK: Duration = Duration::from_millis(5);

/// One queue on this server.
pub(super) struct Lane {
    pub(super) queue: Queue,
    pub(super) running: usize,
    /// Picked up ahead.
    pub(super) ahead: usize,
    /// Whether SQS is being asked.
    pub(super) asking: bool,
    /// How long its jobs take, the latest counting most. Unknown until one has ended.
    mean: Option<Duration>,
}

impl Lane {
    pub(super) fn new(queue: Queue) -> Self {
        Self {
            queue,
            running: 0,
            ahead: 0,
            asking: false,
            mean: None,
        }
    }

    /// One has ended, after so long.
    pub(super) fn ended(&mut self, took: Duration) {
        self.running -= 1;
        self.mean = Some(self.mean.map_or(took, |mean| (mean * 7 + took) / 8));
    }

    /// How many may be picked up ahead.
    pub(super) fn most_ahead(&self, concurrency: usize) -> usize {
        match self.mean {
            Some(mean) if mean < QUICK => {
                let each = AHEAD.as_nanos() / mean.as_nanos().max(1);
                usize::try_from(each)
                    .unwrap_or(usize::MAX)
                    .saturating_mul(concurrency)
                    .min(MOST_AHEAD)
            }
            _ => 0,
        }
    }
}
