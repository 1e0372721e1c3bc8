//! Scores and ranks of a batch, as they will be once it is committed: what PostgreSQL said before, and on top
//! of it what the earlier plays of the same batch do.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;
use kernel::Tag;
use rank::{PlayerId, RankIndex, Standing};
use uuid::Uuid;

use crate::boards::{Board, Boards, Change};
use crate::model::{MAX_SCORE, Operator, ScoreOrder};
use crate::store::commit::{CountedBoard, Stored};

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
    /// Before the batch.
    stored: HashMap<Uuid, Stored>,
    /// After the plays so far.
    moved: HashMap<Uuid, Move>,
}

/// Where a player stands after the plays so far.
#[derive(Clone, Copy, Debug)]
struct Move {
    now: Standing,
    /// Where the index has the player.
    indexed: Option<Standing>,
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

impl Overlay {
    /// The boards of these games as they are defined now, without standings.
    pub fn new<'a>(games: impl IntoIterator<Item = &'a Tag>, boards: &Boards) -> Self {
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
                let (number, overlaid) = BoardOverlay::new(board);
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

    /// What a player has on a board before the batch.
    pub fn put_stored(&mut self, number: i32, user: Uuid, stored: Stored) {
        if let Some(board) = self.boards.get_mut(&number) {
            board.stored.insert(user, stored);
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

    /// The boards that have changed, each with the standings that did.
    pub fn changed(&self) -> impl Iterator<Item = (i32, Vec<Change>)> {
        self.boards().filter_map(|(number, board)| {
            let changes: Vec<Change> = board.moved().map(|(_, now)| Change::Set(*now)).collect();
            (!changes.is_empty()).then_some((number, changes))
        })
    }
}

impl BoardOverlay {
    fn new(board: Arc<Board>) -> (i32, Self) {
        let definition = board.definition().clone();
        let overlay = Self {
            id: definition.id,
            period: definition.period,
            order: definition.order,
            operator: definition.operator,
            board,
            stored: HashMap::default(),
            moved: HashMap::default(),
        };
        (definition.number, overlay)
    }

    /// Where the player's row lies, if there was one before the batch.
    pub fn row_of(&self, user: &Uuid) -> Option<&str> {
        self.stored.get(user).map(|stored| stored.row.as_str())
    }

    pub fn moved(&self) -> impl Iterator<Item = (&Uuid, &Standing)> {
        self.moved.iter().map(|(user, moved)| (user, &moved.now))
    }

    /// Counts a play of `value` that was reached at `reached_at` (microseconds since the Unix epoch).
    pub fn play(&mut self, user: Uuid, value: u64, reached_at: i64) -> Moved {
        let before = match self.moved.get(&user) {
            Some(moved) => Some(moved.now),
            None => self.stored.get(&user).map(|stored| Standing {
                player: PlayerId(user.as_u128()),
                score: stored.score,
                reached_at: stored.reached_at,
            }),
        };
        let now = self.after(user, before, value, reached_at);
        let previous = before.map(|standing| standing.score);
        let board = Arc::clone(&self.board);
        let rank = board.read_period(self.period, self.order.into(), |index| {
            if before != Some(now) {
                let indexed = index.get(now.player);
                self.moved.insert(user, Move { now, indexed });
            }
            self.rank_in(index, user, &now)
        });
        if rank.is_none() && before != Some(now) {
            self.moved.insert(user, Move { now, indexed: None });
        }
        Moved {
            previous,
            score: now.score,
            rank,
            improved: previous.is_none_or(|previous| self.order.is_better(now.score, previous)),
            capped: now.score == MAX_SCORE && previous != Some(MAX_SCORE),
        }
    }

    /// Where a play puts a player.
    fn after(&self, user: Uuid, before: Option<Standing>, value: u64, reached_at: i64) -> Standing {
        let player = PlayerId(user.as_u128());
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
        for (other, moved) in &self.moved {
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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::boards::Ranking;
    use crate::model::Leaderboard;

    fn loaded(
        order: ScoreOrder,
        operator: Operator,
        standings: Vec<Standing>,
    ) -> (Boards, Arc<Board>) {
        let boards = Boards::default();
        let board = boards.put(Leaderboard {
            number: 1,
            id: "chess".parse().unwrap(),
            game: None,
            title: String::new(),
            order,
            operator,
            reset: None,
            next_reset_at: None,
            period: 0,
        });
        let index = RankIndex::from_standings(order.into(), standings);
        board.replace(Ranking {
            version: 0,
            period: 0,
            index,
        });
        (boards, board)
    }

    proptest! {
        /// Ranks that are foretold are the ranks that come true.
        #[test]
        fn ranks_are_those_after_the_batch(
            before in proptest::collection::btree_map(0_u128..12, 0_u64..5, 0..10),
            plays in proptest::collection::vec((0_u128..12, 0_u64..5), 1..20),
            ascending: bool,
            operator in prop_oneof![Just(Operator::Sum), Just(Operator::Best), Just(Operator::Last)],
        ) {
            let order = if ascending { ScoreOrder::Asc } else { ScoreOrder::Desc };
            let standings: Vec<Standing> = before
                .iter()
                .map(|(player, score)| Standing { player: PlayerId(*player), score: *score, reached_at: 0 })
                .collect();
            let (boards, board) = loaded(order, operator, standings.clone());
            let game: Tag = "chess".parse().unwrap();
            let mut overlay = Overlay::new([&game], &boards);
            for (player, score) in &before {
                let stored = Stored {
                    row: String::new(),
                    score: *score,
                    reached_at: 0,
                };
                overlay.put_stored(1, Uuid::from_u128(*player), stored);
            }
            let mut model = RankIndex::from_standings(order.into(), standings);
            for (step, (player, value)) in plays.iter().enumerate() {
                let at = step as i64 + 1;
                let moved = overlay.board_mut(1).unwrap().play(Uuid::from_u128(*player), *value, at);
                let old = model.get(PlayerId(*player));
                let score = operator.apply(order, old.map(|old| old.score), *value);
                if old.is_none_or(|old| old.score != score) {
                    model.set(Standing { player: PlayerId(*player), score, reached_at: at });
                }
                prop_assert_eq!(moved.score, score);
                prop_assert_eq!(moved.rank, model.rank(PlayerId(*player)).map(|ranked| ranked.rank));
            }
            for (_, changes) in overlay.changed() {
                board.apply(crate::boards::Changes { version: 1, changes });
            }
            let after = board.window(|index| Some(index.top(100))).unwrap().entries;
            prop_assert_eq!(after, model.top(100));
        }
    }
}
