//! The words of a leaderboard, and the one definition of its order: everything that sorts or compares goes through [`SortKey`].

use std::cmp::Ordering;

/// A player, by the 128 bits of a UUID read in big-endian, so that numbers order as the UUID's bytes do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct PlayerId(pub u128);

/// Which score is best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The highest score has rank 1: points.
    Descending,
    /// The lowest score has rank 1: lap times.
    Ascending,
}

/// What a player has reached on a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub player: PlayerId,
    pub score: u64,
    /// When this score was first reached, in microseconds since the Unix epoch.
    pub reached_at: i64,
}

/// A standing with its place on the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// From 1, the best. No two players share a rank.
    pub rank: u64,
    pub standing: Standing,
}

/// What setting a standing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where the player stood before, if on the board at all.
    pub previous: Option<Ranked>,
    pub current: Ranked,
}

impl Order {
    /// The order of a board: `Less` means that `left` stands before `right`.
    ///
    /// Better score first, then whoever reached it first, then the smaller player id. Equal only for equal standings.
    pub fn compare(self, left: &Standing, right: &Standing) -> Ordering {
        let keys = self.sort_key(left).cmp(&self.sort_key(right));
        keys.then_with(|| left.player.cmp(&right.player))
    }

    pub(crate) fn sort_key(self, standing: &Standing) -> SortKey {
        let score = match self {
            Order::Descending => !standing.score,
            Order::Ascending => standing.score,
        };
        // Flipping the sign bit maps signed to unsigned numbers without changing their order.
        let reached_at = standing.reached_at.cast_unsigned() ^ (1 << 63);
        SortKey { score, reached_at }
    }
}

/// Score and time, mapped so that the smaller key is the better one on every board. Only the player id is left to break ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SortKey {
    score: u64,
    reached_at: u64,
}

impl SortKey {
    /// One wide number compares without branches; two fields would put a hardly predictable branch into every search step.
    /// It is not kept as one because `u128` is aligned to 16 bytes, which would widen each entry from 24 to 32.
    fn wide(self) -> u128 {
        u128::from(self.score) << 64 | u128::from(self.reached_at)
    }
}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.wide().cmp(&other.wide())
    }
}
