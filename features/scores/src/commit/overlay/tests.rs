use proptest::prelude::*;

use super::*;
use crate::boards::Ranking;
use crate::model::Leaderboard;

fn loaded(order: ScoreOrder, operator: Operator, standings: Vec<Standing>) -> (Boards, Arc<Board>) {
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

/// When the batch is written.
const WRITTEN: i64 = 1_000_000;

proptest! {
    /// Ranks that are foretold are the ranks that come true.
    #[test]
    fn ranks_are_those_after_the_batch(
        before in proptest::collection::btree_map(0_u128..12, 0_u64..5, 0..10),
        plays in proptest::collection::vec((0_u128..12, 0_u64..5), 1..20),
        ascending: bool,
        from_memory: bool,
        operator in prop_oneof![Just(Operator::Sum), Just(Operator::Best), Just(Operator::Last)],
    ) {
        let order = if ascending { ScoreOrder::Asc } else { ScoreOrder::Desc };
        let standings: Vec<Standing> = before
            .iter()
            .map(|(player, score)| Standing { player: PlayerId(*player), score: *score, reached_at: 0 })
            .collect();
        let (boards, board) = loaded(order, operator, standings.clone());
        let game: Tag = "chess".parse().unwrap();
        let mut overlay = if from_memory {
            Overlay::of_memory([&game].into_iter(), &boards, true)
        } else {
            Overlay::of_database([&game].into_iter(), &boards)
        };
        for standing in &standings {
            overlay.put_stored(1, *standing);
        }
        let mut model = RankIndex::from_standings(order.into(), standings);
        for (step, (player, value)) in plays.iter().enumerate() {
            let at = NOW + step as i64;
            let moved = overlay.board_mut(1).unwrap().play(Uuid::from_u128(*player), *value, at);
            let old = model.get(PlayerId(*player));
            let score = operator.apply(order, old.map(|old| old.score), *value);
            if old.is_none_or(|old| old.score != score) {
                model.set(Standing { player: PlayerId(*player), score, reached_at: WRITTEN + step as i64 });
            }
            prop_assert_eq!(moved.score, score);
            prop_assert_eq!(moved.rank, model.rank(PlayerId(*player)).map(|ranked| ranked.rank));
        }
        prop_assert!(!overlay.is_incomplete());
        let changes = overlay.board(1).unwrap().changes(WRITTEN);
        board.apply(crate::boards::Changes { version: 1, changes });
        let after = board.window(|index| Some(index.top(100))).unwrap().entries;
        prop_assert_eq!(after, model.top(100));
    }
}

#[test]
fn however_a_row_was_found_it_is_known_where_it_lies_now() {
    let before = Standing {
        player: PlayerId(1),
        score: 5,
        reached_at: 0,
    };
    let (boards, _) = loaded(ScoreOrder::Desc, Operator::Sum, vec![before]);
    let game: Tag = "chess".parse().unwrap();
    for with_rows in [true, false] {
        let mut overlay = Overlay::of_memory([&game].into_iter(), &boards, with_rows);
        let board = overlay.board_mut(1).unwrap();
        board.play(Uuid::from_u128(1), 1, NOW);
        let row = TupleId::from_number(1 << 16 | 3);
        board.put_row(Uuid::from_u128(1), row);
        let changes = board.changes(WRITTEN);
        assert!(
            matches!(changes[..], [Change::Set(_, now)] if now == row && row.is_some()),
            "{changes:?}"
        );
    }
}
