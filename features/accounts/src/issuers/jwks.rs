//! One issuer's keys, fetched when needed and kept.
//!
//! - At most one fetch at a time, and none within [`PAUSE`] of the last: made-up key ids are no way to make us
//!   flood the issuer. A key that we have never waits for any of this.
//! - Keys are renewed after [`FRESH`], and used for up to [`STALE`] while the issuer can't be reached.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kernel::Clock;
use outbound::Request;
use parking_lot::RwLock;
use serde_json::Value;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::Error;
use crate::model::key_set::{Key, KeySet};

const PAUSE: Duration = Duration::from_secs(10);
const FRESH: Duration = Duration::from_secs(60 * 60);
const STALE: Duration = Duration::from_secs(24 * 60 * 60);
const MAX_DOCUMENT_LENGTH: usize = 64 * 1024;

pub struct Jwks {
    url: String,
    outside: outbound::Client,
    clock: Clock,
    kept: RwLock<Kept>,
    fetching: Arc<Mutex<LastFetch>>,
}

#[derive(Default)]
struct Kept {
    keys: KeySet,
    fetched_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Default)]
struct LastFetch {
    at: Option<Timestamp>,
    failed: bool,
}

impl Jwks {
    pub fn new(url: String, outside: outbound::Client, clock: Clock) -> Self {
        Self {
            url,
            outside,
            clock,
            kept: RwLock::default(),
            fetching: Arc::default(),
        }
    }

    /// The key with this id, if the issuer has it.
    ///
    /// # Errors
    /// [`Error::IssuerUnavailable`] when we don't have it and the issuer can't be asked.
    pub async fn key(self: &Arc<Self>, id: &str) -> Result<Option<Arc<Key>>, Error> {
        match self.kept_key(id) {
            Some((key, age)) if age < FRESH => Ok(Some(key)),
            Some((key, age)) if age < STALE => {
                self.renew_in_background();
                Ok(Some(key))
            }
            _ => self.fetched_key(id).await,
        }
    }

    fn kept_key(&self, id: &str) -> Option<(Arc<Key>, Duration)> {
        let kept = self.kept.read();
        let age = self
            .clock
            .now()
            .duration_since(kept.fetched_at?)
            .unsigned_abs();
        Some((Arc::clone(kept.keys.get(id)?), age))
    }

    fn renew_in_background(self: &Arc<Self>) {
        // Whoever holds the lock is at it already.
        if let Ok(last) = Arc::clone(&self.fetching).try_lock_owned() {
            let jwks = Arc::clone(self);
            tokio::spawn(async move { jwks.fetch(last).await });
        }
    }

    async fn fetched_key(self: &Arc<Self>, id: &str) -> Result<Option<Arc<Key>>, Error> {
        let last = Arc::clone(&self.fetching).lock_owned().await;
        let jwks = Arc::clone(self);
        // A task of its own: whoever asked may hang up, and others wait for the same answer.
        let last = tokio::spawn(async move { jwks.fetch(last).await })
            .await
            .map_err(|_| Error::IssuerUnavailable)?;
        match self.kept_key(id) {
            Some((key, age)) if age < STALE => Ok(Some(key)),
            _ if last.failed => Err(Error::IssuerUnavailable),
            _ => Ok(None),
        }
    }

    /// Fetches the keys, unless that was just done.
    async fn fetch(&self, mut last: OwnedMutexGuard<LastFetch>) -> LastFetch {
        let now = self.clock.now();
        if last
            .at
            .is_some_and(|at| now.duration_since(at).unsigned_abs() < PAUSE)
        {
            return *last;
        }
        *last = LastFetch {
            at: Some(now),
            failed: true,
        };
        // The pause between fetches is ours to keep.
        let request = Request::get(&self.url)
            .header("accept", "application/json")
            .cap(MAX_DOCUMENT_LENGTH)
            .retries(0);
        let answer = self.outside.send(request).await;
        match answer.and_then(|answer| answer.json::<Value>()) {
            Ok(document) => match KeySet::parse(&document) {
                Some(keys) => {
                    *self.kept.write() = Kept {
                        keys,
                        fetched_at: Some(now),
                    };
                    last.failed = false;
                }
                None => tracing::warn!(
                    url = self.url,
                    "the issuer's key set holds no usable key; keeping the old one"
                ),
            },
            Err(error) => {
                tracing::warn!(
                    url = self.url,
                    cause = causes(&error),
                    "the issuer's key set could not be fetched"
                );
            }
        }
        *last
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(|source| format!(": {source}"));
    format!("{error}{}", cause.unwrap_or_default())
}
