//! Who is how fast on a map. Nobody's history is walked through: what somebody's record is at a moment follows from the map,
//! the driver and the moment alone.

use super::drivers::{Drivers, REGULARS, STARS, Who};
use super::maps::Map;
use crate::chance::{below, mix, share};

/// Drives in a career, each better than the one before. Then the record is removed.
const DRIVES: i64 = 8;

/// Somebody's record on a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub who: Who,
    /// From 1; those with equal times share it.
    pub position: i64,
    /// Milliseconds.
    pub time: i64,
    /// Unix seconds.
    pub driven_at: i64,
    /// Nobody is to see the time.
    pub is_hidden: bool,
}

/// The best first.
pub fn of(drivers: &Drivers, map: &Map, at: i64) -> Vec<Row> {
    let regulars = (0..REGULARS).map(Who).filter_map(|who| {
        let skill = drivers.skill(who);
        let (time, driven_at) = record(map, who, skill, at)?;
        Some(Row {
            who,
            position: 0,
            time,
            driven_at,
            is_hidden: who.0 >= STARS && mix(map.seed ^ 0x41d, u64::from(who.0)).is_multiple_of(97),
        })
    });
    let mut rows: Vec<Row> = regulars.chain(crowd(map, at)).collect();
    rows.sort_unstable_by_key(|row| (row.time, row.driven_at, row.who));
    for place in 0..rows.len() {
        rows[place].position = match place.checked_sub(1).map(|before| &rows[before]) {
            Some(before) if before.time == rows[place].time => before.position,
            _ => i64::try_from(place).unwrap_or(i64::MAX) + 1,
        };
    }
    rows
}

/// What a regular drove last, if they drive on this map and have a record then.
fn record(map: &Map, who: Who, skill: f64, at: i64) -> Option<(i64, i64)> {
    let own = mix(map.seed, u64::from(who.0));
    if map.is_busy() && who.0 < STARS {
        // In the way of whoever drives well. The second and the third drove the same.
        let per_mille = [1003.0, 1006.0, 1006.0, 1008.0][who.0 as usize];
        let driven_at = map.uploaded_at + i64::from(who.0 + 1) * 40_000;
        return (driven_at <= at).then(|| (scaled(map.par, per_mille / 1000.0), driven_at));
    }
    let drives_here = share(own) < f64::from(map.regulars) / f64::from(REGULARS);
    if !drives_here {
        return None;
    }
    let own = mix(own, 1);
    let begun = (at + below(own, map.career)).rem_euclid(map.career);
    let begun = at - begun;
    let career = mix(own, begun.unsigned_abs());
    let between = map.career / (DRIVES + 1);
    let driven_at = |drive: i64| {
        let chance = mix(career, drive.unsigned_abs());
        begun + between * drive + between / 8 + below(chance, between * 3 / 4)
    };
    let last = (0..DRIVES).rev().find(|&drive| driven_at(drive) <= at)?;
    let driven_at = driven_at(last);
    if driven_at < map.uploaded_at {
        return None;
    }
    // What they can drive at best, on this map and in these days.
    let ability = 0.7 * skill + 0.27 * share(mix(own, 2)) + 0.03 * share(mix(career, 20));
    let best = 0.97 + 0.16 * (1.0 - ability);
    // And how far from it they still are.
    let chance = share(mix(career, 30 + last.unsigned_abs()));
    let lost = 0.08 * 0.65_f64.powi(i32::try_from(last).unwrap_or(0)) * (0.8 + 0.2 * chance);
    Some((scaled(map.par, best + lost), driven_at))
}

/// Those who drove once, behind nearly everybody else, and some of them equal times.
fn crowd(map: &Map, at: i64) -> impl Iterator<Item = Row> {
    let (slowest, uploaded_at) = (scaled(map.par, 1.12), map.uploaded_at);
    let rows = (0..map.crowd).map(move |number| Row {
        who: Who::passer_by(number),
        position: 0,
        time: slowest + i64::from(number) * 2 / 3,
        driven_at: uploaded_at + i64::from(number) * 1_800,
        is_hidden: false,
    });
    rows.filter(move |row| row.driven_at <= at)
}

fn scaled(par: i64, by: f64) -> i64 {
    (par as f64 * by).round() as i64
}
