use uuid::Uuid;

use super::*;

fn account(number: u128) -> AccountId {
    Uuid::from_u128(number).into()
}

/// Drivers and their times, the best first; equal times share a position.
fn board(rows: &[(u128, i64)]) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    for (index, &(driver, time)) in rows.iter().enumerate() {
        let position = match records.last() {
            Some(last) if last.time == time => last.position,
            _ => i64::try_from(index).unwrap() + 1,
        };
        records.push(Record {
            account: account(driver),
            position,
            time,
            zone: None,
            driven_at: None,
        });
    }
    records
}

const BEFORE: [(u128, i64); 6] = [(1, 100), (2, 200), (3, 300), (4, 400), (5, 500), (6, 600)];
const ME: u128 = 3;

/// What driver 3 hears who was third, when the board looks so now.
fn told(rows: &[(u128, i64)]) -> Option<Change> {
    let before = place_of(account(ME), &board(&BEFORE)).unwrap();
    assert_eq!(before.position, Some(3));
    compare(account(ME), &before, &board(rows), false, true).1
}

fn rival(driver: u128, time: i64) -> Rival {
    Rival {
        account: account(driver),
        time,
    }
}

#[test]
fn who_is_overtaken_hears_by_whom_and_what_wins_it_back() {
    assert_eq!(
        told(&[(1, 100), (2, 200), (7, 250), (3, 300), (4, 400)]),
        Some(Change::Overtaken {
            from: 3,
            to: 4,
            time: 300,
            by: vec![rival(7, 250)],
            to_beat: 250
        })
    );
    // By one who was behind, and one who is the best now; those who were ahead before are no news.
    assert_eq!(
        told(&[(8, 50), (1, 100), (2, 200), (4, 299), (3, 300)]),
        Some(Change::Overtaken {
            from: 3,
            to: 5,
            time: 300,
            by: vec![rival(8, 50), rival(4, 299)],
            to_beat: 200
        })
    );
    // Also who drove better, but not by enough.
    assert_eq!(
        told(&[(1, 100), (2, 200), (7, 250), (3, 290), (4, 400)]),
        Some(Change::Overtaken {
            from: 3,
            to: 4,
            time: 290,
            by: vec![rival(7, 250)],
            to_beat: 250
        })
    );
}

#[test]
fn what_wins_a_place_back_is_known_by_positions() {
    let to_beat = |records: &[Record]| {
        let before = place_of(account(ME), &board(&BEFORE)).unwrap();
        match compare(account(ME), &before, records, false, true).1 {
            Some(Change::Overtaken { to_beat, .. }) => to_beat,
            other => panic!("{other:?}"),
        }
    };
    let mut records = board(&[(1, 100), (2, 200), (7, 250), (3, 300), (4, 400)]);
    // The second hides theirs.
    records.remove(1);
    assert_eq!(to_beat(&records), 250);
    // So does who is third now: nothing worse than the second's is sure to do.
    let mut records = board(&[(1, 100), (2, 200), (7, 250), (3, 300), (4, 400)]);
    records.remove(2);
    assert_eq!(to_beat(&records), 200);
    // All who are ahead do.
    assert_eq!(to_beat(&records[2..]), 300);
    // Behind two who are second, nobody is third.
    let records = board(&[(1, 100), (2, 200), (7, 200), (8, 250), (3, 300)]);
    assert_eq!(to_beat(&records), 200);
}

#[test]
fn who_is_pushed_out_hears_where_they_are() {
    assert_eq!(
        told(&[(1, 100), (2, 200), (7, 210), (8, 220), (9, 230), (3, 300)]),
        Some(Change::PushedOut {
            from: 3,
            to: Some(6),
            time: 300,
            by: vec![rival(7, 210), rival(8, 220), rival(9, 230)],
            to_beat: 210
        })
    );
    let crowd: Vec<(u128, i64)> = (100..200).map(|driver| (driver, 10)).collect();
    let before = place_of(account(ME), &board(&BEFORE)).unwrap();
    let (place, change) = compare(account(ME), &before, &board(&crowd), true, true);
    assert_eq!(place.position, None);
    let Some(Change::PushedOut { to: None, by, .. }) = change else {
        panic!("{change:?}");
    };
    assert_eq!(by.len(), MOST_NAMED);
}

