//! A limit that can be another from one request to the next, or none.

use std::fmt;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::time::Duration;

use kernel::Clock;
use parking_lot::RwLock;

use super::{Quota, RateLimited, RateLimiter, report};

/// How many requests a caller may send in a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub requests: NonZeroU32,
    /// Held between a millisecond and a year.
    pub window: Duration,
}

/// Counts the requests of each `K` against a rate that may change. There is no limit until one is set.
pub struct AdjustableLimiter<K: Clone + Eq + Hash> {
    endpoint: &'static str,
    clock: Clock,
    present: RwLock<Option<(Rate, RateLimiter<K>)>>,
}

impl<K: Clone + Eq + Hash> AdjustableLimiter<K> {
    /// `endpoint` as in [`RateLimiter::new`].
    pub fn new(endpoint: &'static str, clock: Clock) -> Self {
        Self {
            endpoint,
            clock,
            present: RwLock::default(),
        }
    }

    /// Sets the rate, or takes the limit away. With another rate than before, everybody begins anew.
    pub fn set(&self, rate: Option<Rate>) {
        let mut present = self.present.write();
        if present.as_ref().map(|(rate, _)| *rate) == rate {
            return;
        }
        *present = rate.map(|rate| {
            let (requests, window) = (rate.requests, rate.window);
            let limiter = RateLimiter::new(self.endpoint, requests, window, self.clock.clone());
            (rate, limiter)
        });
    }

    /// Counts one request; none where there is no limit. A refusal is logged and counted here, and becomes a 429 with
    /// `?`.
    pub fn check(&self, key: &K) -> Result<Option<Quota>, RateLimited> {
        self.count(key).inspect_err(|_| report(self.endpoint))
    }

    /// The same, and leaves it to the caller to [`report`] a refusal.
    pub(crate) fn count(&self, key: &K) -> Result<Option<Quota>, RateLimited> {
        let present = self.present.read();
        let limiter = present.as_ref().map(|(_, limiter)| limiter);
        limiter.map(|limiter| limiter.count(key)).transpose()
    }

    /// As [`RateLimiter::sweep`].
    pub fn sweep(&self) {
        if let Some((_, limiter)) = self.present.read().as_ref() {
            limiter.sweep();
        }
    }
}

impl<K: Clone + Eq + Hash> fmt::Debug for AdjustableLimiter<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = self.present.read().as_ref().map(|(rate, _)| *rate);
        formatter
            .debug_struct("AdjustableLimiter")
            .field("endpoint", &self.endpoint)
            .field("rate", &rate)
            .finish_non_exhaustive()
    }
}
