//! Floor 1: an order-statistic index: score, time and player to rank, and back.
//!
//! [`RankIndex`] keeps one board of players in order and answers, in about a microsecond among a million: which rank has this
//! player, who holds ranks 500 to 510, who is around me, which rank would this score give. It is one plain value: no threads, no
//! locks, no I/O, no `unsafe`. Put it behind a lock, or give it to one owner, as you like.
//!
//! # Order
//! A board is ordered by score ([`Order`] says which end is best), then by who reached that score first, then by player id, so that
//! no two standings are equal and every rank is held by exactly one player. [`Order::compare`] is that order as a function.
//!
//! # Invariants
//! 1. Each player of the board has exactly one record in the arena, one slot number in the table and one entry in the blocks.
//! 2. An entry's key is made of the record in its slot; the two change together, inside one call.
//! 3. Entries ascend strictly, within each block and from block to block: smaller is better, on every board.
//! 4. No block is empty, none holds more than its capacity, and two neighbours always hold more than half a block together.
//!    So memory follows the number of players, whatever came and went.
//! 5. The directory holds exactly the first entry of each block; the Fenwick tree sums exactly the blocks' lengths.
//!
//! `RankIndex::check` (tests only) verifies all five. `README.md` draws the layout and gives measured figures.

mod arena;
mod blocks;
mod counts;
mod index;
mod players;
mod standing;
#[cfg(test)]
mod tests;

pub use index::RankIndex;
pub use standing::{Change, Order, PlayerId, Ranked, Standing};

/// Runs the README's example as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
