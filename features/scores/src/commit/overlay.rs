//! Scores and ranks of a batch, as they will be once it is committed: what was known before, from memory or
//! from PostgreSQL, and on top of it what the earlier plays of the same batch do.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;
use kernel::Tag;
use rank::{PlayerId, RankIndex, Standing};
use uuid::Uuid;

use crate::boards::{Board, Boards, Change};
use crate::model::{MAX_SCORE, Operator, ScoreOrder};
use crate::store::commit::CountedBoard;
use crate::store::tuple_id::TupleId;

/// Stands for the moment in which the batch is written, which nobody knows before: later than any time. Plays that
/// are reached then add their place in the batch.
pub const NOW: i64 = 1 << 62;

/// The boards that a batch moves.
#[derive(Debug)]
pub struct Overlay {
    /// By number, so that boards are always locked in the same order.
    boards: BTreeMap<i32, BoardOverlay>,
    /// Which boards a play of a game counts on.
    of_game: HashMap<Tag, Vec<i32>>,
}

#[derive(Debug)]
pub struct BoardOverlay {
    pub id: Tag,
    pub period: i32,
    pub order: ScoreOrder,
    pub operator: Operator,
    board: Arc<Board>,
    source: Source,
    /// After the plays so far.
    moves: HashMap<Uuid, Move>,
}

/// Who says what players had before the batch.
#[derive(Debug)]
pub enum Source {
    /// The board in memory; it could not say if it isn't loaded.
    Memory {
        with_rows: bool,
        could_not_say: bool,
    },
    /// PostgreSQL, which was read.
    Database(HashMap<Uuid, Standing>),
}

impl Source {
    fn knows_rows(&self) -> bool {
        matches!(
            self,
            Self::Memory {
                with_rows: true,
                ..
            }
        )
    }
}

/// Where a player stands after the plays so far.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    /// Before the batch.
    pub first: Option<Standing>,
    pub now: Standing,
    /// Where the index has the player.
    indexed: Option<Standing>,
    /// Where the player's row lies, if memory knows: before the batch, and once it is written, after it.
    pub row: Option<TupleId>,
}

/// What one play did to one board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    pub previous: Option<u64>,
    pub score: u64,
    pub rank: Option<u64>,
    pub improved: bool,
    /// The score has come to the largest that can be.
    pub capped: bool,
}

impl Move {
    pub fn has_moved(&self) -> bool {
        self.first != Some(self.now)
    }

    /// Where the player stands, now that the moment of writing is known.
    fn written_at(&self, now: i64) -> Standing {
        let mut standing = self.now;
        if standing.reached_at >= NOW {
            let before = self.first.map_or(i64::MIN, |first| first.reached_at);
            standing.reached_at = before.max(now + (standing.reached_at - NOW));
        }
        standing
    }
}

impl Overlay {
    /// The boards of these games as they are defined now, going by what memory has, also of where rows lie, or without that.
    pub fn of_memory<'a>(
        games: impl Iterator<Item = &'a Tag>,
        boards: &Boards,
        with_rows: bool,
    ) -> Self {
        Self::new(games, boards, || Source::Memory {
            with_rows,
            could_not_say: false,
        })
    }

    /// The same, going by what will be [put](Self::put_stored).
    pub fn of_database<'a>(games: impl Iterator<Item = &'a Tag>, boards: &Boards) -> Self {
        Self::new(games, boards, || Source::Database(HashMap::default()))
    }

    fn new<'a>(
        games: impl Iterator<Item = &'a Tag>,
        boards: &Boards,
        source: impl Fn() -> Source,
    ) -> Self {
        let mut overlay = Self {
            boards: BTreeMap::new(),
            of_game: HashMap::default(),
        };
        for game in games {
            if overlay.of_game.contains_key(game) {
                continue;
            }
            let mut numbers = Vec::new();
            for board in boards.of_game(game) {
                let (number, overlaid) = BoardOverlay::new(board, source());
                numbers.push(number);
                overlay.boards.entry(number).or_insert(overlaid);
            }
            overlay.of_game.insert(game.clone(), numbers);
        }
        overlay
    }

    /// Every board that plays of these games count on, once for each game.
    pub fn counted(&self) -> Vec<CountedBoard<'_>> {
        let counted = self.of_game.iter().flat_map(|(game, numbers)| {
            numbers.iter().filter_map(|number| {
                self.boards.get(number).map(|board| CountedBoard {
                    game: game.as_str(),
                    number: *number,
                    period: board.period,
                })
            })
        });
        counted.collect()
    }

    /// What PostgreSQL has of a player on a board before the batch.
    pub fn put_stored(&mut self, number: i32, stored: Standing) {
        if let Some(board) = self.boards.get_mut(&number)
            && let Source::Database(standings) = &mut board.source
        {
            standings.insert(Uuid::from_u128(stored.player.0), stored);
        }
    }

    /// The boards that a play of this game counts on, `global` first and then as they were made.
    pub fn numbers(&self, game: &Tag) -> &[i32] {
        self.of_game.get(game).map_or(&[], Vec::as_slice)
    }

    pub fn board(&self, number: i32) -> Option<&BoardOverlay> {
        self.boards.get(&number)
    }

    pub fn board_mut(&mut self, number: i32) -> Option<&mut BoardOverlay> {
        self.boards.get_mut(&number)
    }

    pub fn boards(&self) -> impl Iterator<Item = (i32, &BoardOverlay)> {
        self.boards.iter().map(|(number, board)| (*number, board))
    }

    /// Whether a board that was asked in memory wasn't there: what was computed is good for nothing then.
    pub fn is_incomplete(&self) -> bool {
        self.boards.values().any(|board| {
            matches!(
                board.source,
                Source::Memory {
                    could_not_say: true,
                    ..
                }
            )
        })
    }
}

