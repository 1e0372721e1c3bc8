//! Asking for much, where a part of it may fail.
//!
//! Invariants:
//! - What can't be had costs itself alone: why is said in a sentence, and the rest goes on.
//! - A service that fails again and again isn't asked for the rest.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use kernel::Failure;
use parking_lot::Mutex;

use crate::Error;
use crate::upstream::UpstreamError;

/// Failures one after the other, after which the rest isn't asked for.
const MOST_FAILURES: u32 = 5;
/// A call that is told to come back later does, so often.
const TRIES: u32 = 3;

/// What was told, or why nothing was.
pub type Told<T> = Result<T, String>;

#[derive(Debug, Default)]
pub struct Trying {
    /// One after the other.
    failures: AtomicU32,
    was_answered: AtomicBool,
    wait: Mutex<Duration>,
}

impl Trying {
    /// # Errors
    /// When the database is away.
    pub async fn ask<'a, T>(
        &self,
        call: impl Fn() -> BoxFuture<'a, Result<T, Error>> + Sync,
    ) -> Result<Told<T>, Error> {
        let mut tried = 1;
        loop {
            if self.is_over() {
                let why = "Trackmania failed again and again, and wasn't asked any more.";
                return Ok(Err(why.to_owned()));
            }
            match call().await {
                Ok(told) => {
                    self.failures.store(0, Ordering::Relaxed);
                    self.was_answered.store(true, Ordering::Relaxed);
                    return Ok(Ok(told));
                }
                Err(Error::Database(error)) => return Err(error.into()),
                // The next call waits until they want to be asked again.
                Err(Error::Upstream(UpstreamError::Busy { .. })) if tried < TRIES => tried += 1,
                Err(error) => {
                    tracing::warn!(%error, code = error.code(), "a map can't be looked at");
                    self.failures.fetch_add(1, Ordering::Relaxed);
                    *self.wait.lock() = error.retry_after().unwrap_or_default();
                    return Ok(Err(error.to_string()));
                }
            }
        }
    }

    /// Whether nothing is asked any more.
    pub fn is_over(&self) -> bool {
        self.failures.load(Ordering::Relaxed) >= MOST_FAILURES
    }

    /// Whether it seems to be away: it fails again and again, or has failed and told nothing yet.
    pub fn is_away(&self) -> bool {
        let has_failed = self.failures.load(Ordering::Relaxed) > 0;
        self.is_over() || (has_failed && !self.was_answered())
    }

    /// Whether anything was told at all.
    pub fn was_answered(&self) -> bool {
        self.was_answered.load(Ordering::Relaxed)
    }

    /// How long the service wanted to be left alone when it failed last.
    pub fn wait(&self) -> Duration {
        *self.wait.lock()
    }
}
