//! Single promises, and boards of blocks in their real size.

use crate::{Order, PlayerId, RankIndex, Standing};

fn standing(player: u128, score: u64, reached_at: i64) -> Standing {
    Standing {
        player: PlayerId(player),
        score,
        reached_at,
    }
}

fn players(ranked: &[crate::Ranked]) -> Vec<u128> {
    ranked
        .iter()
        .map(|ranked| ranked.standing.player.0)
        .collect()
}

/// A permutation of `0..modulus` for a prime modulus.
fn shuffled(modulus: u64) -> impl Iterator<Item = u64> {
    (0..modulus).map(move |number| number * 7_919 % modulus)
}

#[test]
fn ties_go_to_the_earlier_then_to_the_smaller_id() {
    let standings = vec![
        standing(3, 10, 5),
        standing(2, 10, 5),
        standing(1, 10, 9),
        standing(4, 11, 99),
        standing(5, 9, 0),
    ];
    let descending = RankIndex::from_standings(Order::Descending, standings.clone());
    assert_eq!(players(&descending.top(9)), [4, 2, 3, 1, 5]);
    let ascending = RankIndex::from_standings(Order::Ascending, standings);
    assert_eq!(
        players(&ascending.top(9)),
        [5, 2, 3, 1, 4],
        "time and id break ties the same way on every board"
    );
}

#[test]
fn the_window_around_a_player_is_shifted_not_shortened() {
    let standings = (1..=20)
        .map(|number| standing(number, number as u64, 0))
        .collect();
    let board = RankIndex::from_standings(Order::Ascending, standings);
    let around =
        |player, count| players(&board.around(PlayerId(player), count).expect("on the board"));
    assert_eq!(around(10, 5), [8, 9, 10, 11, 12]);
    assert_eq!(around(10, 4), [8, 9, 10, 11]);
    assert_eq!(around(1, 5), [1, 2, 3, 4, 5]);
    assert_eq!(around(20, 5), [16, 17, 18, 19, 20]);
    assert_eq!(around(7, 100).len(), 20);
    assert_eq!(around(7, usize::MAX).len(), 20);
    assert_eq!(around(7, 0), []);
    assert_eq!(board.around(PlayerId(21), 5), None);
}

#[test]
fn an_empty_board_answers() {
    let mut board = RankIndex::new(Order::Descending);
    assert!(board.is_empty());
    assert_eq!(board.top(10), []);
    assert_eq!(board.page(u64::MAX, usize::MAX), []);
    assert_eq!(board.after(&standing(1, 1, 1), 10), []);
    assert_eq!(board.rank_if(&standing(1, 1, 1)), 1);
    assert_eq!(board.remove(PlayerId(1)), None);
    assert_eq!(
        RankIndex::from_standings(Order::Ascending, Vec::new()).len(),
        0
    );
}

#[test]
fn setting_the_same_again_changes_nothing() {
    let mut board = RankIndex::new(Order::Descending);
    board.set(standing(1, 5, 5));
    let change = board.set(standing(1, 5, 5));
    assert_eq!(change.previous, Some(change.current));
    assert_eq!(board.len(), 1);
}

#[test]
fn a_board_that_is_emptied_and_refilled_keeps_its_promises() {
    const PLAYERS: u64 = 20_011;
    let mut board = RankIndex::new(Order::Descending);
    let mut most = 0;
    for round in 0..3 {
        for number in shuffled(PLAYERS) {
            let joined = standing(u128::from(number), number * 31 % 1_000, round);
            assert_eq!(board.rank_if(&joined), board.set(joined).current.rank);
        }
        board.check();
        assert_eq!(
            board
                .rank(board.page(7_777, 1)[0].standing.player)
                .map(|ranked| ranked.rank),
            Some(7_777)
        );
        if round == 0 {
            most = board.memory_bytes();
        }
        // The list of free slots comes on top from the second round on.
        assert!(
            board.memory_bytes() <= most * 11 / 10,
            "{} after {most}",
            board.memory_bytes()
        );
        for number in (0..PLAYERS).filter(|number| number % 1_000 != 0) {
            board
                .remove(PlayerId(u128::from(number)))
                .expect("on the board");
        }
        board.check();
        assert_eq!(board.len(), 21);
        for number in (0..PLAYERS).step_by(1_000) {
            board
                .remove(PlayerId(u128::from(number)))
                .expect("on the board");
        }
        board.check();
        assert!(board.is_empty());
    }
}

#[test]
fn memory_stays_below_96_bytes_a_player() {
    let bytes_a_player = |board: &RankIndex| board.memory_bytes() / board.len();
    const PLAYERS: u64 = 100_003;
    let mut inserted = RankIndex::new(Order::Descending);
    for number in shuffled(PLAYERS) {
        inserted.set(standing(u128::from(number) << 80, number, 0));
    }
    assert!(bytes_a_player(&inserted) <= 96);
    let mut rising = RankIndex::new(Order::Descending);
    for number in 0..PLAYERS {
        rising.set(standing(u128::from(number) << 80, number, 0));
    }
    assert!(bytes_a_player(&rising) <= 96);
    let loaded = RankIndex::from_standings(
        Order::Ascending,
        inserted.iter().map(|ranked| ranked.standing).collect(),
    );
    assert!(bytes_a_player(&loaded) <= 80);
}

#[test]
fn a_tag_stays_with_its_player_until_the_player_is_set_anew() {
    let mut board = RankIndex::from_tagged(
        Order::Descending,
        vec![(standing(1, 10, 0), 7), (standing(2, 20, 0), 8)],
    );
    board.set_tagged(standing(3, 30, 0), 9);
    assert_eq!(board.tagged(PlayerId(1)), Some((standing(1, 10, 0), 7)));
    board.set_tagged(standing(1, 40, 1), 6);
    assert_eq!(board.tagged(PlayerId(1)), Some((standing(1, 40, 1), 6)));
    board.set(standing(2, 20, 0));
    assert_eq!(board.tagged(PlayerId(2)), Some((standing(2, 20, 0), 0)));
    board.remove(PlayerId(3));
    assert_eq!(board.tagged(PlayerId(3)), None);
    board.set(standing(4, 5, 0));
    assert_eq!(board.tagged(PlayerId(4)), Some((standing(4, 5, 0), 0)));
}
