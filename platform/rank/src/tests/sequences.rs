//! Long random sequences, compared with the model after every step.

use proptest::{collection::vec, prelude::*};

use super::model::Model;
use crate::{Order, PlayerId, RankIndex, Standing};

#[derive(Clone, Debug)]
enum Step {
    Set(Standing),
    Remove(PlayerId),
    /// Everybody whose id leaves this remainder by 4: bulk removal.
    RemoveMany(u128),
    Rebuild,
    Rank(PlayerId),
    RankIf(Standing),
    Page(u64, usize),
    Around(PlayerId, usize),
    After(Standing, usize),
}

fn players() -> impl Strategy<Value = PlayerId> {
    // Ids that differ in their highest or lowest bits only.
    (0..60_u128).prop_map(|number| {
        PlayerId(if number % 3 == 0 {
            number << 120
        } else {
            number
        })
    })
}

fn standings() -> impl Strategy<Value = Standing> {
    let scores = prop_oneof![8 => 0..6_u64, 1 => Just((1 << 53) - 1), 1 => Just(u64::MAX), 4 => 0..1_000_u64];
    let times =
        prop_oneof![6 => 0..3_i64, 1 => Just(i64::MIN), 1 => Just(i64::MAX), 1 => -2..0_i64];
    (players(), scores, times).prop_map(|(player, score, reached_at)| Standing {
        player,
        score,
        reached_at,
    })
}

fn orders() -> impl Strategy<Value = Order> {
    prop_oneof![Just(Order::Descending), Just(Order::Ascending)]
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        40 => standings().prop_map(Step::Set),
        8 => players().prop_map(Step::Remove),
        1 => (0..4_u128).prop_map(Step::RemoveMany),
        1 => Just(Step::Rebuild),
        4 => players().prop_map(Step::Rank),
        6 => standings().prop_map(Step::RankIf),
        4 => (0..70_u64, 0..70_usize).prop_map(|(from_rank, count)| Step::Page(from_rank, count)),
        6 => (players(), 0..70_usize).prop_map(|(player, count)| Step::Around(player, count)),
        6 => (standings(), 0..70_usize).prop_map(|(position, count)| Step::After(position, count)),
    ]
}

fn apply(index: &mut RankIndex, model: &mut Model, step: Step, capacity: usize) {
    match step {
        Step::Set(standing) => assert_eq!(index.set(standing), model.set(standing)),
        Step::Remove(player) => assert_eq!(index.remove(player), model.remove(player)),
        Step::RemoveMany(remainder) => {
            for standing in model.standings.clone() {
                if standing.player.0 % 4 == remainder {
                    assert_eq!(index.remove(standing.player), model.remove(standing.player));
                    index.check();
                }
            }
        }
        Step::Rebuild => {
            *index = RankIndex::from_standings_with_block_capacity(
                index.order(),
                model.standings.clone(),
                capacity,
            );
        }
        Step::Rank(player) => {
            let expected = model.rank(player);
            assert_eq!(index.rank(player), expected);
            assert_eq!(index.get(player), expected.map(|ranked| ranked.standing));
        }
        Step::RankIf(standing) => assert_eq!(index.rank_if(&standing), model.rank_if(&standing)),
        Step::Page(from_rank, count) => {
            assert_eq!(index.page(from_rank, count), model.page(from_rank, count));
            assert_eq!(index.top(count), model.page(1, count));
        }
        Step::Around(player, count) => {
            assert_eq!(index.around(player, count), model.around(player, count))
        }
        Step::After(position, count) => {
            assert_eq!(index.after(&position, count), model.after(&position, count))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_the_model(order in orders(), capacity in 2..12_usize, steps in vec(steps(), 1..300)) {
        let mut index = RankIndex::with_block_capacity(order, capacity);
        let mut model = Model::new(order);
        for step in steps {
            apply(&mut index, &mut model, step, capacity);
            index.check();
            assert!(index.iter().eq(model.all()));
        }
    }

    #[test]
    fn bulk_load_equals_setting_one_by_one(order in orders(), capacity in 2..12_usize, standings in vec(standings(), 0..200)) {
        let mut model = Model::new(order);
        for &standing in &standings {
            model.set(standing);
        }
        let index = RankIndex::from_standings_with_block_capacity(order, standings, capacity);
        index.check();
        assert!(index.iter().eq(model.all()));
    }

    #[test]
    fn comparing_agrees_with_the_board(order in orders(), left in standings(), right in standings()) {
        prop_assume!(left.player != right.player);
        let index = RankIndex::from_standings(order, vec![left, right]);
        assert_eq!(order.compare(&left, &right).is_lt(), index.top(1)[0].standing == left);
        assert_eq!(order.compare(&left, &right), order.compare(&right, &left).reverse());
    }
}
