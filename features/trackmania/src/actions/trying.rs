//! Asking for much, where a part of it may fail.
//!
//! Invariants:
//! - What can't be had costs itself alone: why is said in a sentence, and the rest goes on.
//! - A service that fails again and again isn't asked for the rest.

use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::BoxFuture;
use kernel::Failure;

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
            if self.failures.load(Ordering::Relaxed) >= MOST_FAILURES {
                let why = "Trackmania failed again and again, and wasn't asked any more.";
                return Ok(Err(why.to_owned()));
            }
            match call().await {
                Ok(told) => {
                    self.failures.store(0, Ordering::Relaxed);
                    return Ok(Ok(told));
                }
                Err(Error::Database(error)) => return Err(error.into()),
                // The next call waits until they want to be asked again.
                Err(Error::Upstream(UpstreamError::Busy { .. })) if tried < TRIES => tried += 1,
                Err(error) => {
                    tracing::warn!(%error, code = error.code(), "a map can't be looked at");
                    self.failures.fetch_add(1, Ordering::Relaxed);
                    return Ok(Err(error.to_string()));
                }
            }
        }
    }
}
