use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use hashbrown::HashMap;
use kernel::Tag;
use live::Relay;
use parking_lot::RwLock;
use tokio_util::sync::CancellationToken;

use super::sharing::Sharing;
use super::{Board, BoardError, Changes};
use crate::model::Leaderboard;

/// All boards, by id and by number.
#[derive(Debug, Default)]
pub struct Boards {
    maps: RwLock<Maps>,
    /// Cancelled when the server stops.
    shutdown: CancellationToken,
    /// Whether it was read which boards there are: before that, an unknown id says nothing.
    known: AtomicBool,
    /// Counts the boards that came and went.
    generation: AtomicU64,
    /// The catalog's version whose definitions are here; they may be newer, but not older.
    catalog: AtomicI64,
    /// Held while definitions are read and put.
    pub(super) reading_definitions: tokio::sync::Mutex<()>,
    /// The way to the boards of other servers.
    pub sharing: Sharing,
}

#[derive(Debug, Default)]
struct Maps {
    by_id: HashMap<Tag, Arc<Board>>,
    by_number: HashMap<i32, Arc<Board>>,
    /// The numbers of a game's boards; under none those of the boards of all games.
    of_game: HashMap<Option<Tag>, BTreeSet<i32>>,
}

impl Maps {
    fn forget_number(&mut self, number: i32) -> Option<Arc<Board>> {
        let board = self.by_number.remove(&number)?;
        let game = board.definition().game.clone();
        if let Some(numbers) = self.of_game.get_mut(&game) {
            numbers.remove(&number);
            if numbers.is_empty() {
                self.of_game.remove(&game);
            }
        }
        Some(board)
    }
}

impl Boards {
    pub fn new(relay: Relay, shutdown: CancellationToken) -> Self {
        Self {
            maps: RwLock::default(),
            shutdown,
            known: AtomicBool::default(),
            generation: AtomicU64::default(),
            catalog: AtomicI64::default(),
            reading_definitions: tokio::sync::Mutex::default(),
            sharing: Sharing::new(relay),
        }
    }

    pub(super) fn set_known(&self) {
        self.known.store(true, Ordering::Release);
    }

    /// To be read before definitions are.
    pub fn catalog(&self) -> i64 {
        self.catalog.load(Ordering::Acquire)
    }

    /// To be set after definitions were put.
    pub(super) fn set_catalog(&self, version: i64) {
        self.catalog.store(version, Ordering::Release);
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub fn get(&self, id: &str) -> Result<Arc<Board>, BoardError> {
        let maps = self.maps.read();
        match maps.by_id.get(id) {
            Some(board) => Ok(Arc::clone(board)),
            None if !self.known.load(Ordering::Acquire) => Err(BoardError::Loading),
            None => Err(BoardError::NotFound),
        }
    }

    /// Takes what a transaction of this server did, and tells the others. To be called once it is committed.
    pub fn committed(&self, number: i32, changes: Changes) {
        self.sharing.tell(number, &changes);
        if let Some(board) = self.by_number(number) {
            board.apply(changes);
        }
    }

    pub fn by_number(&self, number: i32) -> Option<Arc<Board>> {
        self.maps.read().by_number.get(&number).cloned()
    }

    /// The boards that a play of this game counts on, in the order in which they were made, so that `global` comes
    /// first.
    pub fn of_game(&self, game: &Tag) -> Vec<Arc<Board>> {
        let maps = self.maps.read();
        let numbers = |game| maps.of_game.get(&game).into_iter().flatten();
        let mut numbers: Vec<i32> = numbers(None)
            .chain(numbers(Some(game.clone())))
            .copied()
            .collect();
        numbers.sort_unstable();
        numbers
            .iter()
            .filter_map(|number| maps.by_number.get(number).cloned())
            .collect()
    }

    /// A game's own board, which has its id.
    pub fn own_of(&self, game: &Tag) -> Option<Arc<Board>> {
        let maps = self.maps.read();
        let board = maps.by_id.get(game)?;
        let is_own = board.definition().game.as_ref() == Some(game);
        is_own.then(|| Arc::clone(board))
    }

    /// Every board: those of all games first, each sort in the order in which they were made.
    pub fn oldest_first(&self) -> Vec<Arc<Board>> {
        let maps = self.maps.read();
        let of_all_games = maps.of_game.get(&None);
        let is_of_one = |number| !of_all_games.is_some_and(|numbers| numbers.contains(number));
        let mut boards: Vec<_> = maps
            .by_number
            .iter()
            .map(|(number, board)| ((is_of_one(number), *number), Arc::clone(board)))
            .collect();
        drop(maps);
        boards.sort_unstable_by_key(|(place, _)| *place);
        boards.into_iter().map(|(_, board)| board).collect()
    }

    pub fn count(&self) -> usize {
        self.maps.read().by_id.len()
    }

    pub fn contains(&self, id: &str) -> bool {
        self.maps.read().by_id.contains_key(id)
    }

    /// Adds a board, or gives the one that we have its present definition.
    pub fn put(&self, definition: Leaderboard) -> Arc<Board> {
        let mut maps = self.maps.write();
        if let Some(board) = maps.by_number.get(&definition.number) {
            let board = Arc::clone(board);
            board.set_definition(definition);
            return board;
        }
        self.generation.fetch_add(1, Ordering::AcqRel);
        let (id, number) = (definition.id.clone(), definition.number);
        let game = definition.game.clone();
        let board = Arc::new(Board::unloaded(definition, self.shutdown.child_token()));
        // A board that was deleted and made again under its old id has a new number.
        if let Some(former) = maps.by_id.insert(id, Arc::clone(&board)) {
            former.closed.cancel();
            let former = former.definition().number;
            maps.forget_number(former);
        }
        maps.by_number.insert(number, Arc::clone(&board));
        maps.of_game.entry(game).or_default().insert(number);
        board
    }

    pub fn remove(&self, number: i32) {
        let mut maps = self.maps.write();
        if let Some(board) = maps.forget_number(number) {
            self.generation.fetch_add(1, Ordering::AcqRel);
            board.closed.cancel();
            let id = board.id.clone();
            // Unless a new board has taken its id.
            if maps
                .by_id
                .get(&id)
                .is_some_and(|present| Arc::ptr_eq(present, &board))
            {
                maps.by_id.remove(&id);
            }
        }
    }

    /// Every board, by id.
    pub fn all(&self) -> Vec<Arc<Board>> {
        let mut boards: Vec<_> = self.maps.read().by_id.values().cloned().collect();
        boards.sort_by(|one, other| one.id.cmp(&other.id));
        boards
    }

    pub fn all_loaded(&self) -> bool {
        let maps = self.maps.read();
        self.known.load(Ordering::Acquire) && maps.by_id.values().all(|board| board.is_loaded())
    }
}
