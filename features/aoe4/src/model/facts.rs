//! What can be said of a match, each with the numbers that it stands on: the only thing that coaches may speak of.
//!
//! Ids are stable: the same match gives the same facts under the same ids. They begin with whom they are of (`me`,
//! `opponent`, or `ally.1`, `opponent.2` where there are several) or with what they are of (`match`, `lead`, `swing`,
//! `battle`), and end with what tells several apart, often their game second. Texts name nobody: players are "you", "your
//! opponent" and the like, so that no name can steer whoever reads them.

mod army;
mod economy;
mod fights;
mod from_game;
mod score;
mod sides;
mod technology;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::game::{Game, GameResult};
use super::sight::Sight;
use super::summary::Summary;
use super::words::{clock, plain};

pub use sides::{Seat, Shape, Side};

/// Something that was so, and the numbers that it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fact {
    /// As in `me.age.feudal`.
    pub id: String,
    /// Game seconds, for what has its moment.
    pub at: Option<u32>,
    pub numbers: BTreeMap<String, f64>,
    /// One sentence in English.
    pub text: String,
}

/// All facts of a match, from the view of one player.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    pub game_id: u64,
    /// In plain words.
    pub map: String,
    pub kind: String,
    /// Game seconds that were played, if it is known.
    pub length: Option<u32>,
    pub shape: Shape,
    /// Whether it wasn't over when it was looked at.
    pub running: bool,
    /// Whether there was a summary to look into.
    pub from_summary: bool,
    /// The player first, then allies, then opponents. Empty if the player wasn't in it.
    pub seats: Vec<Seat>,
    pub facts: Vec<Fact>,
    /// What could not be seen, each the end of "It could not be seen …".
    pub unseen: Vec<String>,
}

impl Fact {
    pub(crate) fn new(id: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            at: None,
            numbers: BTreeMap::new(),
            text: text.into(),
        }
    }

    pub(crate) fn at(mut self, seconds: u32) -> Self {
        self.at = Some(seconds);
        self
    }

    pub(crate) fn number(mut self, name: &str, value: impl Into<f64>) -> Self {
        self.numbers.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn count(self, name: &str, count: usize) -> Self {
        let bounded = u32::try_from(count).unwrap_or(u32::MAX);
        self.number(name, bounded)
    }

    /// Amounts of summaries are whole and far within what is exact.
    #[expect(
        clippy::cast_precision_loss,
        reason = "amounts are bounded by the summary's parser"
    )]
    pub(crate) fn amount(self, name: &str, amount: i64) -> Self {
        self.number(name, amount as f64)
    }
}

impl Facts {
    /// From a whole summary. Of a player who isn't in it, nothing is seen.
    pub fn of(summary: &Summary, profile_id: u64) -> Self {
        let seats = sides::of_summary(summary, profile_id);
        let mut facts = Self {
            game_id: summary.game_id,
            map: plain(&summary.map),
            kind: plain_kind(&summary.kind),
            length: Some(summary.length()),
            shape: Shape::of(&seats),
            running: false,
            from_summary: true,
            seats,
            facts: Vec::new(),
            unseen: Vec::new(),
        };
        if facts.seats.is_empty() {
            facts
                .unseen
                .push("what you did, since you are not in the match's summary".to_owned());
            return facts;
        }
        facts.tell_match(summary.win_reason.as_deref());
        facts.facts.push(from_game::civilizations(&facts));
        let sights: Vec<Sight> = facts
            .seats
            .iter()
            .filter_map(|seat| summary.player(seat.profile_id))
            .map(|player| Sight::of(summary, player))
            .collect();
        for (seat, sight) in facts.seats.clone().iter().zip(&sights) {
            facts.tell_player(seat, sight);
        }
        facts.facts.extend(fights::facts(&facts.seats, &sights));
        let score = score::Course::of(&facts.seats, &sights);
        facts.facts.extend(score.facts(facts.shape));
        facts.tell_unseen(&sights);
        // What is told twice, as some upgrades are, counts when it was told first.
        let mut ids = HashSet::new();
        facts.facts.retain(|fact| ids.insert(fact.id.clone()));
        facts
    }

    /// From what lists tell of a match, when there is no summary.
    pub fn without_summary(game: &Game, profile_id: u64) -> Self {
        from_game::facts(game, profile_id)
    }

    /// Adds what only the match itself tells: ratings.
    #[must_use]
    pub fn and_game(mut self, game: &Game) -> Self {
        if let Some(me) = self.me().map(|me| me.profile_id) {
            self.facts.extend(from_game::ratings(game, me));
        }
        self.running |= game.is_running();
        self
    }

    pub fn get(&self, id: &str) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.id == id)
    }

    /// A number of a fact, if both are there.
    pub fn number(&self, id: &str, name: &str) -> Option<f64> {
        self.get(id)?.numbers.get(name).copied()
    }

    /// Those whose id begins so.
    pub fn starting<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Fact> {
        self.facts
            .iter()
            .filter(move |fact| fact.id.starts_with(prefix))
    }

    pub fn me(&self) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.side == Side::Me)
    }

    pub fn opponents(&self) -> impl Iterator<Item = &Seat> {
        self.seats.iter().filter(|seat| seat.side == Side::Opponent)
    }

    fn tell_match(&mut self, reason: Option<&str>) {
        let length = self.length.unwrap_or(0);
        let outcome = match self.me().and_then(|me| me.result.as_deref()) {
            Some("win") => "You won",
            Some("loss") => "You lost",
            _ => "The match ended",
        };
        let reason = reason
            .map(|reason| plain(reason).to_lowercase())
            .filter(|reason| !reason.is_empty())
            .map(|reason| format!(" by {reason}"))
            .unwrap_or_default();
        let text = format!(
            "{outcome}{reason} after {}, on {}.",
            clock(length),
            self.map
        );
        self.facts.push(
            Fact::new("match.result", text)
                .at(length)
                .number("seconds", length),
        );
    }

    fn tell_player(&mut self, seat: &Seat, sight: &Sight) {
        // Of eight players, everything about each would hide what matters.
        let closely = seat.side == Side::Me || self.shape == Shape::Duel;
        self.facts.extend(technology::facts(seat, sight, closely));
        self.facts.extend(economy::facts(seat, sight, closely));
        self.facts.extend(army::facts(seat, sight, closely));
    }

    fn tell_unseen(&mut self, sights: &[Sight]) {
        let Some(me) = sights.first() else { return };
        let mut missing = |what: &str| self.unseen.push(what.to_owned());
        if !me.has_build_order() {
            missing("what you made and when");
        }
        if me.player.series.stock.sum(0).is_none() {
            missing("what resources you had over time");
        }
        if me.player.series.total.is_empty() {
            missing("how the score went");
        }
        if self.shape == Shape::Alone {
            missing("how you compare to an opponent, since there was none");
        }
    }
}

/// Kinds are shown as they are, as long as they are words.
fn plain_kind(kind: &str) -> String {
    kind.chars()
        .filter(|character| character.is_ascii_alphanumeric() || *character == '_')
        .take(40)
        .collect()
}

/// The words of AoE4World.
fn result_word(result: Option<&GameResult>) -> Option<String> {
    result.map(|result| plain(result.as_str()))
}

/// Game seconds at which counts are told: each five minutes, as far as the match went.
fn marks(length: u32) -> impl Iterator<Item = u32> {
    (300..=length.min(3600)).step_by(300)
}
