//! Whether what is in memory is worth going by. A batch that memory was wrong about is written twice; where other servers
//! write for the same players, that would be most of them.

/// The most batches that are read from PostgreSQL before memory is tried again.
const LONGEST_DOUBT: u32 = 64;

/// Each so many batches find the scores by their keys: on the way PostgreSQL clears the pages of old versions, without which
/// pages fill up, and rows move to others. Measured with pages that are filled to 80 %: by then, a page has room left.
const BY_KEY_EVERY: u32 = 8;

/// What a batch goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// What memory has, and where it knows the rows to lie.
    Rows,
    /// What memory has; rows are found by their keys.
    Memory,
    /// What PostgreSQL has, which is read first.
    Database,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Trust {
    memory: Doubt,
    rows: Doubt,
    batches: u32,
}

#[derive(Clone, Copy, Debug)]
struct Doubt {
    /// Batches that are not to go by it from now on.
    batches: u32,
    /// How many there will be when it is wrong again.
    next: u32,
}

impl Trust {
    /// For those who have nothing in memory.
    pub fn none() -> Self {
        Self {
            memory: Doubt {
                batches: u32::MAX,
                next: 1,
            },
            ..Self::default()
        }
    }

    /// What the next batch may go by.
    pub fn way(&mut self) -> Way {
        self.batches = self.batches.wrapping_add(1);
        if !self.memory.is_over() {
            Way::Database
        } else if self.batches.is_multiple_of(BY_KEY_EVERY) || !self.rows.is_over() {
            Way::Memory
        } else {
            Way::Rows
        }
    }

    /// A batch was written that went by this.
    pub fn confirm(&mut self, way: Way) {
        match way {
            Way::Rows => (self.rows, self.memory) = (Doubt::default(), Doubt::default()),
            Way::Memory => self.memory = Doubt::default(),
            Way::Database => {}
        }
    }

    /// It was wrong. Returns what the batch should go by instead.
    pub fn shake(&mut self, way: Way) -> Way {
        match way {
            Way::Rows => {
                self.rows.grow();
                Way::Memory
            }
            Way::Memory => {
                self.memory.grow();
                Way::Database
            }
            Way::Database => Way::Database,
        }
    }
}

impl Default for Doubt {
    fn default() -> Self {
        Self {
            batches: 0,
            next: 1,
        }
    }
}

impl Doubt {
    fn is_over(&mut self) -> bool {
        let over = self.batches == 0;
        self.batches = self.batches.saturating_sub(1);
        over
    }

    fn grow(&mut self) {
        self.batches = self.next;
        self.next = (self.next * 2).min(LONGEST_DOUBT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubt_grows_until_memory_was_right() {
        let mut trust = Trust::default();
        let mut grown = Vec::new();
        for _ in 0..8 {
            trust.shake(Way::Memory);
            let doubted = (0..).take_while(|_| trust.way() == Way::Database).count();
            grown.push(doubted);
        }
        assert_eq!(grown, [1, 2, 4, 8, 16, 32, 64, 64]);
        trust.confirm(Way::Memory);
        assert_eq!(trust.shake(Way::Memory), Way::Database);
        assert_eq!(trust.way(), Way::Database);
        assert_ne!(trust.way(), Way::Database);
    }

    #[test]
    fn pages_are_cleared_now_and_then() {
        let mut trust = Trust::default();
        let ways: Vec<Way> = (0..16).map(|_| trust.way()).collect();
        let by_key = ways.iter().filter(|way| **way == Way::Memory).count();
        let by_row = ways.iter().filter(|way| **way == Way::Rows).count();
        assert_eq!((by_key, by_row), (2, 14));
    }

    #[test]
    fn rows_that_moved_say_nothing_against_memory() {
        let mut trust = Trust::default();
        assert_eq!(trust.shake(Way::Rows), Way::Memory);
        trust.confirm(Way::Memory);
        assert_eq!(trust.way(), Way::Memory);
        assert_eq!(trust.way(), Way::Rows);
    }

    #[test]
    fn whoever_has_nothing_in_memory_asks_the_database() {
        let mut trust = Trust::none();
        assert!((0..100).all(|_| trust.way() == Way::Database));
    }
}
