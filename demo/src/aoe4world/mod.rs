//! AoE4World, made up: players, their matches and what happened in them, in the shapes of the real one's API, so that
//! matches can be brought over and reviewed without the internet.
//!
//! Invariants:
//! - All of it follows from the seed and the time that is asked for. What was told of a match that is over stays so.
//! - Nobody here is anybody: names are made up, and Steam ids are ones that Steam has not given out.
//! - What a match looks like agrees with itself: what was gathered and not spent is there, ages come in order, who wins is
//!   ahead at the end.

pub mod civilizations;
mod course;
mod game;
mod players;
mod profile;
mod routes;
mod season;
mod serve;
mod summary;
#[cfg(test)]
mod tests;
mod units;

use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;

pub use players::Player;
pub use routes::router;
pub use season::{Kind, Match, Seat};
pub use serve::StandIn;

use crate::chance::{mix, stream};
use season::Season;

/// The world of one seed. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AoE4World(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    seed: u64,
    players: Vec<Player>,
    /// Those that were asked for last, with their numbers.
    seasons: Mutex<Vec<(i64, Arc<Season>)>>,
}

/// This season and the one before: what lies further back is forgotten.
const SEASONS: i64 = 2;
/// Those that are kept at hand.
const KEPT: usize = 4;

impl AoE4World {
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Inner {
            seed,
            players: players::all(seed),
            seasons: Mutex::default(),
        }))
    }

    pub fn players(&self) -> &[Player] {
        &self.0.players
    }

    /// Of whom a newcomer may say that it is them, and what there is to see.
    pub fn suggested(&self) -> impl Iterator<Item = (&str, &'static str)> {
        const WORTH_SEEING: [&str; 3] = [
            "in the middle of the ladder, with a new match within the hour",
            "at its top",
            "at its end, with less than no Elo",
        ];
        let steam_ids = self
            .players()
            .iter()
            .filter_map(|one| one.steam_id.as_deref());
        steam_ids.zip(WORTH_SEEING)
    }

    /// All that had begun by then, the newest first.
    pub fn matches(&self, now: Timestamp) -> impl Iterator<Item = Arc<Match>> + use<> {
        let current = season::number(now);
        let seasons: Vec<_> = (0..SEASONS)
            .map(|back| self.season(current - back))
            .collect();
        seasons.into_iter().flat_map(move |season| {
            let begun = season.matches.partition_point(|one| one.started_at <= now);
            let matches: Vec<_> = season.matches[..begun].iter().rev().cloned().collect();
            matches
        })
    }

    /// The same of one player, by the place in [`AoE4World::players`].
    pub fn matches_of(
        &self,
        player: usize,
        now: Timestamp,
    ) -> impl Iterator<Item = Arc<Match>> + use<> {
        self.matches(now).filter(move |one| one.has(player))
    }

    pub fn find(&self, id: u64, now: Timestamp) -> Option<Arc<Match>> {
        let number = season::number_of(id)?;
        let current = season::number(now);
        if !(current - SEASONS < number && number <= current) {
            return None;
        }
        let season = self.season(number);
        let mut matches = season.matches.iter();
        matches
            .find(|one| one.id == id && one.started_at <= now)
            .cloned()
    }

    fn season(&self, number: i64) -> Arc<Season> {
        let mut seasons = self.0.seasons.lock();
        if let Some((_, season)) = seasons.iter().find(|(known, _)| *known == number) {
            return Arc::clone(season);
        }
        let season = Arc::new(Season::new(self.0.seed, &self.0.players, number));
        seasons.insert(0, (number, Arc::clone(&season)));
        seasons.truncate(KEPT);
        season
    }
}