#[test]
fn who_comes_back_since_a_record_was_removed_hears_so() {
    let out = [(1, 100), (2, 200), (7, 210), (8, 220), (9, 230), (3, 300)];
    let before = Place {
        held: Some(3),
        ..place_of(account(ME), &board(&out)).unwrap()
    };
    let back = board(&BEFORE);
    let (place, change) = compare(account(ME), &before, &back, false, true);
    assert_eq!(change, Some(Change::Restored { to: 3, time: 300 }));
    assert_eq!(place, place_of(account(ME), &back).unwrap());
    // From behind the best hundred, too; but not by driving.
    let unknown = Place {
        position: None,
        ..before
    };
    let (_, change) = compare(account(ME), &unknown, &back, false, true);
    assert_eq!(change, Some(Change::Restored { to: 3, time: 300 }));
    let driven = board(&[(1, 100), (2, 200), (3, 205), (7, 210)]);
    assert_eq!(compare(account(ME), &unknown, &driven, false, true).1, None);
    // What was never lost isn't restored.
    let (place, change) = compare(
        account(ME),
        &place,
        &board(&[(2, 200), (3, 300)]),
        false,
        true,
    );
    assert_eq!(change, Some(Change::Raised { to: 2, time: 300 }));
    let (place, _) = compare(account(ME), &place, &back, false, true);
    let (_, change) = compare(
        account(ME),
        &place,
        &board(&[(2, 200), (3, 300)]),
        false,
        true,
    );
    assert_eq!(change, Some(Change::Restored { to: 2, time: 300 }));
}

#[test]
fn what_is_no_news_is_not_told() {
    for rows in [
        &BEFORE[..],
        // Their own doing.
        &[(1, 100), (3, 150), (2, 200), (4, 400)],
        &[(3, 50), (1, 100), (2, 200)],
        // One went, another came.
        &[(1, 100), (7, 150), (3, 300), (4, 400)],
        // Others changed places.
        &[(2, 90), (1, 100), (3, 300), (9, 301), (4, 400)],
        // An equal time takes nothing away.
        &[(1, 100), (2, 200), (7, 300), (3, 300), (4, 400)],
    ] {
        assert_eq!(told(rows), None, "{rows:?}");
    }
    // Who is out already hears nothing of who comes between.
    let out = place_of(account(6), &board(&BEFORE)).unwrap();
    let worse = board(&[
        (1, 100),
        (2, 200),
        (3, 300),
        (4, 400),
        (5, 500),
        (7, 550),
        (6, 600),
    ]);
    assert_eq!(compare(account(6), &out, &worse, false, true).1, None);
}

#[test]
fn who_loses_the_record_itself_hears_so() {
    assert_eq!(
        told(&[(1, 100), (2, 200), (4, 400)]),
        Some(Change::Removed { from: 3, to: None })
    );
    // An older one stands there instead.
    assert_eq!(
        told(&[(1, 100), (2, 200), (4, 400), (3, 450)]),
        Some(Change::Removed {
            from: 3,
            to: Some(4)
        })
    );
    assert_eq!(told(&[]), Some(Change::Removed { from: 3, to: None }));
}

#[test]
fn a_rank_tells_whether_it_is_worth_while_to_look() {
    for (before, rank, want) in [
        (Some(3), 3, false),
        (Some(3), 4, true),
        (Some(3), 2, true),
        (Some(5), 6, true),
        (Some(6), 7, false),
        (Some(6), 5, true),
        (None, 100, false),
        (None, 5, true),
    ] {
        assert_eq!(may_have_changed(before, rank), want, "{before:?} {rank}");
    }
}

#[test]
fn more_points_are_better_where_it_is_no_race() {
    let before = place_of(account(2), &board(&[(1, 900), (2, 800)])).unwrap();
    let (_, change) = compare(
        account(2),
        &before,
        &board(&[(3, 950), (1, 900), (2, 800)]),
        false,
        false,
    );
    assert_eq!(
        change,
        Some(Change::Overtaken {
            from: 2,
            to: 3,
            time: 800,
            by: vec![rival(3, 950)],
            to_beat: 900
        })
    );
    let better = board(&[(3, 950), (2, 920), (1, 900)]);
    assert_eq!(compare(account(2), &before, &better, false, false).1, None);
}
