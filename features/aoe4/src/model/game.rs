//! A match as AoE4World's API tells it, without what happened in it. Sets that grow with the game (civilizations, maps,
//! kinds, servers) are kept as they come, so that the next expansion breaks nothing.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde_json::Value;

use super::read::{Fields, Malformed};

/// What stands for a map, a kind or a civilization that isn't told.
pub const UNKNOWN: &str = "unknown";

/// More teams, or players of a team, than any match has.
const MOST_IN_A_MATCH: usize = 64;

#[derive(Clone, Debug, PartialEq)]
pub struct Game {
    pub id: u64,
    pub started_at: Timestamp,
    /// When AoE4World last changed it; the start if that isn't told.
    pub updated_at: Timestamp,
    /// Seconds on the wall, loading included. None while the match runs.
    pub duration: Option<u32>,
    /// As shown to players, as in "Dry Arabia".
    pub map: String,
    /// As in `rm_1v1`, `qm_ffa_nomad` or `custom`.
    pub kind: String,
    /// The ladder, as in `rm_solo`.
    pub leaderboard: Option<String>,
    pub server: Option<String>,
    pub season: Option<u32>,
    pub patch: Option<u32>,
    pub average_rating: Option<i32>,
    pub average_mmr: Option<i32>,
    pub ongoing: bool,
    /// `new`, `processed` or `invalid`, where AoE4World says so.
    pub state: Option<String>,
    pub teams: Vec<Vec<Participant>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Participant {
    pub profile_id: u64,
    pub name: String,
    pub country: Option<String>,
    /// As in `holy_roman_empire`.
    pub civilization: String,
    pub randomized: bool,
    /// None while the match runs.
    pub result: Option<GameResult>,
    /// Points of the ladder, before the match. None for who isn't placed yet, though `mmr` be told.
    pub rating: Option<i32>,
    pub rating_diff: Option<i32>,
    /// Elo, which may be negative.
    pub mmr: Option<i32>,
    pub mmr_diff: Option<i32>,
    pub input_type: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GameResult {
    Win,
    Loss,
    /// As it came: `noresult`, `unknown`, and what may follow.
    Other(String),
}

impl GameResult {
    pub fn read(word: &str) -> Self {
        match word {
            "win" => Self::Win,
            "loss" => Self::Loss,
            other => Self::Other(other.to_owned()),
        }
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Win => "win",
            Self::Loss => "loss",
            Self::Other(word) => word,
        }
    }
}

impl Game {
    /// # Errors
    /// If it lacks what makes a match: its id, its start, or teams of players with ids.
    pub fn parse(value: &Value) -> Result<Self, Malformed> {
        let fields = Fields::of(value, "game")?;
        let id = fields.id("game_id")?;
        let started_at = time(fields, "started_at")?
            .ok_or_else(|| Malformed::new("started_at", "is not there"))?;
        Ok(Self {
            id,
            started_at,
            updated_at: time(fields, "updated_at")?.unwrap_or(started_at),
            duration: fields.number("duration"),
            map: open_word(fields, "map")?,
            kind: open_word(fields, "kind")?,
            leaderboard: fields.text("leaderboard"),
            server: fields.text("server"),
            season: fields.number("season"),
            patch: fields.number("patch"),
            average_rating: fields.number("average_rating"),
            average_mmr: fields.number("average_mmr"),
            ongoing: fields.flag("ongoing"),
            state: fields.text("state"),
            teams: teams(fields)?,
        })
    }

    pub fn participants(&self) -> impl Iterator<Item = &Participant> {
        self.teams.iter().flatten()
    }

    pub fn participant(&self, profile_id: u64) -> Option<&Participant> {
        self.participants()
            .find(|participant| participant.profile_id == profile_id)
    }

    /// With the player in it.
    pub fn team_of(&self, profile_id: u64) -> Option<&[Participant]> {
        self.teams
            .iter()
            .find(|team| team.iter().any(|one| one.profile_id == profile_id))
            .map(Vec::as_slice)
    }

    /// Everybody of other teams; nobody if the player isn't in the match.
    pub fn opponents(&self, profile_id: u64) -> impl Iterator<Item = &Participant> {
        let own = self
            .teams
            .iter()
            .position(|team| team.iter().any(|one| one.profile_id == profile_id));
        self.teams
            .iter()
            .enumerate()
            .filter(move |(index, _)| own.is_some_and(|own| own != *index))
            .flat_map(|(_, team)| team)
    }

    /// In the order of the teams, each as often as it is played.
    pub fn opponent_civilizations(&self, profile_id: u64) -> Vec<&str> {
        self.opponents(profile_id)
            .map(|opponent| opponent.civilization.as_str())
            .collect()
    }

    pub fn has_opponents(&self, profile_id: u64) -> bool {
        self.opponents(profile_id).next().is_some()
    }

    /// Everybody against everybody.
    pub fn is_free_for_all(&self) -> bool {
        self.teams.len() > 2 && self.teams.iter().all(|team| team.len() <= 1)
    }

    /// Whether it may still change: it runs, or no end is told.
    pub fn is_running(&self) -> bool {
        self.ongoing || self.duration.is_none()
    }
}

/// None if it isn't told.
fn time(fields: Fields, name: &str) -> Result<Option<Timestamp>, Malformed> {
    let Some(value) = fields.get(name) else {
        return Ok(None);
    };
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .map(Some)
        .ok_or_else(|| Malformed::new(name, "is not a time as in 2024-03-18T19:20:21.000Z"))
}

/// A word of a set that grows.
fn open_word(fields: Fields, name: &str) -> Result<String, Malformed> {
    match fields.get(name) {
        None => Ok(UNKNOWN.to_owned()),
        Some(Value::String(word)) if word.is_empty() => Ok(UNKNOWN.to_owned()),
        Some(_) => fields
            .text(name)
            .ok_or_else(|| Malformed::new(name, "is not a text")),
    }
}

/// Lists wrap each player in `{"player": …}`, single matches don't; either may come from anywhere.
fn teams(fields: Fields) -> Result<Vec<Vec<Participant>>, Malformed> {
    let list = fields.list("teams")?;
    if list.len() > MOST_IN_A_MATCH {
        return Err(Malformed::new("teams", "has more teams than any match"));
    }
    list.iter()
        .enumerate()
        .map(|(index, team)| {
            let name = format!("teams[{index}]");
            let team = team
                .as_array()
                .ok_or_else(|| Malformed::new(&name, "is not a list"))?;
            if team.len() > MOST_IN_A_MATCH {
                return Err(Malformed::new(name, "has more players than any match"));
            }
            team.iter()
                .enumerate()
                .map(|(seat, one)| {
                    let seat = format!("{name}[{seat}]");
                    let bare = one.get("player").unwrap_or(one);
                    let fields = Fields::of(bare, &seat)?;
                    participant(fields).map_err(|error| error.within(&seat))
                })
                .collect()
        })
        .collect()
}

fn participant(fields: Fields) -> Result<Participant, Malformed> {
    Ok(Participant {
        profile_id: fields.id("profile_id")?,
        name: fields.text("name").unwrap_or_default(),
        country: fields.text("country"),
        civilization: open_word(fields, "civilization")?,
        randomized: fields.flag("civilization_randomized"),
        result: fields.text("result").map(|word| GameResult::read(&word)),
        rating: fields.number("rating"),
        rating_diff: fields.number("rating_diff"),
        mmr: fields.number("mmr"),
        mmr_diff: fields.number("mmr_diff"),
        input_type: fields.text("input_type"),
    })
}
