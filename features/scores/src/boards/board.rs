use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use kernel::{ErrorKind, Failure};
use live::Topic;
use parking_lot::{Mutex, RwLock, RwLockReadGuard};
use rank::{PlayerId, RankIndex, Ranked, Standing};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::view::FirstPages;
use crate::model::Leaderboard;

/// One change of a board's standings.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    Set(Standing),
    Remove(PlayerId),
    /// A new period has begun.
    Clear,
}

/// What one transaction did to one board.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The board's version after that transaction.
    pub version: i64,
    pub changes: Vec<Change>,
}

/// One leaderboard in memory.
#[derive(Debug)]
pub struct Board {
    definition: RwLock<Leaderboard>,
    state: RwLock<State>,
    /// Woken after each change, for the one task that publishes it.
    pub(super) changed: Notify,
    /// Live events, once a client has asked for them.
    pub(super) feed: Mutex<Option<Topic>>,
    /// Cancelled when the board is deleted or the server stops.
    pub(super) closed: CancellationToken,
    /// The first pages as they were encoded last.
    first_pages: Mutex<FirstPages>,
    /// Held by the one who reads the board anew: what two at once record would be mixed up.
    pub(super) reloading: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    /// None until the board is loaded.
    ranked: Option<Ranking>,
    /// Changes that came before an earlier one did, or while the board was being read.
    early: BTreeMap<i64, Vec<Change>>,
    /// Changes since a read began, which the result of the read may not hold yet.
    recording: Option<Vec<Changes>>,
    /// Since when a change is missing.
    gap_since: Option<Instant>,
}

#[derive(Debug)]
struct Ranking {
    version: i64,
    index: RankIndex,
}

/// A stretch of a board, with what is true of the whole board at the same moment.
#[derive(Clone, Debug)]
pub struct Window {
    pub version: i64,
    pub total: u64,
    pub entries: Vec<Ranked>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoardError {
    #[error("This leaderboard is still being loaded. Try again in a moment.")]
    Loading,
    #[error("This player has no score on this leaderboard.")]
    NotRanked,
    #[error("There is no leaderboard with this id. GET /leaderboards lists them.")]
    NotFound,
}

impl Failure for BoardError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Loading => ErrorKind::Unavailable,
            Self::NotRanked | Self::NotFound => ErrorKind::NotFound,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Loading => "leaderboard_loading",
            Self::NotRanked => "not_ranked",
            Self::NotFound => "leaderboard_not_found",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        (*self == Self::Loading).then_some(Duration::from_secs(1))
    }
}

impl Board {
    /// A board whose standings are not known yet.
    pub fn unloaded(definition: Leaderboard, closed: CancellationToken) -> Self {
        Self {
            definition: RwLock::new(definition),
            state: RwLock::default(),
            changed: Notify::new(),
            feed: Mutex::default(),
            closed,
            first_pages: Mutex::default(),
            reloading: tokio::sync::Mutex::default(),
        }
    }

    pub fn definition(&self) -> RwLockReadGuard<'_, Leaderboard> {
        self.definition.read()
    }

    pub fn set_definition(&self, definition: Leaderboard) {
        *self.definition.write() = definition;
    }

    pub fn is_loaded(&self) -> bool {
        self.state.read().ranked.is_some()
    }

    /// Asks the index, if the board is loaded.
    pub fn read<T>(&self, ask: impl FnOnce(i64, &RankIndex) -> T) -> Result<T, BoardError> {
        let state = self.state.read();
        let ranking = state.ranked.as_ref().ok_or(BoardError::Loading)?;
        Ok(ask(ranking.version, &ranking.index))
    }

    /// Reads a stretch of the board.
    pub fn window(
        &self,
        entries: impl FnOnce(&RankIndex) -> Option<Vec<Ranked>>,
    ) -> Result<Window, BoardError> {
        self.read(|version, index| {
            entries(index).map(|entries| Window {
                version,
                total: index.len() as u64,
                entries,
            })
        })?
        .ok_or(BoardError::NotRanked)
    }

    /// The first page of this length as it was encoded at this version, with these names.
    pub fn first_page(&self, version: i64, epoch: u64, length: usize) -> Option<Bytes> {
        self.first_pages.lock().get(version, epoch, length)
    }

    pub fn keep_first_page(&self, version: i64, epoch: u64, length: usize, page: Bytes) {
        self.first_pages.lock().put(version, epoch, length, page);
    }

    /// Takes what a committed transaction did. It shows once every earlier version has been taken.
    pub fn apply(&self, changes: Changes) {
        {
            let mut state = self.state.write();
            if let Some(recording) = &mut state.recording {
                recording.push(changes.clone());
            }
            state.take(changes);
        }
        self.changed.notify_one();
    }

    /// From here on, changes are kept aside until [`Self::replace`]: a read of PostgreSQL has begun.
    pub(super) fn record(&self) {
        let mut state = self.state.write();
        state.recording = Some(Vec::new());
    }

    /// Puts what was read in place of what we had, with the changes that came in the meantime, and tells in how
    /// many players the two differ. Says [`None`] if there was nothing to compare with.
    pub fn replace(&self, version: i64, index: RankIndex) -> Option<u64> {
        let mut state = self.state.write();
        let recorded = state.recording.take().unwrap_or_default();
        let mut fresh = State {
            ranked: Some(Ranking { version, index }),
            ..State::default()
        };
        for changes in recorded {
            fresh.take(changes);
        }
        for (version, changes) in std::mem::take(&mut state.early) {
            fresh.take(Changes { version, changes });
        }
        let drift = match (&state.ranked, &fresh.ranked) {
            (Some(old), Some(new)) => Some(differing(&old.index, &new.index)),
            _ => None,
        };
        *state = fresh;
        drop(state);
        // What was changed behind our back has the version that the old pages have.
        *self.first_pages.lock() = FirstPages::default();
        self.changed.notify_one();
        drift
    }

    /// Gives up a read that failed.
    pub(super) fn stop_recording(&self) {
        self.state.write().recording = None;
    }

    /// Whether a change has been missing for longer than `patience`: its transaction was committed, but nobody
    /// told us (it was another server's, or ours died between COMMIT and telling).
    pub(super) fn misses_changes(&self, stored_version: i64, patience: Duration) -> bool {
        let mut state = self.state.write();
        let Some(ranking) = &state.ranked else {
            return false;
        };
        if ranking.version >= stored_version {
            state.gap_since = None;
            return false;
        }
        state.gap_since.get_or_insert_with(Instant::now).elapsed() >= patience
    }
}

