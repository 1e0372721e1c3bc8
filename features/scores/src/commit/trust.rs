//! Whether what the boards in memory have is worth going by. A batch that memory was wrong about is written twice; where
//! other servers write for the same players, that would be most of them.

/// The most batches that are read from PostgreSQL before memory is tried again.
const LONGEST_DOUBT: u32 = 64;

#[derive(Clone, Copy, Debug)]
pub struct Trust {
    /// Batches that are not to go by memory from now on.
    doubt: u32,
    /// How many there will be when memory is wrong again.
    next_doubt: u32,
}

impl Default for Trust {
    fn default() -> Self {
        Self {
            doubt: 0,
            next_doubt: 1,
        }
    }
}

impl Trust {
    /// For those who have nothing in memory.
    pub fn none() -> Self {
        Self {
            doubt: u32::MAX,
            ..Self::default()
        }
    }

    /// Whether the next batch may go by memory.
    pub fn is_granted(&mut self) -> bool {
        let granted = self.doubt == 0;
        self.doubt = self.doubt.saturating_sub(1);
        granted
    }

    /// Memory was right about a batch.
    pub fn confirm(&mut self) {
        self.next_doubt = 1;
    }

    /// Memory was wrong about a batch.
    pub fn shake(&mut self) {
        self.doubt = self.next_doubt;
        self.next_doubt = (self.next_doubt * 2).min(LONGEST_DOUBT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many batches are read from PostgreSQL after memory was wrong.
    fn doubts(trust: &mut Trust) -> u32 {
        trust.shake();
        let mut batches = 0;
        while !trust.is_granted() {
            batches += 1;
        }
        batches
    }

    #[test]
    fn doubt_grows_until_memory_was_right() {
        let mut trust = Trust::default();
        assert!(trust.is_granted());
        let grown: Vec<u32> = (0..8).map(|_| doubts(&mut trust)).collect();
        assert_eq!(grown, [1, 2, 4, 8, 16, 32, 64, 64]);
        trust.confirm();
        assert!(trust.is_granted());
        assert_eq!(doubts(&mut trust), 1);
    }
}
