use super::*;
use crate::model::{Operator, ScoreOrder};

fn board() -> Board {
    Board::unloaded(
        Leaderboard {
            number: 1,
            id: "chess".parse().unwrap(),
            game: None,
            title: "Chess".to_owned(),
            order: ScoreOrder::Desc,
            operator: Operator::Best,
            reset: None,
            next_reset_at: None,
            period: 0,
        },
        CancellationToken::new(),
    )
}

fn set(version: i64, player: u128, score: u64) -> Changes {
    Changes {
        version,
        changes: vec![Change::Set(
            Standing {
                player: PlayerId(player),
                score,
                reached_at: version,
            },
            None,
        )],
    }
}

fn players(board: &Board) -> Vec<u128> {
    let window = board.window(|index| Some(index.top(10))).unwrap();
    window
        .entries
        .iter()
        .map(|entry| entry.standing.player.0)
        .collect()
}

#[test]
fn changes_show_in_the_order_of_their_versions() {
    let board = board();
    board.record();
    board.replace(empty());
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
    board.replace(ranking(5, read.to_vec()));
    assert_eq!(players(&board), [3, 2, 1]);
    board.apply(set(5, 2, 0));
    assert_eq!(players(&board), [3, 2, 1]);
    board.apply(Changes {
        version: 7,
        changes: vec![Change::Remove(PlayerId(3))],
    });
    assert_eq!(players(&board), [2, 1]);
}

#[test]
fn a_missing_change_is_noticed() {
    let board = board();
    board.replace(empty());
    assert!(!board.misses_changes(0, Duration::ZERO));
    assert!(board.misses_changes(1, Duration::ZERO));
    board.apply(set(1, 1, 1));
    assert!(!board.misses_changes(1, Duration::ZERO));
}

#[test]
fn drift_is_counted_by_player_without_those_who_moved() {
    let board = board();
    let standings = |players: &[(u128, u64)]| -> Vec<Standing> {
        let standing = |(player, score): &(u128, u64)| Standing {
            player: PlayerId(*player),
            score: *score,
            reached_at: 0,
        };
        players.iter().map(standing).collect()
    };
    assert!(
        board
            .replace(ranking(0, standings(&[(1, 1), (2, 2), (4, 4)])))
            .is_none()
    );
    board.record();
    board.apply(set(1, 4, 9));
    let stored = standings(&[(1, 5), (3, 3), (4, 4)]);
    let former = board.replace(ranking(0, stored.clone())).unwrap();
    // 1 has another score, 2 is gone, 3 is new; 4 has moved since.
    assert_eq!(former.drift(&stored), 3);
}

#[test]
fn a_board_never_goes_back_in_time() {
    let board = board();
    board.replace(empty());
    board.apply(set(1, 1, 1));
    assert!(board.replace(empty()).is_none());
    assert_eq!(players(&board), [1]);
}

fn ranking(version: i64, standings: Vec<Standing>) -> Ranking {
    let index = RankIndex::from_standings(rank::Order::Descending, standings);
    Ranking {
        version,
        period: 0,
        index,
    }
}

fn empty() -> Ranking {
    ranking(0, Vec::new())
}