impl State {
    fn take(&mut self, changes: Changes) {
        let Some(ranking) = &mut self.ranked else {
            self.early.insert(changes.version, changes.changes);
            return;
        };
        if changes.version <= ranking.version {
            return;
        }
        self.early.insert(changes.version, changes.changes);
        while let Some(changes) = self.early.remove(&(ranking.version + 1)) {
            for change in changes {
                match change {
                    Change::Set(standing) => {
                        ranking.index.set(standing);
                    }
                    Change::Remove(player) => {
                        ranking.index.remove(player);
                    }
                    Change::Clear => ranking.index = RankIndex::new(ranking.index.order()),
                }
            }
            ranking.version += 1;
            self.gap_since = None;
        }
    }
}

/// In how many players two indexes differ.
fn differing(one: &RankIndex, other: &RankIndex) -> u64 {
    let missing_or_other = |from: &RankIndex, to: &RankIndex, count_other: bool| {
        from.iter()
            .filter(|entry| match to.get(entry.standing.player) {
                None => true,
                Some(found) => count_other && found != entry.standing,
            })
            .count() as u64
    };
    missing_or_other(one, other, true) + missing_or_other(other, one, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Operator, ScoreOrder};

    fn board() -> Board {
        Board::unloaded(Leaderboard {
            number: 1,
            id: "chess".parse().unwrap(),
            game: None,
            title: "Chess".to_owned(),
            order: ScoreOrder::Desc,
            operator: Operator::Best,
            reset: None,
            next_reset_at: None,
            period: 0,
        }, CancellationToken::new())
    }

    fn set(version: i64, player: u128, score: u64) -> Changes {
        Changes {
            version,
            changes: vec![Change::Set(Standing {
                player: PlayerId(player),
                score,
                reached_at: version,
            })],
        }
    }

    fn players(board: &Board) -> Vec<u128> {
        let window = board.window(|index| Some(index.top(10))).unwrap();
        window.entries.iter().map(|entry| entry.standing.player.0).collect()
    }

    #[test]
    fn changes_show_in_the_order_of_their_versions() {
        let board = board();
        board.record();
        board.replace(0, RankIndex::new(rank::Order::Descending));
        board.apply(set(2, 1, 5));
        assert_eq!(players(&board), [0_u128; 0]);
        board.apply(set(1, 1, 9));
        assert_eq!(players(&board), [1]);
        let window = board.window(|index| Some(index.top(1))).unwrap();
        assert_eq!((window.version, window.entries[0].standing.score), (2, 5));
    }

    #[test]
    fn nothing_is_lost_or_doubled_between_reading_and_replacing() {
        let board = board();
        assert_eq!(board.window(|_| None).unwrap_err(), BoardError::Loading);
        board.apply(set(4, 1, 1));
        board.record();
        board.apply(set(6, 3, 3));
        // The read saw version 5: it holds the changes up to 5, and lacks 6.
        let read = [(1, 1), (2, 2)].map(|(player, score)| Standing {
            player: PlayerId(player),
            score,
            reached_at: 0,
        });
        board.replace(5, RankIndex::from_standings(rank::Order::Descending, read.to_vec()));
        assert_eq!(players(&board), [3, 2, 1]);
        board.apply(set(5, 2, 0));
        assert_eq!(players(&board), [3, 2, 1]);
        board.apply(Changes { version: 7, changes: vec![Change::Remove(PlayerId(3))] });
        assert_eq!(players(&board), [2, 1]);
    }

    #[test]
    fn a_missing_change_is_noticed() {
        let board = board();
        board.replace(0, RankIndex::new(rank::Order::Descending));
        assert!(!board.misses_changes(0, Duration::ZERO));
        assert!(board.misses_changes(1, Duration::ZERO));
        board.apply(set(1, 1, 1));
        assert!(!board.misses_changes(1, Duration::ZERO));
    }

    #[test]
    fn drift_is_counted_by_player() {
        let board = board();
        let index = |players: &[(u128, u64)]| {
            let standing = |(player, score): &(u128, u64)| Standing {
                player: PlayerId(*player),
                score: *score,
                reached_at: 0,
            };
            RankIndex::from_standings(rank::Order::Descending, players.iter().map(standing).collect())
        };
        assert_eq!(board.replace(0, index(&[(1, 1), (2, 2)])), None);
        assert_eq!(board.replace(0, index(&[(1, 1), (2, 2)])), Some(0));
        assert_eq!(board.replace(0, index(&[(1, 5), (3, 3)])), Some(3));
    }
}
