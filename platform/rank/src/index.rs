//! The board itself: ties who is on it ([`Players`]) to the order that they are in ([`Blocks`]), and is all that the outside sees.
//!
//! Inside, places are counted from 0 and called an index; outside, from 1, and called a rank.

use std::{cmp::Ordering, fmt};

use crate::{
    blocks::{Blocks, Entry},
    players::Players,
    standing::{Change, Order, PlayerId, Ranked, Standing},
};

/// The most entries in a block: 6 KiB. Measured with a million and ten million players: half of it
/// makes splits of the big board dominate, double makes every change move more than it need.
const BLOCK_CAPACITY: usize = 256;

/// One leaderboard, always in order.
///
/// ```
/// use rank::{Order, PlayerId, RankIndex, Standing};
///
/// let mut board = RankIndex::new(Order::Descending);
/// board.set(Standing { player: PlayerId(1), score: 300, reached_at: 10 });
/// board.set(Standing { player: PlayerId(2), score: 500, reached_at: 20 });
/// let change = board.set(Standing { player: PlayerId(1), score: 500, reached_at: 30 });
///
/// assert_eq!(change.current.rank, 2, "player 2 was first to reach 500");
/// assert_eq!(board.top(1)[0].standing.player, PlayerId(2));
/// ```
pub struct RankIndex {
    order: Order,
    players: Players,
    blocks: Blocks,
}

/// Building and changing.
impl RankIndex {
    pub fn new(order: Order) -> Self {
        Self::with_block_capacity(order, BLOCK_CAPACITY)
    }

    pub(crate) fn with_block_capacity(order: Order, capacity: usize) -> Self {
        Self {
            order,
            players: Players::with_capacity(0),
            blocks: Blocks::new(capacity),
        }
    }

    /// Builds a board at once, far faster than one by one, and fastest if the standings come in order. If a player occurs twice,
    /// the last one counts.
    pub fn from_standings(order: Order, standings: Vec<Standing>) -> Self {
        Self::from_standings_with_block_capacity(order, standings, BLOCK_CAPACITY)
    }

    /// The same, of standings with a tag each.
    pub fn from_tagged(order: Order, standings: Vec<(Standing, u64)>) -> Self {
        let mut players = Players::with_capacity(standings.len());
        for &(standing, tag) in &standings {
            players.put(standing, tag);
        }
        // The arena has them now: of ten million, this gives back 480 MB before the entries take their own.
        drop(standings);
        Self::from_players(order, players, BLOCK_CAPACITY)
    }

    pub(crate) fn from_standings_with_block_capacity(
        order: Order,
        standings: Vec<Standing>,
        capacity: usize,
    ) -> Self {
        let mut players = Players::with_capacity(standings.len());
        for &standing in &standings {
            players.put(standing, 0);
        }
        // The arena has them now: of ten million, this gives back 320 MB before the entries take their own.
        drop(standings);
        Self::from_players(order, players, capacity)
    }

    /// Puts those who have joined, and nobody has left, into order.
    fn from_players(order: Order, players: Players, capacity: usize) -> Self {
        let mut entries = Vec::with_capacity(players.len());
        entries.extend(players.all().map(|(slot, standing)| Entry {
            key: order.sort_key(&standing),
            slot,
        }));
        // Finds out by itself, in one pass, that entries are in order already.
        entries.sort_unstable_by(|left, right| {
            players.compare(left, right.key, players.standing(right.slot).player)
        });
        Self {
            order,
            players,
            blocks: Blocks::from_sorted(capacity, &entries),
        }
    }

    /// Puts a player on the board, or moves the player to where the new standing belongs, be it better or worse.
    pub fn set(&mut self, standing: Standing) -> Change {
        self.set_tagged(standing, 0)
    }

    /// The same, and keeps a number with the player, at which the index doesn't look: [`RankIndex::tagged`] gives it back. A
    /// player who was put there without one has 0.
    pub fn set_tagged(&mut self, standing: Standing, tag: u64) -> Change {
        let (slot, previous) = self.players.put(standing, tag);
        if previous == Some(standing) {
            let current = ranked(self.count_before(&standing), standing);
            return Change {
                previous: Some(current),
                current,
            };
        }
        let previous = previous.map(|previous| ranked(self.take_entry(&previous), previous));
        let key = self.order.sort_key(&standing);
        let players = &self.players;
        let precedes = |entry: &Entry| players.compare(entry, key, standing.player).is_lt();
        let index = self.blocks.insert(Entry { key, slot }, precedes);
        Change {
            previous,
            current: ranked(index, standing),
        }
    }

    /// Takes a player off the board, and says where the player stood.
    ///
    /// The memory is kept for the players who come next. To give it back after a great many have left, build a new board with
    /// [`RankIndex::from_standings`].
    pub fn remove(&mut self, player: PlayerId) -> Option<Ranked> {
        let standing = self.get(player)?;
        let index = self.take_entry(&standing);
        self.players.remove(player);
        Some(ranked(index, standing))
    }

    /// Takes the entry of this standing out of the order, and returns its index.
    fn take_entry(&mut self, standing: &Standing) -> usize {
        let key = self.order.sort_key(standing);
        let players = &self.players;
        let precedes = |entry: &Entry| players.compare(entry, key, standing.player).is_lt();
        let (index, entry) = self.blocks.remove(precedes);
        debug_assert_eq!(
            players.standing(entry.slot).player,
            standing.player,
            "an entry's key is made of its record"
        );
        index
    }
}

