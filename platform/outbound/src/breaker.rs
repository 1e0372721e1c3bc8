//! A host that fails again and again is left alone for a while, so that it may recover and nobody waits for it.

use std::time::Duration;

use jiff::Timestamp;

/// Failures in a row after which a host is left alone.
const FAILURES: u32 = 5;
/// How long at first; twice as long each time that the trial fails.
const FIRST_REST: Duration = Duration::from_secs(10);
const LONGEST_REST: Duration = Duration::from_secs(300);
/// After which a trial that nobody reported is taken for lost.
const TRIAL: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub struct Breaker {
    failures: u32,
    /// How often in a row it was left alone.
    rests: u32,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    Open {
        until: Timestamp,
    },
    /// One call is let through to see whether the host is back.
    HalfOpen {
        since: Timestamp,
    },
}

/// What a report changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Nothing,
    /// The host is left alone for this long.
    Opened(Duration),
    Closed,
}

impl Breaker {
    /// Whether a call may go out now; how long to wait if not.
    pub fn admit(&mut self, now: Timestamp) -> Result<(), Duration> {
        match self.state {
            State::Closed => Ok(()),
            State::Open { until } if now < until => Err(left(now, until)),
            State::HalfOpen { since } if now < after(since, TRIAL) => Err(FIRST_REST),
            State::Open { .. } | State::HalfOpen { .. } => {
                self.state = State::HalfOpen { since: now };
                Ok(())
            }
        }
    }

    /// The host answered, be it with a refusal.
    pub fn succeeded(&mut self) -> Change {
        let was = std::mem::take(self);
        match was.state {
            State::Closed => Change::Nothing,
            _ => Change::Closed,
        }
    }

    /// The host could not be reached, was too slow, or said that it is broken.
    pub fn failed(&mut self, now: Timestamp) -> Change {
        self.failures = self.failures.saturating_add(1);
        let opens = match self.state {
            State::Closed => self.failures >= FAILURES,
            State::HalfOpen { .. } => true,
            // A call from before.
            State::Open { .. } => false,
        };
        if !opens {
            return Change::Nothing;
        }
        let rest = FIRST_REST
            .saturating_mul(1 << self.rests.min(16))
            .min(LONGEST_REST);
        self.rests = self.rests.saturating_add(1);
        self.state = State::Open {
            until: after(now, rest),
        };
        Change::Opened(rest)
    }

    /// The caller gave up before there was an answer: the next one may try.
    pub fn abandoned(&mut self, now: Timestamp) {
        if let State::HalfOpen { .. } = self.state {
            self.state = State::Open { until: now };
        }
    }
}

fn after(time: Timestamp, wait: Duration) -> Timestamp {
    time.checked_add(wait).unwrap_or(Timestamp::MAX)
}

fn left(now: Timestamp, until: Timestamp) -> Duration {
    Duration::try_from(until.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn opened(now: i64) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 1..FAILURES {
            assert_eq!(breaker.failed(at(now)), Change::Nothing);
            assert!(breaker.admit(at(now)).is_ok());
        }
        assert_eq!(breaker.failed(at(now)), Change::Opened(FIRST_REST));
        breaker
    }

    #[test]
    fn opens_after_failures_in_a_row_only() {
        let mut breaker = Breaker::default();
        for _ in 0..20 {
            for _ in 1..FAILURES {
                breaker.failed(at(0));
            }
            breaker.succeeded();
        }
        assert!(breaker.admit(at(0)).is_ok());
        let mut breaker = opened(0);
        assert_eq!(breaker.admit(at(3)), Err(Duration::from_secs(7)));
    }

    #[test]
    fn lets_one_through_to_see_and_closes_when_it_is_well() {
        let mut breaker = opened(0);
        assert!(breaker.admit(at(10)).is_ok());
        assert!(breaker.admit(at(10)).is_err(), "one at a time");
        assert_eq!(breaker.succeeded(), Change::Closed);
        assert!(breaker.admit(at(10)).is_ok() && breaker.admit(at(10)).is_ok());
    }

    #[test]
    fn rests_longer_each_time_but_not_for_ever() {
        let mut breaker = opened(0);
        let mut now = 10;
        for rest in [20, 40, 80, 160, 300, 300] {
            assert!(breaker.admit(at(now)).is_ok(), "{now}");
            assert_eq!(
                breaker.failed(at(now)),
                Change::Opened(Duration::from_secs(rest))
            );
            assert!(breaker.admit(at(now + rest as i64 - 1)).is_err());
            now += rest as i64;
        }
    }

    #[test]
    fn a_trial_without_an_end_does_not_close_the_door() {
        let mut breaker = opened(0);
        assert!(breaker.admit(at(10)).is_ok());
        breaker.abandoned(at(11));
        assert!(breaker.admit(at(11)).is_ok());
        assert!(breaker.admit(at(70)).is_err());
        assert!(breaker.admit(at(71)).is_ok(), "the trial was lost");
    }

    #[test]
    fn calls_from_before_change_nothing() {
        let mut breaker = opened(0);
        assert_eq!(breaker.failed(at(9)), Change::Nothing);
        assert!(breaker.admit(at(10)).is_ok());
    }
}
