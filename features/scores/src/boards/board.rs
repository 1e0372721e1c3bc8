use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use bytes::Bytes;
use kernel::{ErrorKind, Failure, Tag};
use live::Topic;
use parking_lot::{Mutex, RwLock, RwLockReadGuard};
use rank::{PlayerId, RankIndex, Ranked, Standing};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::view::FirstPages;
use crate::model::Leaderboard;
use crate::store::tuple_id::TupleId;

/// One change of a board's standings.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// With where the row in PostgreSQL lies now, if that is known.
    Set(Standing, Option<TupleId>),
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
    /// It never changes, so that readers needn't lock the definition for it.
    pub id: Tag,
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
    /// Held while the board is being read from PostgreSQL: one at a time.
    pub(super) reading: tokio::sync::Mutex<()>,
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

/// The standings of one period, as they were at one version. What is tagged has as its tag where the row in PostgreSQL lies
/// ([`TupleId::number`]).
#[derive(Debug)]
pub struct Ranking {
    pub version: i64,
    pub period: i32,
    pub index: RankIndex,
}

/// What a board held before it was read anew, to be compared with what was read.
#[derive(Debug)]
pub struct Former {
    pub index: RankIndex,
    /// Who moved while the board was being read: in them the two may differ rightly.
    pub moved: HashSet<PlayerId>,
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
            id: definition.id.clone(),
            definition: RwLock::new(definition),
            state: RwLock::default(),
            changed: Notify::new(),
            feed: Mutex::default(),
            closed,
            first_pages: Mutex::default(),
            reading: tokio::sync::Mutex::default(),
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

    /// Asks the index, if it is loaded and is that of this period, in this order.
    pub fn read_period<T>(
        &self,
        period: i32,
        order: rank::Order,
        ask: impl FnOnce(&RankIndex) -> T,
    ) -> Option<T> {
        let state = self.state.read();
        let ranking = state.ranked.as_ref()?;
        (ranking.period == period && ranking.index.order() == order).then(|| ask(&ranking.index))
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

    /// Puts what was read in place of what there was, with the changes that came in the meantime.
    pub fn replace(&self, read: Ranking) -> Option<Former> {
        let mut state = self.state.write();
        let recorded = state.recording.take().unwrap_or_default();
        let moved = recorded
            .iter()
            .flat_map(|changes| &changes.changes)
            .filter_map(Change::player)
            .collect();
        let present = state.ranked.as_ref().map_or(0, |ranking| ranking.version);
        let mut fresh = State {
            ranked: Some(read),
            ..State::default()
        };
        for changes in recorded {
            fresh.take(changes);
        }
        for (version, changes) in std::mem::take(&mut state.early) {
            fresh.take(Changes { version, changes });
        }
        // A board never goes back in time: what is missing here is found missing later, and read then.
        if fresh
            .ranked
            .as_ref()
            .is_some_and(|ranking| ranking.version < present)
        {
            state.early = fresh.early;
            return None;
        }
        let former = std::mem::replace(&mut *state, fresh).ranked;
        drop(state);
        self.changed.notify_one();
        former.map(|former| Former {
            index: former.index,
            moved,
        })
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
                    Change::Set(standing, row) => {
                        ranking
                            .index
                            .set_tagged(standing, row.map_or(0, TupleId::number));
                    }
                    Change::Remove(player) => {
                        ranking.index.remove(player);
                    }
                    Change::Clear => {
                        ranking.index = RankIndex::new(ranking.index.order());
                        ranking.period += 1;
                    }
                }
            }
            ranking.version += 1;
            self.gap_since = None;
        }
    }
}

impl Change {
    fn player(&self) -> Option<PlayerId> {
        match self {
            Self::Set(standing, _) => Some(standing.player),
            Self::Remove(player) => Some(*player),
            Self::Clear => None,
        }
    }
}

impl Former {
    /// In how many players it differed from what PostgreSQL had. Takes a while for a million: not for a thread
    /// that serves requests.
    pub fn drift(&self, stored: &[Standing]) -> u64 {
        let (mut known, mut drift) = (0, 0);
        for standing in stored
            .iter()
            .filter(|standing| !self.moved.contains(&standing.player))
        {
            let found = self.index.get(standing.player);
            known += u64::from(found.is_some());
            drift += u64::from(found != Some(*standing));
        }
        let moved = self
            .moved
            .iter()
            .filter(|player| self.index.get(**player).is_some())
            .count();
        drift + (self.index.len() - moved) as u64 - known
    }
}

#[cfg(test)]
mod tests;