/// Asking.
impl RankIndex {
    pub fn order(&self) -> Order {
        self.order
    }

    /// How many players are on the board.
    pub fn len(&self) -> usize {
        self.players.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the player has reached. Cheaper than [`RankIndex::rank`].
    pub fn get(&self, player: PlayerId) -> Option<Standing> {
        self.players
            .find(player)
            .map(|slot| self.players.standing(slot))
    }

    /// The same, with the tag that was set with it.
    pub fn tagged(&self, player: PlayerId) -> Option<(Standing, u64)> {
        let slot = self.players.find(player)?;
        Some((self.players.standing(slot), self.players.tag(slot)))
    }

    /// Where the player stands.
    pub fn rank(&self, player: PlayerId) -> Option<Ranked> {
        let standing = self.get(player)?;
        Some(ranked(self.count_before(&standing), standing))
    }

    /// The rank that [`RankIndex::set`] would give to this standing now. Changes nothing; the player's present standing, which
    /// would make way, is not counted.
    pub fn rank_if(&self, standing: &Standing) -> u64 {
        let before = self.count_before(standing);
        let present = self.get(standing.player);
        let makes_way =
            present.is_some_and(|present| self.order.compare(&present, standing).is_lt());
        rank_of(before - usize::from(makes_way))
    }

    /// The best `count` players, or all if there are fewer.
    pub fn top(&self, count: usize) -> Vec<Ranked> {
        self.window(0, count)
    }

    /// `count` players from this rank on, or as many as there are. Rank 0 counts as 1.
    pub fn page(&self, from_rank: u64, count: usize) -> Vec<Ranked> {
        let index = usize::try_from(from_rank.saturating_sub(1)).unwrap_or(usize::MAX);
        self.window(index, count)
    }

    /// `count` players with this one in the middle. At both ends of the board the window is shifted, not shortened; of an even
    /// number, one more stands before the player than after. `None` if the player isn't on the board.
    pub fn around(&self, player: PlayerId, count: usize) -> Option<Vec<Ranked>> {
        let index = self.count_before(&self.get(player)?);
        let last_start = self.len().saturating_sub(count);
        Some(self.window(index.saturating_sub(count / 2).min(last_start), count))
    }

    /// The first `count` players who stand strictly after this position, whether or not anybody holds it (any more).
    ///
    /// Paging by the last entry seen, unlike by rank, neither repeats nor skips players when others move in between.
    pub fn after(&self, position: &Standing, count: usize) -> Vec<Ranked> {
        self.window(self.count_while(position, Ordering::is_le), count)
    }

    /// All players, best first.
    pub fn iter(&self) -> impl Iterator<Item = Ranked> {
        self.iter_from(0)
    }

    /// The heap memory held, in bytes, free room included. Takes a pass over the blocks, so ask once in a while, not on each change.
    pub fn memory_bytes(&self) -> usize {
        self.players.memory_bytes() + self.blocks.memory_bytes()
    }

    fn window(&self, index: usize, count: usize) -> Vec<Ranked> {
        let mut window = Vec::with_capacity(count.min(self.len().saturating_sub(index)));
        window.extend(self.iter_from(index).take(count));
        window
    }

    fn iter_from(&self, index: usize) -> impl Iterator<Item = Ranked> {
        let entries = self.blocks.iter_from(index);
        (index..)
            .zip(entries)
            .map(|(index, entry)| ranked(index, self.players.standing(entry.slot)))
    }

    fn count_before(&self, position: &Standing) -> usize {
        self.count_while(position, Ordering::is_lt)
    }

    /// How many entries stand to this position as asked for.
    fn count_while(&self, position: &Standing, asked: impl Fn(Ordering) -> bool) -> usize {
        let key = self.order.sort_key(position);
        self.blocks
            .count(|entry| asked(self.players.compare(entry, key, position.player)))
    }
}

impl fmt::Debug for RankIndex {
    /// Without the players: there may be millions.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RankIndex")
            .field("order", &self.order)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

fn ranked(index: usize, standing: Standing) -> Ranked {
    Ranked {
        rank: rank_of(index),
        standing,
    }
}

fn rank_of(index: usize) -> u64 {
    index as u64 + 1
}

#[cfg(test)]
impl RankIndex {
    /// Panics unless all invariants at the head of the crate hold.
    pub(crate) fn check(&self) {
        self.players.check();
        self.blocks.check();
        let entries: Vec<Entry> = self.blocks.iter_from(0).collect();
        assert_eq!(entries.len(), self.len(), "as many entries as players");
        for entry in &entries {
            let standing = self.players.standing(entry.slot);
            assert_eq!(self.players.find(standing.player), Some(entry.slot));
            assert_eq!(entry.key, self.order.sort_key(&standing));
        }
        let standing = |entry: &Entry| self.players.standing(entry.slot);
        let ascends = |pair: &[Entry]| {
            self.order
                .compare(&standing(&pair[0]), &standing(&pair[1]))
                .is_lt()
        };
        assert!(entries.windows(2).all(ascends), "entries ascend strictly");
    }
}
