//! A driver's place among the best of a map, and what became of it since it was seen last.
//!
//! Invariant: what drivers bring about themselves is no news to them. A better time of their own is none, whatever place it gives;
//! a worse place, or a better one with the same time, is.

use serde::{Deserialize, Serialize};

use super::account::AccountId;
use super::board::Record;

/// Places that are watched.
pub const TOP: i64 = 5;
/// Of those who are newly ahead, who are named.
const MOST_NAMED: usize = 5;

/// Where a driver stands on a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// None where it isn't known: behind the best hundred, or without a record.
    pub position: Option<i64>,
    /// Milliseconds; points on maps that aren't races.
    pub time: i64,
    /// Who is ahead of the driver, of the best.
    pub ahead: Vec<AccountId>,
}

/// Somebody who is ahead of a driver now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rival {
    pub account: AccountId,
    pub time: i64,
}

/// What became of a place. Positions are from 1, `time` is the driver's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    /// Still among the best, but lower.
    Overtaken {
        from: i64,
        to: i64,
        time: i64,
        by: Vec<Rival>,
        /// What has to be beaten for the place that was lost.
        to_beat: i64,
    },
    /// No more among the best.
    PushedOut {
        from: i64,
        /// None: behind the best hundred.
        to: Option<i64>,
        time: i64,
        by: Vec<Rival>,
        to_beat: i64,
    },
    /// Higher without a better time: a record ahead was removed.
    Restored { to: i64, time: i64 },
    /// The driver's own record isn't there any more, or only a worse one.
    Removed { from: i64, to: Option<i64> },
}

/// Where somebody stands on a leaderboard whose best are these, the best first.
pub fn place_of(account: AccountId, records: &[Record]) -> Option<Place> {
    let own = records.iter().find(|record| record.account == account)?;
    Some(Place {
        position: Some(own.position),
        time: own.time,
        ahead: ahead(records, Some(own.position)),
    })
}

fn ahead(records: &[Record], position: Option<i64>) -> Vec<AccountId> {
    let better = records
        .iter()
        .take_while(|record| position.is_none_or(|own| record.position < own));
    let best = better.take(usize::try_from(TOP).unwrap_or(usize::MAX));
    best.map(|record| record.account).collect()
}

/// What became of a place, and where the driver stands now. `is_full` says that there are records behind these; `is_race`
/// that less is better.
pub fn compare(
    account: AccountId,
    before: &Place,
    records: &[Record],
    is_full: bool,
    is_race: bool,
) -> (Place, Option<Change>) {
    let is_better = |one: i64, other: i64| if is_race { one < other } else { one > other };
    let held = before.position.filter(|&position| position <= TOP);
    let Some(now) = place_of(account, records) else {
        // Behind the last that was told, if there are more and all of them are at least as good.
        let last = records.last().filter(|_| is_full);
        let is_behind = last.is_some_and(|last| !is_better(before.time, last.time));
        let place = Place {
            position: None,
            time: before.time,
            ahead: ahead(records, None),
        };
        let change = held.and_then(|from| {
            if is_behind {
                Some(pushed_out(before, from, None, records, account))
            } else {
                Some(Change::Removed { from, to: None })
            }
        });
        return (place, change);
    };
    let change = if is_better(now.time, before.time) {
        // Driven better, and yet lower than before: others drove better still.
        held.and_then(|from| lower(before, &now, from, records, account))
    } else if now.time == before.time {
        higher(before, &now)
            .or_else(|| held.and_then(|from| lower(before, &now, from, records, account)))
    } else {
        held.map(|from| Change::Removed {
            from,
            to: now.position,
        })
    };
    (now, change)
}

fn higher(before: &Place, now: &Place) -> Option<Change> {
    let to = now.position.filter(|&to| to <= TOP)?;
    let is_higher = before.position.is_none_or(|from| to < from);
    is_higher.then_some(Change::Restored { to, time: now.time })
}

fn lower(
    before: &Place,
    now: &Place,
    from: i64,
    records: &[Record],
    account: AccountId,
) -> Option<Change> {
    let to = now.position.filter(|&to| to > from)?;
    if to > TOP {
        let now_before = Place {
            time: now.time,
            ..before.clone()
        };
        return Some(pushed_out(&now_before, from, Some(to), records, account));
    }
    Some(Change::Overtaken {
        from,
        to,
        time: now.time,
        by: rivals(before, Some(to), records, account),
        to_beat: to_beat(from, records, account)?,
    })
}

fn pushed_out(
    before: &Place,
    from: i64,
    to: Option<i64>,
    records: &[Record],
    account: AccountId,
) -> Change {
    Change::PushedOut {
        from,
        to,
        time: before.time,
        by: rivals(before, to, records, account),
        to_beat: to_beat(from, records, account).unwrap_or(before.time),
    }
}

/// Who is ahead now and was not before.
fn rivals(
    before: &Place,
    position: Option<i64>,
    records: &[Record],
    account: AccountId,
) -> Vec<Rival> {
    let better = records
        .iter()
        .take_while(|record| position.is_none_or(|own| record.position < own));
    let new = better
        .filter(|record| record.account != account && !before.ahead.contains(&record.account));
    let rivals = new.take(MOST_NAMED).map(|record| Rival {
        account: record.account,
        time: record.time,
    });
    rivals.collect()
}

/// The result that stands where the driver stood.
fn to_beat(from: i64, records: &[Record], account: AccountId) -> Option<i64> {
    let others = records.iter().filter(|record| record.account != account);
    let index = usize::try_from(from - 1).ok()?;
    others.skip(index).map(|record| record.time).next()
}

#[cfg(test)]
mod tests {
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
        let before = place_of(account(ME), &board(&out)).unwrap();
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
        // Within the best as well.
        assert_eq!(
            told(&[(2, 200), (3, 300)]),
            Some(Change::Restored { to: 2, time: 300 })
        );
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
}
