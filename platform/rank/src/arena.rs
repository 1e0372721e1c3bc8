//! Records in chunks, found by a slot number that never changes.
//!
//! Invariant: every chunk but the last is full, and a slot is in `free` exactly when no player owns its record.

use crate::standing::Standing;

/// Records are allocated this many at a time, so that a big board carries no doubling slack. A power of two.
const CHUNK: usize = 4096;

/// The number of a record: a player's id in 4 bytes instead of 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(u32);

impl Slot {
    fn chunk(self) -> usize {
        self.0 as usize / CHUNK
    }

    fn offset(self) -> usize {
        self.0 as usize % CHUNK
    }
}

/// What a board keeps of a player: 40 bytes. A number of 128 bits is aligned to 16 of them, which would make it 48.
#[derive(Clone, Copy)]
#[repr(C, packed(8))]
struct Record {
    standing: Standing,
    tag: u64,
}

#[derive(Default)]
pub(crate) struct Arena {
    /// Each chunk grows by doubling, up to `CHUNK`: a small board stays small.
    chunks: Vec<Vec<Record>>,
    free: Vec<Slot>,
}

impl Arena {
    pub(crate) fn get(&self, slot: Slot) -> Standing {
        self.record(slot).standing
    }

    pub(crate) fn tag(&self, slot: Slot) -> u64 {
        self.record(slot).tag
    }

    fn record(&self, slot: Slot) -> &Record {
        &self.chunks[slot.chunk()][slot.offset()]
    }

    /// Overwrites a record, and returns what it held.
    pub(crate) fn replace(&mut self, slot: Slot, standing: Standing, tag: u64) -> Standing {
        let record = &mut self.chunks[slot.chunk()][slot.offset()];
        std::mem::replace(record, Record { standing, tag }).standing
    }

    pub(crate) fn add(&mut self, standing: Standing, tag: u64) -> Slot {
        if let Some(slot) = self.free.pop() {
            self.replace(slot, standing, tag);
            return slot;
        }
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            self.chunks.push(Vec::new());
        }
        let last = self.chunks.len() - 1;
        let index = last * CHUNK + self.chunks[last].len();
        let slot = Slot(u32::try_from(index).expect("a board holds at most 2^32 players"));
        self.chunks[last].push(Record { standing, tag });
        slot
    }

    /// Gives the slot to whoever comes next. The record stays readable, but is nobody's.
    pub(crate) fn release(&mut self, slot: Slot) {
        self.free.push(slot);
    }

    /// Each record with its slot. Only for an arena from which nothing has been released.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Slot, Standing)> {
        debug_assert!(
            self.free.is_empty(),
            "a released record would be listed too"
        );
        let records = self.chunks.iter().flatten();
        (0..).map(Slot).zip(records.map(|record| record.standing))
    }

    /// How many records have an owner.
    pub(crate) fn len(&self) -> usize {
        let full = self.chunks.len().saturating_sub(1) * CHUNK;
        full + self.chunks.last().map_or(0, Vec::len) - self.free.len()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let records: usize = self.chunks.iter().map(Vec::capacity).sum();
        records * size_of::<Record>()
            + self.chunks.capacity() * size_of::<Vec<Record>>()
            + self.free.capacity() * size_of::<Slot>()
    }
}

#[cfg(test)]
impl Arena {
    pub(crate) fn is_free(&self, slot: Slot) -> bool {
        self.free.contains(&slot)
    }
}
