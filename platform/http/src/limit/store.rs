//! governor's state, one time stamp a caller, in a bounded number of callers.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};

use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;
use parking_lot::Mutex;

/// So many that two requests at once hardly ever want the same one.
const SHARDS: usize = 64;

pub(super) struct Store<K> {
    shards: Box<[Mutex<Shard<K>>]>,
    /// Seeded at random: callers choose their keys, but can't aim them at one shard.
    hasher: RandomState,
    keys_per_shard: usize,
}

struct Shard<K> {
    states: HashMap<K, Nanos, RandomState>,
    /// What those share that found no room.
    crowd: Option<Nanos>,
}

impl<K> Store<K> {
    pub(super) fn new(keys: usize) -> Self {
        let hasher = RandomState::new();
        let shard = || Shard {
            states: HashMap::with_hasher(hasher.clone()),
            crowd: None,
        };
        Self {
            shards: (0..SHARDS).map(|_| Mutex::new(shard())).collect(),
            keys_per_shard: keys.div_ceil(SHARDS).max(1),
            hasher,
        }
    }
}

impl<K> fmt::Debug for Store<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Store")
            .field("keys_per_shard", &self.keys_per_shard)
            .finish()
    }
}

impl<K: Clone + Eq + Hash> StateStore for Store<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        // The upper half, since the maps use the lower.
        let place = (self.hasher.hash_one(key) >> 32) as usize % SHARDS;
        let mut shard = self.shards[place].lock();
        if let Some(state) = shard.states.get_mut(key) {
            let (outcome, next) = decide(Some(*state))?;
            *state = next;
            return Ok(outcome);
        }
        if shard.states.len() >= self.keys_per_shard {
            let (outcome, next) = decide(shard.crowd)?;
            shard.crowd = Some(next);
            return Ok(outcome);
        }
        let (outcome, next) = decide(None)?;
        shard.states.insert(key.clone(), next);
        Ok(outcome)
    }
}

impl<K: Clone + Eq + Hash> ShrinkableKeyedStateStore<K> for Store<K> {
    fn retain_recent(&self, drop_below: Nanos) {
        for shard in &self.shards {
            shard.lock().states.retain(|_, state| *state > drop_below);
        }
    }

    fn shrink_to_fit(&self) {
        for shard in &self.shards {
            let states = &mut shard.lock().states;
            // Room for as many again, so that a steady crowd isn't moved each minute.
            let wanted = states.len() * 2;
            states.shrink_to(wanted);
        }
    }

    fn len(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.lock().states.len())
            .sum()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
