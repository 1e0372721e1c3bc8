//! Wrong passwords, counted per e-mail and address: guessing is slow, and nobody can lock another out from
//! elsewhere.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use moka::sync::Cache;
use parking_lot::Mutex;

/// Pairs remembered at the same time; whoever guesses from more places is held by the limit per address.
const MAX_PAIRS: u64 = 100_000;
const LONGEST_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug)]
pub struct Attempts {
    limit: AtomicU32,
    window: Duration,
    pairs: Cache<(String, IpAddr), Arc<Mutex<Window>>>,
}

#[derive(Debug)]
struct Window {
    ends_at: Timestamp,
    used: u32,
}

impl Attempts {
    /// Attempts within `window`. There is no limit until one is set.
    pub fn new(window: Duration) -> Self {
        let pairs = Cache::builder()
            .max_capacity(MAX_PAIRS)
            .time_to_idle(window.saturating_mul(2).min(LONGEST_KEPT))
            .build();
        Self {
            limit: AtomicU32::new(0),
            window,
            pairs,
        }
    }

    pub fn limit(&self) -> u32 {
        self.limit.load(Ordering::Relaxed)
    }

    /// From now on; 0 lets everything pass. What was counted until now still counts.
    pub fn set_limit(&self, limit: u32) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// Takes one attempt before it is made, so that a thousand at once are no way around the limit.
    ///
    /// # Errors
    /// How long to wait, when none is left.
    pub fn take(&self, email_key: &str, from: IpAddr, now: Timestamp) -> Result<(), Duration> {
        let limit = self.limit();
        if limit == 0 {
            return Ok(());
        }
        let window = self.pairs.get_with((email_key.to_owned(), from), || {
            Arc::new(Mutex::new(Window {
                ends_at: self.end_of(now),
                used: 0,
            }))
        });
        let mut window = window.lock();
        if window.ends_at <= now {
            *window = Window {
                ends_at: self.end_of(now),
                used: 0,
            };
        }
        if window.used >= limit {
            return Err(window.ends_at.duration_since(now).unsigned_abs());
        }
        window.used += 1;
        Ok(())
    }

    fn end_of(&self, now: Timestamp) -> Timestamp {
        now.checked_add(self.window).unwrap_or(Timestamp::MAX)
    }

    /// Forgets the attempts of somebody who turned out to know the password.
    pub fn forgive(&self, email_key: &str, from: IpAddr) {
        self.pairs.invalidate(&(email_key.to_owned(), from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(limit: u32) -> Attempts {
        let attempts = Attempts::new(Duration::from_secs(300));
        attempts.set_limit(limit);
        attempts
    }

    #[test]
    fn counts_per_pair_until_the_window_ends() {
        let attempts = limited(2);
        let here = IpAddr::from([192, 0, 2, 1]);
        let there = IpAddr::from([192, 0, 2, 2]);
        let start = Timestamp::UNIX_EPOCH;
        assert_eq!(attempts.take("a", here, start), Ok(()));
        assert_eq!(attempts.take("a", here, start), Ok(()));
        let later = start + Duration::from_secs(100);
        assert_eq!(
            attempts.take("a", here, later),
            Err(Duration::from_secs(200))
        );
        assert_eq!(attempts.take("a", there, later), Ok(()));
        assert_eq!(attempts.take("b", here, later), Ok(()));
        assert_eq!(
            attempts.take("a", here, start + Duration::from_secs(300)),
            Ok(())
        );
    }

    #[test]
    fn the_limit_can_be_changed() {
        let attempts = Attempts::new(Duration::from_secs(300));
        let here = IpAddr::from([192, 0, 2, 1]);
        let take = || attempts.take("a", here, Timestamp::UNIX_EPOCH);
        assert!((0..5).all(|_| take().is_ok()));
        attempts.set_limit(1);
        assert_eq!(take(), Ok(()));
        assert!(take().is_err());
        attempts.set_limit(2);
        assert_eq!(take(), Ok(()));
    }

    #[test]
    fn a_right_password_starts_anew() {
        let attempts = limited(1);
        let here = IpAddr::from([192, 0, 2, 1]);
        assert_eq!(attempts.take("a", here, Timestamp::UNIX_EPOCH), Ok(()));
        attempts.forgive("a", here);
        assert_eq!(attempts.take("a", here, Timestamp::UNIX_EPOCH), Ok(()));
    }
}
