//! The numbers of `docs/trackmania-calls.md`, and a year of made-up nights in which they have to do.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;

const TOLD: &str = include_str!("../../../../../docs/trackmania-calls.md");
const BUDGET: Budget = Budget {
    per_second: 2.0,
    exchange_per_second: 2.0,
    left: 0.25,
};
/// Of a mapper, and that a driver watches, none of which anybody else watches.
const MAPS_EACH: u64 = 20;
const WATCHED_EACH: u64 = 5;
const NIGHTS: u64 = 365;

/// A row of the table.
#[derive(Debug)]
struct Row {
    way: Way,
    calls: f64,
    mappers: u64,
    drivers: u64,
}

fn table() -> Vec<Row> {
    let (_, rest) = TOLD.split_once("<!-- table -->").expect("there is a table");
    let (table, _) = rest.split_once("<!-- /table -->").expect("it has an end");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.map(|line| {
        let cells: Vec<String> = line
            .split('|')
            .map(|cell| cell.trim().replace([',', '`', '%'], ""))
            .collect();
        let number = |cell: &str| cell.trim().parse::<f64>().expect("a number");
        let (mode, moved) = match cells[1].as_str() {
            "accurate" => (Mode::Accurate, 0.0),
            _ => (Mode::Fast, number(&cells[2]) / 100.0),
        };
        Row {
            way: Way { mode, moved },
            calls: number(&cells[3]),
            mappers: whole(number(&cells[4])),
            drivers: whole(number(&cells[5])),
        }
    });
    rows.collect()
}

/// Two digits count.
fn is_about(told: u64, real: u64) -> bool {
    let (told, real) = (told as f64, real as f64);
    told <= real && told >= 0.95 * real
}

#[test]
fn the_table_tells_what_follows_from_the_rates() {
    let rows = table();
    assert_eq!(rows.len(), 6);
    for row in rows {
        assert!((row.calls - row.way.calls()).abs() < 0.0001, "{row:?}");
        let mappers = BUDGET.mappers(MAPS_EACH as f64, row.way);
        assert!(is_about(row.mappers, mappers), "{row:?}: {mappers}");
        let drivers = BUDGET.watched_maps(row.way) / WATCHED_EACH;
        assert!(is_about(row.drivers, drivers), "{row:?}: {drivers}");
    }
}

#[test]
fn whoever_leaves_more_to_people_serves_fewer_at_night() {
    let way = Way {
        mode: Mode::Fast,
        moved: 0.1,
    };
    let with = |left| Budget { left, ..BUDGET };
    assert!(with(0.5).mappers(20.0, way) < with(0.25).mappers(20.0, way));
    assert_eq!(with(1.0).watched_maps(way), 0);
    let twice = Budget {
        per_second: 4.0,
        ..BUDGET
    };
    let maps = twice.watched_maps(way);
    assert!(maps.abs_diff(2 * BUDGET.watched_maps(way)) <= 1, "{maps}");
}

#[test]
fn a_year_of_nights_is_enough_for_those_in_the_table_and_not_for_many_more() {
    for row in table() {
        let mut chance = StdRng::seed_from_u64(1);
        let mut late = 0;
        for night in 0..NIGHTS {
            let done = Night::new(&row, 1.0).pass(&mut chance);
            assert!(done.is_some(), "night {night} is too short for {row:?}");
            if night % 7 == 0 {
                late += u64::from(Night::new(&row, 1.35).pass(&mut chance).is_none());
            }
        }
        assert!(
            late > NIGHTS / 7 * 9 / 10,
            "more could be served: {row:?}, {late} nights"
        );
    }
}

/// What is asked in a night: minute by minute, people first, then by turns what both runs want.
struct Night {
    /// Mappers whose maps are still to be listed.
    unlisted: f64,
    /// Calls of the two runs.
    alerts: u64,
    drivers: u64,
    way: Way,
    maps: u64,
    watched: u64,
}

impl Night {
    fn new(row: &Row, times: f64) -> Self {
        let many = |count: u64| whole(count as f64 * times);
        Self {
            unlisted: row.mappers as f64 * times,
            alerts: 0,
            drivers: 0,
            way: row.way,
            maps: many(row.mappers * MAPS_EACH),
            watched: many(row.drivers * WATCHED_EACH),
        }
    }

    /// The minutes after which all is done; none if that is too late for either of the runs.
    fn pass(mut self, chance: &mut StdRng) -> Option<u64> {
        const DRIVERS_BEGIN: u64 = 60;
        let minutes = |kind: RunKind| kind.lasts().as_mins().unsigned_abs();
        let per_minute = (BUDGET.per_second * 60.0) as u64;
        self.alerts = calls(self.maps, self.way, chance);
        self.drivers = calls(self.watched, self.way, chance);
        let mut people = 0_u64;
        for minute in 0..minutes(RunKind::MapperAlerts) - 15 {
            people += arriving(per_minute, chance);
            let mut free = per_minute - people.min(per_minute);
            people -= people.min(per_minute);
            let is_listing = self.unlisted > 0.0;
            self.unlisted -= BUDGET.exchange_per_second * 60.0;
            if minute >= DRIVERS_BEGIN && self.drivers > 0 {
                if minute >= DRIVERS_BEGIN + minutes(RunKind::DriverChecks) {
                    return None;
                }
                // The worst that may come: all of them before alerts.
                let taken = self.drivers.min(free);
                self.drivers -= taken;
                free -= taken;
            }
            if !is_listing {
                self.alerts -= self.alerts.min(free);
            }
            if minute > DRIVERS_BEGIN && !is_listing && self.alerts + self.drivers == 0 {
                return Some(minute);
            }
        }
        None
    }
}

/// People who search the maps of a mapper, for whom a quarter is left in all.
fn arriving(per_minute: u64, chance: &mut StdRng) -> u64 {
    const MEAN: f64 = 21.0;
    let searches = per_minute as f64 * BUDGET.left / MEAN;
    let mut calls = 0;
    for _ in 0..2 {
        if chance.random_bool((searches / 2.0).min(1.0)) {
            calls += chance.random_range(1..=41);
        }
    }
    calls
}

/// As runs make them: fifty maps to a question, of which one in forty is asked twice; then the leaderboards, of which one in a
/// hundred fails the first time; names, by fifty, of two drivers a map; and tokens now and then.
fn calls(maps: u64, way: Way, chance: &mut StdRng) -> u64 {
    let (questions, boards) = match way.mode {
        Mode::Accurate => (0, maps),
        Mode::Fast => (
            maps.div_ceil(POSITIONS as u64),
            moved(maps, way.moved, chance),
        ),
    };
    questions + questions / 40 + boards + boards / 100 + boards * 2 / 50 / 2 + 100
}

/// Of so many maps, each of which moves with that chance.
fn moved(maps: u64, share: f64, chance: &mut StdRng) -> u64 {
    let mean = maps as f64 * share;
    // Twelve even chances are nearly a normal one.
    let normal: f64 = (0..12).map(|_| chance.random_range(0.0..1.0)).sum::<f64>() - 6.0;
    whole(mean + normal * (mean * (1.0 - share)).sqrt()).min(maps)
}
