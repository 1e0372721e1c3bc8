//! Trackmania, made up: mappers, their maps, and who is how fast on them, in the shapes of Nadeo's services and of Trackmania
//! Exchange, so that records can be watched without the game, the internet or keys.
//!
//! Invariants:
//! - All of it follows from the seed and the time that is asked for. Records change by what drivers do, never by who asks.
//! - It goes on for ever, and stays as large as it is: drivers improve, and now and then a record is removed, after which its
//!   driver begins anew; mappers upload maps, and take their oldest away.
//! - Nobody here is anybody: names are made up, and so are all ids.

mod board;
mod drivers;
mod mappers;
mod maps;
mod routes;
mod serve;
mod tags;
#[cfg(test)]
mod tests;
mod tokens;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;
use uuid::Uuid;

pub use board::Row;
pub use drivers::{Drivers, Who};
pub use mappers::{Mapper, PROLIFIC};
pub use maps::Map;
pub use routes::{Calls, Conduct, Kind, router};
pub use serve::StandIn;

/// With which the stand-in lets somebody in: a service account's login and password.
pub const SERVICE_ACCOUNT: (&str, &str) = ("made-up-service", "not a secret at all");
/// The same for the public API: an application's id and secret.
pub const APPLICATION: (&str, &str) = ("made-up-application", "no secret either");

/// Mappers, unless it is said otherwise.
const MAPPERS: usize = 40;
const DAY: i64 = 24 * 60 * 60;

/// The world of one seed. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Trackmania(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    seed: u64,
    drivers: Drivers,
    mappers: Vec<Mapper>,
    /// Those that stay for ever.
    lasting: Shelf,
    /// Those that come and go, of the day that was asked for last.
    passing: Mutex<(i64, Arc<Shelf>)>,
}

#[derive(Debug, Default)]
struct Shelf {
    maps: Vec<Arc<Map>>,
    places: HashMap<String, usize>,
}

impl Shelf {
    fn new(maps: Vec<Map>) -> Self {
        let maps: Vec<Arc<Map>> = maps.into_iter().map(Arc::new).collect();
        let places = maps.iter().enumerate();
        let places = places.map(|(place, map)| (map.uid.clone(), place));
        Self {
            places: places.collect(),
            maps,
        }
    }

    fn find(&self, uid: &str) -> Option<&Arc<Map>> {
        self.places.get(uid).map(|&place| &self.maps[place])
    }
}

impl Trackmania {
    pub fn new(seed: u64) -> Self {
        Self::with_mappers(seed, MAPPERS)
    }

    /// Of another size: two at the least, two hundred at the most.
    pub fn with_mappers(seed: u64, count: usize) -> Self {
        let count = count.clamp(2, mappers::MOST);
        let (drivers, mapper_names) = drivers::all(seed, count);
        let mappers = mappers::all(seed, mapper_names);
        let lasting = mappers
            .iter()
            .flat_map(|mapper| maps::lasting(seed, mapper));
        Self(Arc::new(Inner {
            seed,
            lasting: Shelf::new(lasting.collect()),
            passing: Mutex::new((i64::MIN, Arc::default())),
            drivers,
            mappers,
        }))
    }

    pub fn mappers(&self) -> &[Mapper] {
        &self.0.mappers
    }

    pub fn drivers(&self) -> &Drivers {
        &self.0.drivers
    }

    /// All that are there then, the newest first.
    pub fn maps(&self, now: Timestamp) -> Vec<Arc<Map>> {
        let passing = self.passing(now);
        let all = self.0.lasting.maps.iter().chain(&passing.maps);
        let mut maps: Vec<Arc<Map>> = all.filter(|map| map.is_there(now)).cloned().collect();
        maps.sort_unstable_by_key(|map| std::cmp::Reverse(map.exchange_id));
        maps
    }

    pub fn map(&self, uid: &str, now: Timestamp) -> Option<Arc<Map>> {
        let passing = self.passing(now);
        let found = self.0.lasting.find(uid).or_else(|| passing.find(uid));
        found.filter(|map| map.is_there(now)).cloned()
    }

    /// Those on which something happens every few minutes.
    pub fn busy_maps(&self) -> impl Iterator<Item = &Arc<Map>> {
        self.0.lasting.maps.iter().filter(|map| map.is_busy())
    }

    /// Everybody who has a record on the map then, the best first.
    pub fn board(&self, map: &Map, now: Timestamp) -> Vec<Row> {
        board::of(&self.0.drivers, map, now.as_second())
    }

    /// Whose maps are worth a search: things happen there all the time.
    pub fn suggested_mapper(&self) -> &str {
        &self.0.mappers[0].name
    }

    /// As whom a newcomer may sign in: each is among the best of busy maps nearly all the time, and has to fight for it.
    pub fn suggested_drivers(&self) -> impl Iterator<Item = (Uuid, &str)> {
        let stars = (0..drivers::STARS).map(Who);
        stars.filter_map(|who| Some((self.0.drivers.account(who), self.0.drivers.called(who)?)))
    }

    fn passing(&self, now: Timestamp) -> Arc<Shelf> {
        let day = now.as_second().div_euclid(DAY);
        let mut passing = self.0.passing.lock();
        if passing.0 != day {
            let mappers = self.0.mappers.iter();
            let maps = mappers.flat_map(|mapper| maps::passing(self.0.seed, mapper, day));
            *passing = (day, Arc::new(Shelf::new(maps.collect())));
        }
        Arc::clone(&passing.1)
    }
}
