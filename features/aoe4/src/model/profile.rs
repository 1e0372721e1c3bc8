//! A player of AoE4World: whose Steam account it is, and how strong in which mode.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use super::read::{Fields, Malformed, text};

#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    pub profile_id: u64,
    pub name: String,
    /// None for players of Xbox and PlayStation.
    pub steam_id: Option<String>,
    pub country: Option<String>,
    /// By mode, as in `rm_solo`; only modes that were played.
    pub modes: BTreeMap<String, Mode>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mode {
    /// As in `gold_2`. None where the mode has no ranks, or it isn't told.
    pub rank_level: Option<String>,
    pub rating: Option<i32>,
    pub games_count: Option<u32>,
}

impl Profile {
    /// # Errors
    /// If it has no id.
    pub fn parse(value: &Value) -> Result<Self, Malformed> {
        let fields = Fields::of(value, "profile")?;
        // Searches tell the same under another name.
        let modes = fields
            .object("modes")
            .or_else(|| fields.object("leaderboards"));
        Ok(Self {
            profile_id: fields.id("profile_id")?,
            name: fields.text("name").unwrap_or_default(),
            steam_id: fields.get("steam_id").and_then(steam_id),
            country: fields.text("country"),
            modes: modes
                .into_iter()
                .flatten()
                .filter_map(|(name, mode)| Some((name.clone(), Mode::read(mode)?)))
                .collect(),
        })
    }

    /// The profiles that a search or a completion found; those that can't be read are left out.
    ///
    /// # Errors
    /// If there is no list of players.
    pub fn parse_found(value: &Value) -> Result<Vec<Self>, Malformed> {
        let players = Fields::of(value, "reply")?.list("players")?;
        Ok(players
            .iter()
            .filter_map(|player| Self::parse(player).ok())
            .collect())
    }

    /// Whether it is the profile of this Steam account. One whose account isn't told is nobody's.
    pub fn belongs_to(&self, steam_id: &str) -> bool {
        self.steam_id.as_deref() == Some(steam_id)
    }

    /// The rank in what a match of this kind counts for, as in `gold_2`.
    pub fn rank_level(&self, kind: &str) -> Option<&str> {
        let ladder = match kind {
            "rm_1v1" => "rm_solo",
            "rm_2v2" | "rm_3v3" | "rm_4v4" => "rm_team",
            other => other,
        };
        let told = |mode: &str| self.modes.get(mode)?.rank_level.as_deref();
        told(ladder).or_else(|| told(kind))
    }
}

impl Mode {
    fn read(value: &Value) -> Option<Self> {
        let fields = Fields::of(value, "mode").ok()?;
        Some(Self {
            rank_level: fields.text("rank_level"),
            rating: fields.number("rating"),
            games_count: fields.number("games_count"),
        })
    }
}

/// A text everywhere, and a number where somebody reads it as one.
fn steam_id(value: &Value) -> Option<String> {
    value
        .as_u64()
        .map(|id| id.to_string())
        .or_else(|| text(value))
        .filter(|id| !id.is_empty())
}
