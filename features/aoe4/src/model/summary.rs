//! What happened in a match, as AoE4World's summary tells it: build orders, resources and scores over time.
//!
//! The shape isn't documented and may change, so what is there must be as expected, or the whole is refused with an error
//! that names the field; what isn't there is absent. All lists are bounded, all times are game seconds within a day.
//!
//! Samples that run backwards are refused: a sample belongs to its time, and nothing tells which of the two is wrong.
//! Moments of the build order are sorted instead, since each stands for itself.

mod parse;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::game::GameResult;

use super::read::Malformed;

#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    pub game_id: u64,
    /// As in `Surrender` or `Elimination`.
    pub win_reason: Option<String>,
    pub map: String,
    /// As in `rm_1v1`; the field is called `leaderboard`.
    pub kind: String,
    /// Seconds on the wall, loading included: longer than what was played, see [`Summary::length`].
    pub duration: Option<u32>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub players: Vec<Player>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Player {
    pub profile_id: u64,
    pub name: String,
    pub civilization: String,
    /// None if it isn't told: then the player is alone.
    pub team: Option<i64>,
    pub result: Option<GameResult>,
    /// Commands a minute.
    pub apm: Option<u32>,
    pub scores: Scores,
    pub gathered: Resources,
    pub spent: Resources,
    pub series: Series,
    /// Game seconds of ages, upgrades, relics and the like, by AoE4World's names: `feudalAge`, `pickupRelic` …
    pub actions: BTreeMap<String, Vec<u32>>,
    pub build_order: Vec<Entry>,
    pub landmarks: Vec<Landmark>,
    /// Counters by AoE4World's short names.
    pub stats: BTreeMap<String, i64>,
}

/// The score as shown at the end of a match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scores {
    pub total: i64,
    pub military: i64,
    pub economy: i64,
    pub technology: i64,
    pub society: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    pub food: i64,
    pub gold: i64,
    pub stone: i64,
    pub wood: i64,
    /// Of Byzantines and Macedonians.
    pub oliveoil: i64,
    pub total: i64,
}

/// Samples over time. Each column is as long as `timestamps`, or empty if it isn't told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    /// Game seconds, rising.
    pub timestamps: Vec<u32>,
    /// What lies unspent, by resource.
    pub stock: PerResource,
    /// What comes in a minute.
    pub per_minute: PerResource,
    /// What was gathered so far; older summaries lack it.
    pub gathered: PerResource,
    pub total: Vec<i64>,
    pub military: Vec<i64>,
    pub economy: Vec<i64>,
    pub technology: Vec<i64>,
    pub society: Vec<i64>,
    pub population: Vec<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PerResource {
    pub food: Vec<i64>,
    pub gold: Vec<i64>,
    pub stone: Vec<i64>,
    pub wood: Vec<i64>,
    pub oliveoil: Vec<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    Unit,
    Building,
    Upgrade,
    Age,
    Animal,
    /// AoE4World's `Unknown`, and what may follow.
    Other,
}

/// What a player made of one sort, and when. All times are rising game seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The only name there is, as in `icons/races/common/units/spearman_2`.
    pub icon: String,
    pub kind: EntryKind,
    /// Of units, upgrades and ages. What a player starts with has 0.
    pub finished: Vec<u32>,
    /// Of buildings.
    pub constructed: Vec<u32>,
    pub destroyed: Vec<u32>,
    /// Times of events that AoE4World has no name for; some upgrades are found only here.
    pub unnamed: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landmark {
    pub name: String,
    pub at: u32,
    /// The age that it leads to: 2 Feudal, 3 Castle, 4 Imperial.
    pub new_age: Option<u32>,
}

impl Summary {
    /// # Errors
    /// If it isn't a summary, or something in it isn't as it should be: columns of unequal length, samples that run
    /// backwards, a list that is longer than any match makes it.
    pub fn parse(value: &Value) -> Result<Self, Malformed> {
        parse::summary(value)
    }

    pub fn player(&self, profile_id: u64) -> Option<&Player> {
        self.players
            .iter()
            .find(|player| player.profile_id == profile_id)
    }

    /// Game seconds that were played: what the game says, or the last sample, or the time on the wall.
    pub fn length(&self) -> u32 {
        let played = self.players.iter().filter_map(Player::game_time).max();
        let sampled = || {
            let last = |player: &Player| player.series.timestamps.last().copied();
            self.players.iter().filter_map(last).max()
        };
        played.or_else(sampled).or(self.duration).unwrap_or(0)
    }
}

impl Player {
    /// A counter. Those that are zero are omitted.
    pub fn stat(&self, name: &str) -> i64 {
        self.stats.get(name).copied().unwrap_or(0)
    }

    fn game_time(&self) -> Option<u32> {
        u32::try_from(self.stat("gt"))
            .ok()
            .filter(|&seconds| seconds > 0 && seconds <= parse::MOST_SECONDS)
    }
}

impl PerResource {
    pub fn all(&self) -> [&[i64]; 5] {
        [
            &self.food,
            &self.gold,
            &self.stone,
            &self.wood,
            &self.oliveoil,
        ]
        .map(Vec::as_slice)
    }

    /// All resources together at a sample; None if none is told.
    pub fn sum(&self, sample: usize) -> Option<i64> {
        let mut told = self
            .all()
            .into_iter()
            .filter_map(|column| column.get(sample))
            .peekable();
        told.peek()?;
        Some(told.sum())
    }
}

/// Takes out of a summary what must not be kept: `_recentGameHash` holds raw ids of networks and stations, and links to
/// replays. Whatever else of the root begins so goes too.
pub fn strip(value: &mut Value) {
    if let Some(root) = value.as_object_mut() {
        root.retain(|name, _| !name.starts_with('_'));
    }
}
