//! How many entries come before a block, and which block holds the n-th entry: a Fenwick tree over the blocks' lengths.
//!
//! Invariant: `sums[i]` is the sum of the `lowest set bit of i + 1` lengths that end with block `i`.

/// 32 bits suffice: a board has at most 2^32 − 1 players, since slots are 32 bits wide.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    sums: Vec<u32>,
}

impl Counts {
    /// Starts over, in one pass. The only way to add or drop blocks.
    pub(crate) fn rebuild(&mut self, lengths: impl Iterator<Item = usize>) {
        self.sums.clear();
        self.sums.extend(lengths.map(|length| length as u32));
        for index in 0..self.sums.len() {
            let parent = index | (index + 1);
            if parent < self.sums.len() {
                self.sums[parent] += self.sums[index];
            }
        }
    }

    /// `difference` is how much longer the block has become.
    pub(crate) fn change(&mut self, block: usize, difference: i32) {
        let mut index = block;
        while let Some(sum) = self.sums.get_mut(index) {
            *sum = sum.wrapping_add_signed(difference);
            index |= index + 1;
        }
    }

    /// How many entries all blocks before this one hold.
    pub(crate) fn before(&self, block: usize) -> usize {
        let mut total = 0;
        let mut end = block;
        while end > 0 {
            total += self.sums[end - 1] as usize;
            end &= end - 1;
        }
        total
    }

    /// The block that holds the entry of this index (from 0, over all blocks), and the entry's offset within it.
    /// Past the last entry: the number of blocks, and what is left over.
    pub(crate) fn find(&self, index: usize) -> (usize, usize) {
        let mut block = 0;
        let mut rest = index;
        let mut step = self.sums.len().checked_ilog2().map_or(0, |bits| 1 << bits);
        while step > 0 {
            if let Some(&sum) = self.sums.get(block + step - 1)
                && sum as usize <= rest
            {
                rest -= sum as usize;
                block += step;
            }
            step /= 2;
        }
        (block, rest)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.sums.capacity() * size_of::<u32>()
    }
}
