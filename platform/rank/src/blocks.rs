//! The order of the board: entries in sorted blocks, a directory of their first entries, and a count over their lengths.
//!
//! Two levels instead of a tree: the directory of a million players takes a tenth of a megabyte, of
//! ten million a whole one, so a search hardly misses the cache before the one block that it ends
//! in. A split or join shifts the directory, which costs O(blocks), but happens once in about a
//! hundred changes.
//!
//! Blocks don't know players. Whoever searches passes a function that says whether an entry comes before what is sought; it must
//! hold for a prefix of the entries.
//!
//! Invariants: see 3, 4 and 5 at the head of the crate.

use crate::{arena::Slot, counts::Counts, standing::SortKey};

/// A player's place in the order: 24 bytes. The key is kept here, not looked up, so that a search stays within the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: SortKey,
    pub(crate) slot: Slot,
}

/// Where an entry is, or would be inserted. `offset` may be the length of the block.
#[derive(Clone, Copy)]
struct Place {
    block: usize,
    offset: usize,
}

pub(crate) struct Blocks {
    /// The most entries in a block, at least 2.
    capacity: usize,
    blocks: Vec<Vec<Entry>>,
    /// The first entry of each block, side by side for the sake of the cache.
    firsts: Vec<Entry>,
    counts: Counts,
}

impl Blocks {
    pub(crate) fn new(capacity: usize) -> Self {
        debug_assert!(capacity >= 2, "a full block of one couldn't be split");
        Self {
            capacity,
            blocks: Vec::new(),
            firsts: Vec::new(),
            counts: Counts::default(),
        }
    }

    /// Takes entries in order. Blocks are left an eighth empty, or the first changes would split every one of them.
    pub(crate) fn from_sorted(capacity: usize, entries: &[Entry]) -> Self {
        let mut packed = Self::new(capacity);
        packed.blocks = entries
            .chunks((capacity - capacity / 8).max(1))
            .map(<[Entry]>::to_vec)
            .collect();
        packed.firsts = packed.blocks.iter().map(|block| block[0]).collect();
        packed.recount();
        packed
    }

    /// How many entries `precedes` holds for.
    pub(crate) fn count(&self, precedes: impl Fn(&Entry) -> bool) -> usize {
        self.index(self.search(precedes))
    }

    /// All entries from this index on, counted from 0.
    pub(crate) fn iter_from(&self, index: usize) -> impl Iterator<Item = Entry> {
        let (block, offset) = self.counts.find(index);
        let (head, tail) = match self.blocks.get(block..) {
            Some([head, tail @ ..]) => (&head[offset..], tail),
            _ => (&[][..], &[][..]),
        };
        head.iter().chain(tail.iter().flatten()).copied()
    }

    /// Puts the entry behind all that `precedes` holds for, and returns its index.
    pub(crate) fn insert(&mut self, entry: Entry, precedes: impl Fn(&Entry) -> bool) -> usize {
        let mut place = self.search(&precedes);
        match self.blocks.get(place.block) {
            None => self.insert_block(0, Vec::new(), entry),
            Some(block) if block.len() == self.capacity => {
                self.relieve(place.block);
                place = self.search(&precedes);
            }
            Some(_) => {}
        }
        let index = self.index(place);
        let block = &mut self.blocks[place.block];
        if block.len() == block.capacity() {
            // Doubling, but never beyond what a block may hold.
            block.reserve_exact(block.len().max(4).min(self.capacity - block.len()));
        }
        block.insert(place.offset, entry);
        if place.offset == 0 {
            self.firsts[place.block] = entry;
        }
        self.counts.change(place.block, 1);
        index
    }

    /// Takes out the first entry that `precedes` doesn't hold for, which must exist, and returns its index.
    pub(crate) fn remove(&mut self, precedes: impl Fn(&Entry) -> bool) -> (usize, Entry) {
        let mut place = self.search(precedes);
        if place.offset == self.blocks[place.block].len() {
            place = Place {
                block: place.block + 1,
                offset: 0,
            };
        }
        let index = self.index(place);
        let block = &mut self.blocks[place.block];
        let entry = block.remove(place.offset);
        if place.offset == 0
            && let Some(&first) = block.first()
        {
            self.firsts[place.block] = first;
        }
        self.counts.change(place.block, -1);
        self.tidy(place.block);
        (index, entry)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let entries: usize = self.blocks.iter().map(Vec::capacity).sum();
        (entries + self.firsts.capacity()) * size_of::<Entry>()
            + self.blocks.capacity() * size_of::<Vec<Entry>>()
            + self.counts.memory_bytes()
    }

