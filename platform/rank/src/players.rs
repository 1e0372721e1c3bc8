//! Who is on the board: a hash table from player id to the slot of the player's record.
//!
//! Invariant: the tables hold exactly the owned slots of the arena, each filed under the hash of its record's player.

use std::{cmp::Ordering, hash::BuildHasher};

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::{
    arena::{Arena, Slot},
    blocks::Entry,
    standing::{PlayerId, SortKey, Standing},
};

/// The table is split into small ones because a table that grows moves all that it holds: a single
/// one of seven million players would stop the board for as long as that takes, and need old and new
/// memory at once. A power of two.
const SHARDS: usize = 64;

pub(crate) struct Players {
    /// Mixes well, since UUIDs of version 7 begin with the time, and is seeded at random, so that nobody can aim for collisions.
    hasher: DefaultHashBuilder,
    shards: Box<[HashTable<Slot>]>,
    arena: Arena,
}

impl Players {
    pub(crate) fn with_capacity(players: usize) -> Self {
        let shards = (0..SHARDS)
            .map(|_| HashTable::with_capacity(players / SHARDS))
            .collect();
        Self {
            hasher: DefaultHashBuilder::default(),
            shards,
            arena: Arena::default(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.arena.len()
    }

    pub(crate) fn find(&self, player: PlayerId) -> Option<Slot> {
        let hash = self.hasher.hash_one(player);
        self.shards[shard_of(hash)]
            .find(hash, |&slot| self.arena.get(slot).player == player)
            .copied()
    }

    pub(crate) fn standing(&self, slot: Slot) -> Standing {
        self.arena.get(slot)
    }

    pub(crate) fn tag(&self, slot: Slot) -> u64 {
        self.arena.tag(slot)
    }

    /// Adds the player, or overwrites the standing and tag held until now and returns that standing.
    pub(crate) fn put(&mut self, standing: Standing, tag: u64) -> (Slot, Option<Standing>) {
        let Self {
            hasher,
            shards,
            arena,
        } = self;
        let hash = hasher.hash_one(standing.player);
        let shard = &mut shards[shard_of(hash)];
        if let Some(&slot) = shard.find(hash, |&slot| arena.get(slot).player == standing.player) {
            return (slot, Some(arena.replace(slot, standing, tag)));
        }
        let slot = arena.add(standing, tag);
        shard.insert_unique(hash, slot, |&slot| hasher.hash_one(arena.get(slot).player));
        (slot, None)
    }

    /// Forgets the player, whose slot may belong to another from now on.
    pub(crate) fn remove(&mut self, player: PlayerId) {
        let Self {
            hasher,
            shards,
            arena,
        } = self;
        let hash = hasher.hash_one(player);
        if let Ok(found) =
            shards[shard_of(hash)].find_entry(hash, |&slot| arena.get(slot).player == player)
        {
            arena.release(found.remove().0);
        }
    }

    /// How an entry of the board stands to a position on it. Reads the entry's record, likely a cache miss, on a tie only.
    pub(crate) fn compare(&self, entry: &Entry, key: SortKey, player: PlayerId) -> Ordering {
        if entry.key == key {
            self.arena.get(entry.slot).player.cmp(&player)
        } else {
            entry.key.cmp(&key)
        }
    }

    /// Everybody. Only before the first removal.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Slot, Standing)> {
        self.arena.all()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let tables: usize = self.shards.iter().map(HashTable::allocation_size).sum();
        tables + size_of_val(&*self.shards) + self.arena.memory_bytes()
    }
}

#[cfg(test)]
impl Players {
    /// Panics unless every player is found in a slot of their own, and nobody else is.
    pub(crate) fn check(&self) {
        let slots: Vec<Slot> = self.shards.iter().flatten().copied().collect();
        assert_eq!(
            slots.len(),
            self.len(),
            "as many slots in the tables as owned records"
        );
        for slot in slots {
            assert_eq!(self.find(self.standing(slot).player), Some(slot));
            assert!(!self.arena.is_free(slot));
        }
    }
}

/// Takes bits from the middle of the hash: hashbrown finds the bucket by the lowest ones and checks it by the highest.
fn shard_of(hash: u64) -> usize {
    (hash >> 40) as usize % SHARDS
}
