//! What is remembered of each host: how many calls are under way, how often it was called, and whether it is well.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kernel::Clock;
use moka::sync::Cache;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Error;
use crate::breaker::{Breaker, Change};
use crate::pace::{Pace, Rate};

/// Hosts that are remembered: those that users name come and go.
const MOST_HOSTS: u64 = 1024;
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60 * 60);

/// What a host is asked at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls under way at a time.
    pub concurrency: usize,
    /// Calls in a window, all of which may come at once; `None`: any number.
    pub calls: Option<(u32, Duration)>,
    /// Whether a host that fails again and again is left alone for a while.
    pub breaks: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 16,
            calls: None,
            breaks: true,
        }
    }
}

impl Limits {
    /// For our own server.
    pub(crate) const NONE: Self = Self {
        concurrency: Semaphore::MAX_PERMITS,
        calls: None,
        breaks: false,
    };
}

#[derive(Debug)]
pub struct Hosts {
    all: Cache<String, Arc<Host>>,
    limits: Limits,
    /// Hosts with limits of their own.
    special: Vec<(String, Limits)>,
    clock: Clock,
}

impl Hosts {
    pub fn new(limits: Limits, special: Vec<(String, Limits)>, clock: Clock) -> Self {
        Self {
            all: Cache::builder()
                .max_capacity(MOST_HOSTS)
                .time_to_idle(FORGOTTEN_AFTER)
                .build(),
            limits,
            special,
            clock,
        }
    }

    /// `origin` is the scheme, the host and the port.
    pub fn get(&self, origin: String, host: &str) -> Arc<Host> {
        let limits = self
            .special
            .iter()
            .find(|(name, _)| name == host)
            .map_or(self.limits, |(_, limits)| *limits);
        self.all
            .get_with_by_ref(&origin, || Arc::new(Host::new(host, limits, &self.clock)))
    }
}

#[derive(Debug)]
pub struct Host {
    name: String,
    places: Arc<Semaphore>,
    pace: Option<Mutex<Pace>>,
    breaker: Option<Mutex<Breaker>>,
    clock: Clock,
}

impl Host {
    fn new(name: &str, limits: Limits, clock: &Clock) -> Self {
        let pace = |(calls, window)| Mutex::new(Pace::new(Rate { calls, window }));
        Self {
            name: name.to_owned(),
            places: Arc::new(Semaphore::new(limits.concurrency.max(1))),
            pace: limits.calls.map(pace),
            breaker: limits.breaks.then(Mutex::default),
            clock: clock.clone(),
        }
    }

    /// A place among the calls that are under way.
    pub async fn place(&self, patience: Duration) -> Result<OwnedSemaphorePermit, Error> {
        let place = Arc::clone(&self.places).acquire_owned();
        match tokio::time::timeout(patience, place).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(Error::Crowded {
                wait: Duration::from_secs(10),
            }),
        }
    }

    /// How long to wait before the next call may go out.
    pub fn turn(&self, patience: Duration) -> Result<Duration, Error> {
        let Some(pace) = &self.pace else {
            return Ok(Duration::ZERO);
        };
        let turn = pace.lock().reserve(self.clock.now(), patience);
        turn.map_err(|wait| Error::Crowded { wait })
    }

    /// Whether the host is well enough to be called. What becomes of the call must be told to the trial.
    pub fn admit(self: &Arc<Self>) -> Result<Trial, Error> {
        if let Some(breaker) = &self.breaker {
            breaker
                .lock()
                .admit(self.now())
                .map_err(|wait| Error::Resting { wait })?;
        }
        Ok(Trial(Some(Arc::clone(self))))
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn report(&self, change: impl FnOnce(&mut Breaker) -> Change) {
        let Some(breaker) = &self.breaker else { return };
        let change = change(&mut breaker.lock());
        match change {
            Change::Nothing => {}
            Change::Opened(rest) => {
                tracing::warn!(
                    host = self.name,
                    seconds = rest.as_secs(),
                    "a host fails again and again, and is left alone"
                );
            }
            Change::Closed => tracing::info!(host = self.name, "a host answers again"),
        }
    }
}

/// A call that was let through.
#[must_use]
pub struct Trial(Option<Arc<Host>>);

impl Trial {
    pub fn succeeded(mut self) {
        if let Some(host) = self.0.take() {
            host.report(Breaker::succeeded);
        }
    }

    pub fn failed(mut self) {
        if let Some(host) = self.0.take() {
            let now = host.now();
            host.report(|breaker| breaker.failed(now));
        }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        if let Some(host) = self.0.take() {
            let now = host.now();
            host.report(|breaker| {
                breaker.abandoned(now);
                Change::Nothing
            });
        }
    }
}