    /// The place behind all entries that `precedes` holds for. At a border it is the end of the earlier block.
    fn search(&self, precedes: impl Fn(&Entry) -> bool) -> Place {
        let block = self.firsts.partition_point(&precedes).saturating_sub(1);
        let offset = self
            .blocks
            .get(block)
            .map_or(0, |entries| entries.partition_point(&precedes));
        Place { block, offset }
    }

    fn index(&self, place: Place) -> usize {
        self.counts.before(place.block) + place.offset
    }

    /// Makes room in a full block: shares with a neighbour if that has room for more than a few, and splits otherwise.
    /// Sharing first keeps blocks about four fifths full; splitting alone, as in a plain B-tree, two thirds, and a half when
    /// scores only rise.
    fn relieve(&mut self, block: usize) {
        let most = self.capacity - (self.capacity / 4).max(2);
        let has_room = |neighbour: &usize| {
            self.blocks
                .get(*neighbour)
                .is_some_and(|entries| entries.len() <= most)
        };
        let neighbour = [Some(block + 1), block.checked_sub(1)]
            .into_iter()
            .flatten()
            .find(has_room);
        match neighbour {
            Some(neighbour) => self.share(block.min(neighbour)),
            None => self.split(block),
        }
    }

    /// Levels this block and the next.
    fn share(&mut self, left: usize) {
        let (heads, tails) = self.blocks.split_at_mut(left + 1);
        let (before, after) = (&mut heads[left], &mut tails[0]);
        let old_length = before.len();
        let new_length = (before.len() + after.len()) / 2;
        if old_length > new_length {
            after.reserve_exact(self.capacity - after.len());
            after.splice(..0, before.drain(new_length..));
        } else {
            before.reserve_exact(self.capacity - before.len());
            before.extend(after.drain(..new_length - old_length));
        }
        self.firsts[left + 1] = after[0];
        let moved = new_length as i32 - old_length as i32;
        self.counts.change(left, moved);
        self.counts.change(left + 1, -moved);
    }

    fn split(&mut self, block: usize) {
        let entries = &mut self.blocks[block];
        let half = entries.split_off(entries.len() / 2);
        let first = half[0];
        self.insert_block(block + 1, half, first);
    }

    /// After a removal: drops the block if it is empty, or joins it to a neighbour if both together fill half a block at most.
    /// That is well below what a split leaves behind, so that blocks don't join and split in turns.
    fn tidy(&mut self, block: usize) {
        let joinable = |left: usize| {
            let length = |index: usize| self.blocks.get(index).map(Vec::len);
            length(left)
                .zip(length(left + 1))
                .is_some_and(|(left, right)| left + right <= self.capacity / 2)
        };
        if self.blocks[block].is_empty() {
            self.remove_block(block);
        } else if joinable(block) {
            self.join(block);
        } else if let Some(previous) = block.checked_sub(1).filter(|&previous| joinable(previous)) {
            self.join(previous);
        }
    }

    /// Moves all of the next block into this one.
    fn join(&mut self, left: usize) {
        let mut entries = std::mem::take(&mut self.blocks[left + 1]);
        let target = &mut self.blocks[left];
        target.reserve_exact(entries.len());
        target.append(&mut entries);
        self.remove_block(left + 1);
    }

    fn insert_block(&mut self, at: usize, entries: Vec<Entry>, first: Entry) {
        self.blocks.insert(at, entries);
        self.firsts.insert(at, first);
        self.recount();
    }

    fn remove_block(&mut self, at: usize) {
        self.blocks.remove(at);
        self.firsts.remove(at);
        self.recount();
    }

    fn recount(&mut self) {
        self.counts.rebuild(self.blocks.iter().map(Vec::len));
    }
}

#[cfg(test)]
impl Blocks {
    /// Panics unless all that the crate promises about blocks holds, whatever they contain.
    pub(crate) fn check(&self) {
        let lengths: Vec<usize> = self.blocks.iter().map(Vec::len).collect();
        let firsts: Vec<Entry> = self.blocks.iter().map(|block| block[0]).collect();
        assert_eq!(self.firsts, firsts, "the directory holds the first entries");
        assert!(
            lengths
                .iter()
                .all(|length| (1..=self.capacity).contains(length)),
            "lengths {lengths:?}"
        );
        assert!(
            lengths
                .windows(2)
                .all(|pair| pair[0] + pair[1] > self.capacity / 2),
            "lengths {lengths:?}"
        );
        assert!(
            self.blocks
                .iter()
                .all(|block| block.capacity() <= self.capacity.max(4)),
            "no block takes more memory than it may"
        );
        let mut before = 0;
        for (block, length) in lengths.iter().enumerate() {
            assert_eq!(self.counts.before(block), before);
            assert_eq!(self.counts.find(before), (block, 0));
            assert_eq!(self.counts.find(before + length - 1), (block, length - 1));
            before += length;
        }
        assert_eq!(self.counts.find(before), (lengths.len(), 0));
    }
}