impl BoardOverlay {
    fn new(board: Arc<Board>, source: Source) -> (i32, Self) {
        let definition = board.definition().clone();
        let overlay = Self {
            id: definition.id,
            period: definition.period,
            order: definition.order,
            operator: definition.operator,
            board,
            source,
            moves: HashMap::default(),
        };
        (definition.number, overlay)
    }

    /// Where the player's row lies, now that it is written.
    pub fn put_row(&mut self, user: Uuid, row: Option<TupleId>) {
        if let Some(moved) = self.moves.get_mut(&user) {
            moved.row = row;
        }
    }

    /// The players whose plays counted here, and what that did.
    pub fn moves(&self) -> impl Iterator<Item = (&Uuid, &Move)> {
        self.moves.iter()
    }

    /// The standings that have changed, written at `now` (microseconds since the Unix epoch).
    pub fn changes(&self, now: i64) -> Vec<Change> {
        let moved = self.moves.values().filter(|moved| moved.has_moved());
        moved
            .map(|moved| Change::Set(moved.written_at(now), moved.row))
            .collect()
    }

    /// Counts a play of `value` that was reached at `reached_at` (microseconds since the Unix epoch, or [`NOW`]).
    pub fn play(&mut self, user: Uuid, value: u64, reached_at: i64) -> Moved {
        let player = PlayerId(user.as_u128());
        let earlier = self.moves.get(&user).copied();
        let board = Arc::clone(&self.board);
        let asked = board.read_period(self.period, self.order.into(), |index| {
            let (indexed, row) = match earlier {
                Some(earlier) => (earlier.indexed, earlier.row),
                None => match index.tagged(player) {
                    Some((indexed, tag)) => (Some(indexed), TupleId::from_number(tag)),
                    None => (None, None),
                },
            };
            let (before, mut moved) = self.step(user, earlier, indexed, value, reached_at);
            moved.row = row.filter(|_| self.source.knows_rows());
            (before, moved, Some(self.rank_in(index, user, &moved.now)))
        });
        let (before, moved, rank) = asked.unwrap_or_else(|| {
            if let Source::Memory { could_not_say, .. } = &mut self.source {
                *could_not_say = true;
            }
            let (before, moved) = self.step(user, earlier, None, value, reached_at);
            (before, moved, None)
        });
        self.moves.insert(user, moved);
        let (previous, score) = (before.map(|before| before.score), moved.now.score);
        Moved {
            previous,
            score,
            rank,
            improved: previous.is_none_or(|previous| self.order.is_better(score, previous)),
            capped: score == MAX_SCORE && previous != Some(MAX_SCORE),
        }
    }

    /// What the player had before a play, and the player's move with it.
    fn step(
        &self,
        user: Uuid,
        earlier: Option<Move>,
        indexed: Option<Standing>,
        value: u64,
        reached_at: i64,
    ) -> (Option<Standing>, Move) {
        let first = match (earlier, &self.source) {
            (Some(earlier), _) => earlier.first,
            (None, Source::Memory { .. }) => indexed,
            (None, Source::Database(standings)) => standings.get(&user).copied(),
        };
        let before = earlier.map(|earlier| earlier.now).or(first);
        let now = self.after(PlayerId(user.as_u128()), before, value, reached_at);
        let moved = Move {
            first,
            now,
            indexed,
            row: None,
        };
        (before, moved)
    }

    /// Where a play puts a player.
    fn after(
        &self,
        player: PlayerId,
        before: Option<Standing>,
        value: u64,
        reached_at: i64,
    ) -> Standing {
        let score = self
            .operator
            .apply(self.order, before.map(|before| before.score), value);
        match before {
            // It moves only when the score does.
            Some(before) if before.score == score => before,
            // An import may bring plays that are older than what is there: the last play stays the last,
            Some(before) if self.operator == Operator::Last && reached_at < before.reached_at => {
                before
            }
            // and a sum is reached by its latest play.
            Some(before) if self.operator == Operator::Sum => {
                let reached_at = reached_at.max(before.reached_at);
                Standing {
                    player,
                    score,
                    reached_at,
                }
            }
            _ => Standing {
                player,
                score,
                reached_at,
            },
        }
    }

    /// The rank that this standing has among the board's players and the moves of this batch so far.
    fn rank_in(&self, index: &RankIndex, user: Uuid, standing: &Standing) -> u64 {
        let order = index.order();
        let better = |other: &Standing| order.compare(other, standing).is_lt();
        let mut rank = index.rank_if(standing);
        for (other, moved) in &self.moves {
            if *other == user {
                continue;
            }
            match (
                moved.indexed.as_ref().is_some_and(better),
                better(&moved.now),
            ) {
                (false, true) => rank += 1,
                (true, false) => rank = rank.saturating_sub(1).max(1),
                _ => {}
            }
        }
        rank
    }
}

#[cfg(test)]
mod tests;
