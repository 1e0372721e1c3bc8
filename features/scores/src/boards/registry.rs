use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use kernel::Tag;
use parking_lot::RwLock;
use tokio_util::sync::CancellationToken;

use super::{Board, BoardError};
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
}

#[derive(Debug, Default)]
struct Maps {
    by_id: HashMap<Tag, Arc<Board>>,
    by_number: HashMap<i32, Arc<Board>>,
}

impl Boards {
    pub fn new(shutdown: CancellationToken) -> Self {
        Self {
            maps: RwLock::default(),
            shutdown,
            known: AtomicBool::default(),
            generation: AtomicU64::default(),
        }
    }

    pub(super) fn set_known(&self) {
        self.known.store(true, Ordering::Release);
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

    pub fn by_number(&self, number: i32) -> Option<Arc<Board>> {
        self.maps.read().by_number.get(&number).cloned()
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
        let board = Arc::new(Board::unloaded(definition, self.shutdown.child_token()));
        // A board that was deleted and made again under its old id has a new number.
        if let Some(former) = maps.by_id.insert(id, Arc::clone(&board)) {
            former.closed.cancel();
            let former = former.definition().number;
            maps.by_number.remove(&former);
        }
        maps.by_number.insert(number, Arc::clone(&board));
        board
    }

    pub fn remove(&self, number: i32) {
        let mut maps = self.maps.write();
        if let Some(board) = maps.by_number.remove(&number) {
            self.generation.fetch_add(1, Ordering::AcqRel);
            board.closed.cancel();
            let id = board.definition().id.clone();
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
        boards.sort_by(|one, other| one.definition().id.cmp(&other.definition().id));
        boards
    }

    pub fn all_loaded(&self) -> bool {
        let maps = self.maps.read();
        self.known.load(Ordering::Acquire) && maps.by_id.values().all(|board| board.is_loaded())
    }
}
