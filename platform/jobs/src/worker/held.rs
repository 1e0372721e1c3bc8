//! The leases of this worker.
//!
//! Invariant: a worker never takes a job from itself. What it holds, and what it is about to hold, is told to whoever
//! looks for leases that ended, for the clock may jump while a question to the database is under way.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kernel::JobId;
use parking_lot::Mutex;
use uuid::Uuid;

use crate::running::Attempt;

/// A job by its lease: whoever lost a job may hold it anew while its first attempt is not yet broken off.
pub(super) type Key = (JobId, Uuid);

pub(super) fn key(attempt: &Attempt) -> Key {
    (attempt.id, attempt.lease)
}

#[derive(Debug, Default)]
pub(super) struct Held {
    /// What is picked up and not written down as ended.
    attempts: Mutex<HashMap<Key, Arc<Attempt>>>,
    /// Under which jobs are being picked up right now.
    coming: Arc<Mutex<HashSet<Uuid>>>,
}

/// A lease under which jobs are being picked up, until they are held or it is clear that there are none.
#[derive(Debug)]
pub(super) struct Coming {
    pub(super) lease: Uuid,
    all: Arc<Mutex<HashSet<Uuid>>>,
}

impl Drop for Coming {
    fn drop(&mut self) {
        self.all.lock().remove(&self.lease);
    }
}

impl Held {
    /// To be called before the lease's end is computed, and dropped after what came is held.
    pub(super) fn coming(&self, lease: Uuid) -> Coming {
        let all = Arc::clone(&self.coming);
        all.lock().insert(lease);
        Coming { lease, all }
    }

    pub(super) fn insert(&self, attempt: &Arc<Attempt>) {
        let attempt = Arc::clone(attempt);
        self.attempts.lock().insert(key(&attempt), attempt);
    }

    pub(super) fn remove<'a>(&self, attempts: impl IntoIterator<Item = &'a Arc<Attempt>>) {
        let mut held = self.attempts.lock();
        for attempt in attempts {
            held.remove(&key(attempt));
        }
    }

    pub(super) fn all(&self) -> Vec<Arc<Attempt>> {
        self.attempts.lock().values().cloned().collect()
    }

    /// All leases under which jobs are ours or may become ours. What comes is looked at first: it is held before it
    /// comes no more.
    pub(super) fn leases(&self) -> Vec<Uuid> {
        let coming = self.coming.lock().clone();
        let held = self.attempts.lock();
        let held = held.keys().map(|(_, lease)| *lease);
        coming.into_iter().chain(held).collect()
    }
}
