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
    /// The best position that was seen with this time.
    pub held: Option<i64>,
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
    /// As high as before, or less low, without a better time: a record ahead was removed.
    Restored { to: i64, time: i64 },
    /// In the same way higher than ever.
    Raised { to: i64, time: i64 },
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
        held: Some(own.position),
    })
}

/// Whether somebody whose time ranks so now may have another place than before, or be back among the best.
pub fn may_have_changed(before: Option<i64>, rank: i64) -> bool {
    match before {
        Some(position) if position <= TOP => rank != position,
        _ => rank <= TOP,
    }
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
    let Some(mut now) = place_of(account, records) else {
        // Behind the last that was told, if there are more and all of them are at least as good.
        let last = records.last().filter(|_| is_full);
        let is_behind = last.is_some_and(|last| !is_better(before.time, last.time));
        let place = Place {
            position: None,
            time: before.time,
            ahead: ahead(records, None),
            held: before.held,
        };
        let change = held.map(|from| {
            if is_behind {
                pushed_out(before, from, None, records, account)
            } else {
                Change::Removed { from, to: None }
            }
        });
        return (place, change);
    };
    let change = if is_better(now.time, before.time) {
        // Driven better, and yet lower than before: others drove better still.
        held.and_then(|from| lower(before, &now, from, records, account))
    } else if now.time == before.time {
        now.held = before.held.into_iter().chain(now.position).min();
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
    let is_known = before.held.is_some_and(|held| to >= held);
    let time = now.time;
    is_higher.then_some(if is_known {
        Change::Restored { to, time }
    } else {
        Change::Raised { to, time }
    })
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
        to_beat: to_beat(from, records, account).unwrap_or(now.time),
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

/// The result that stands where the driver stood; where that is hidden, or equal to better ones, the next better one.
fn to_beat(from: i64, records: &[Record], account: AccountId) -> Option<i64> {
    let others = records.iter().filter(|record| record.account != account);
    let better = others.take_while(|record| record.position <= from);
    better.last().map(|record| record.time)
}

#[cfg(test)]
mod tests;
