//! How often a host is called: the generic cell rate algorithm, by which a burst may come at once and the rest evenly.

use std::time::Duration;

use jiff::Timestamp;

/// Calls that a host allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Calls in each `window`, all of which may come at once.
    pub calls: u32,
    pub window: Duration,
}

/// Who called when, in one time stamp.
#[derive(Debug)]
pub struct Pace {
    rate: Rate,
    /// When all calls that were let through will be paid for.
    settled_at: Timestamp,
}

impl Pace {
    pub fn new(rate: Rate) -> Self {
        Self {
            rate,
            settled_at: Timestamp::MIN,
        }
    }

    /// Takes the next place, and says how long to wait until it is due. If that is longer than `patience`, no place is
    /// taken, and the wait is the error.
    pub fn reserve(&mut self, now: Timestamp, patience: Duration) -> Result<Duration, Duration> {
        let each = self.rate.window / self.rate.calls.max(1);
        let settled = self.settled_at.max(now);
        let due = settled
            .checked_add(each)
            .unwrap_or(Timestamp::MAX)
            .checked_sub(self.rate.window)
            .unwrap_or(Timestamp::MIN);
        let wait = Duration::try_from(due.duration_since(now)).unwrap_or_default();
        if wait > patience {
            return Err(wait);
        }
        self.settled_at = settled.checked_add(each).unwrap_or(Timestamp::MAX);
        Ok(wait)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).unwrap()
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_evenly() {
        let mut pace = Pace::new(Rate {
            calls: 3,
            window: Duration::from_secs(3),
        });
        let hour = Duration::from_secs(3600);
        let waits: Vec<u128> = (0..5)
            .map(|_| pace.reserve(at(0), hour).unwrap().as_millis())
            .collect();
        assert_eq!(waits, [0, 0, 0, 1000, 2000]);
        assert_eq!(
            pace.reserve(at(0), Duration::from_millis(2999)),
            Err(Duration::from_secs(3)),
            "whoever can't wait takes no place"
        );
        assert_eq!(pace.reserve(at(0), hour), Ok(Duration::from_secs(3)));
        assert_eq!(pace.reserve(at(60_000), hour), Ok(Duration::ZERO));
    }

    proptest! {
        #[test]
        fn no_window_sees_more_than_twice_the_calls(calls in 1..20_u32, gaps in proptest::collection::vec(0..500_i64, 1..100)) {
            let mut pace = Pace::new(Rate { calls, window: Duration::from_secs(1) });
            let (mut now, mut sent) = (0, Vec::new());
            for gap in gaps {
                now += gap;
                if pace.reserve(at(now), Duration::ZERO).is_ok() {
                    sent.push(now);
                }
            }
            for &start in &sent {
                let within = sent.iter().filter(|&&time| (start..start + 1000).contains(&time)).count();
                prop_assert!(within <= 2 * calls as usize, "{within} of {calls}");
            }
        }
    }
}
