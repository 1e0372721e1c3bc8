//! Limits on how often a caller may come, by the generic cell rate algorithm: a whole window's requests may come at
//! once, after which they come back evenly. Memory is bounded: there are at most [`MAXIMUM_KEYS`] callers to a
//! limiter, and those who find no room share a quota until [`RateLimiter::sweep`] has made some.

mod adjustable;
mod store;

use std::hash::Hash;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, Reference as _};
use governor::middleware::StateInformationMiddleware;
use http::{HeaderMap, HeaderName, HeaderValue};
use kernel::{Clock, ErrorKind};

use crate::ApiError;
pub use adjustable::{AdjustableLimiter, Rate};
use store::Store;

/// Callers that one limiter tells apart: about 10 MB of addresses.
pub const MAXIMUM_KEYS: usize = 200_000;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// Counts the requests of each `K`: an address, a user.
#[derive(Debug)]
pub struct RateLimiter<K: Clone + Eq + Hash> {
    endpoint: &'static str,
    limit: NonZeroU32,
    /// How long it takes until one more request is allowed.
    interval: Duration,
    clock: Time,
    governor: governor::RateLimiter<K, Store<K>, Time, StateInformationMiddleware>,
}

/// governor's time, told by ours: what has passed since the Unix epoch.
#[derive(Clone, Debug)]
struct Time(Clock);

impl governor::clock::Clock for Time {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::try_from(self.0.now().as_duration()).unwrap_or_default()
    }
}

/// Where a caller stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests in a window.
    pub limit: u32,
    /// Requests that may come at once.
    pub remaining: u32,
    /// Until something changes for the better: all are there again, or, when none remained, one is.
    pub reset: Duration,
}

/// The caller has come too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimited(pub Quota);

impl<K: Clone + Eq + Hash> RateLimiter<K> {
    /// Allows `requests` in each `window`, which is held between a millisecond and a year. `endpoint` names the limit
    /// in `rate_limit_hits_total` and in the log.
    pub fn new(
        endpoint: &'static str,
        requests: NonZeroU32,
        window: Duration,
        clock: Clock,
    ) -> Self {
        Self::with_capacity(endpoint, requests, window, clock, MAXIMUM_KEYS)
    }

    fn with_capacity(
        endpoint: &'static str,
        requests: NonZeroU32,
        window: Duration,
        clock: Clock,
        keys: usize,
    ) -> Self {
        let shortest = Duration::from_nanos(1);
        let window = window.clamp(
            Duration::from_millis(1),
            Duration::from_secs(365 * 24 * 60 * 60),
        );
        let interval = (window / requests.get()).max(shortest);
        let quota = governor::Quota::with_period(interval)
            .unwrap_or_else(|| governor::Quota::per_second(requests))
            .allow_burst(requests);
        let clock = Time(clock);
        Self {
            endpoint,
            limit: requests,
            interval,
            governor: governor::RateLimiter::new(quota, Store::new(keys), clock.clone()),
            clock,
        }
    }

    /// Counts one request. A refusal is logged and counted here, and becomes a 429 with `?`.
    pub fn check(&self, key: &K) -> Result<Quota, RateLimited> {
        self.count(key).inspect_err(|_| report(self.endpoint))
    }

    /// Counts one request, and leaves it to the caller to [`report`] a refusal.
    pub(crate) fn count(&self, key: &K) -> Result<Quota, RateLimited> {
        let limit = self.limit.get();
        match self.governor.check_key(key) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let used = limit.saturating_sub(remaining);
                Ok(Quota {
                    limit,
                    remaining,
                    reset: self.interval.saturating_mul(used),
                })
            }
            Err(until) => {
                let earliest = until.earliest_possible();
                let reset: Duration = earliest.duration_since(self.clock.now()).into();
                Err(RateLimited(Quota {
                    limit,
                    remaining: 0,
                    reset,
                }))
            }
        }
    }

    /// Forgets the callers whose quota is whole again. To be called about once a minute.
    pub fn sweep(&self) {
        self.governor.retain_recent();
        self.governor.shrink_to_fit();
    }

    /// Callers remembered now.
    pub fn len(&self) -> usize {
        self.governor.len()
    }

    pub fn is_empty(&self) -> bool {
        self.governor.is_empty()
    }
}

/// Tells the log and the metrics that a limit held.
pub(crate) fn report(endpoint: &str) {
    metrics::counter!("rate_limit_hits_total", "endpoint" => endpoint.to_owned()).increment(1);
    tracing::warn!(endpoint, "rate limit hit");
}

impl Quota {
    /// Adds the `RateLimit-*` headers, unless a closer limit has put its own there.
    pub fn write_to(&self, headers: &mut HeaderMap) {
        if headers.contains_key(LIMIT) {
            return;
        }
        headers.insert(LIMIT, HeaderValue::from(self.limit));
        headers.insert(REMAINING, HeaderValue::from(self.remaining));
        headers.insert(RESET, HeaderValue::from(whole_seconds(self.reset)));
    }
}

/// Rounded up: whoever waits this long must not come too early.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

impl From<RateLimited> for ApiError {
    fn from(RateLimited(quota): RateLimited) -> Self {
        let seconds = whole_seconds(quota.reset).max(1);
        let unit = if seconds == 1 { "second" } else { "seconds" };
        let mut headers = HeaderMap::with_capacity(4);
        quota.write_to(&mut headers);
        Self::new(
            ErrorKind::RateLimited,
            "rate_limited",
            format!("Too many requests. Wait {seconds} {unit}, then try again."),
        )
        .retry_after(Duration::from_secs(seconds))
        .headers(headers)
    }
}

#[cfg(test)]
mod tests;
