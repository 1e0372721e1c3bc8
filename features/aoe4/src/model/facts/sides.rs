//! Who sits where, seen from one player.

use serde::{Deserialize, Serialize};

use super::result_word;
use crate::model::game::{Game, GameResult};
use crate::model::summary::Summary;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Side {
    Me,
    Ally,
    Opponent,
}

/// What sort of a match it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Shape {
    /// One against one.
    Duel,
    /// Two sides, of which one has several players.
    Teams,
    /// More than two sides.
    FreeForAll,
    /// Nobody on the other side.
    Alone,
}

/// A player's place in the facts of a match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seat {
    /// What the ids of this player's facts begin with: `me`, `ally.1`, `opponent`, `opponent.2`.
    pub key: String,
    pub side: Side,
    /// Which side of the match, in the order of seats: 0 is the player's own.
    pub team: u32,
    pub profile_id: u64,
    /// A player's own text: for pages, which escape it; never for prompts.
    pub name: String,
    /// As in `holy_roman_empire`.
    pub civilization: String,
    /// `win`, `loss`, or another word of AoE4World's.
    pub result: Option<String>,
}

impl Shape {
    pub fn of(seats: &[Seat]) -> Self {
        let sides = seats
            .iter()
            .map(|seat| seat.team)
            .max()
            .map_or(0, |team| team + 1);
        match (sides, seats.len()) {
            (0 | 1, _) => Self::Alone,
            (2, 2) => Self::Duel,
            (2, _) => Self::Teams,
            _ => Self::FreeForAll,
        }
    }
}

impl Seat {
    /// At the beginning of a sentence.
    pub fn subject(&self) -> String {
        match (self.side, self.number()) {
            (Side::Me, _) => "You".to_owned(),
            (Side::Ally, None) => "Your ally".to_owned(),
            (Side::Ally, Some(number)) => format!("Ally {number}"),
            (Side::Opponent, None) => "Your opponent".to_owned(),
            (Side::Opponent, Some(number)) => format!("Opponent {number}"),
        }
    }

    pub fn id(&self, rest: &str) -> String {
        format!("{}.{rest}", self.key)
    }

    fn number(&self) -> Option<&str> {
        self.key.split_once('.').map(|(_, number)| number)
    }
}

struct Place<'a> {
    profile_id: u64,
    name: &'a str,
    civilization: &'a str,
    result: Option<&'a GameResult>,
    /// Players without one are alone.
    team: Option<i64>,
}

pub fn of_summary(summary: &Summary, profile_id: u64) -> Vec<Seat> {
    let places = summary.players.iter().map(|player| Place {
        profile_id: player.profile_id,
        name: &player.name,
        civilization: &player.civilization,
        result: player.result.as_ref(),
        team: player.team,
    });
    seats(places.collect(), profile_id)
}

pub fn of_game(game: &Game, profile_id: u64) -> Vec<Seat> {
    let places = (0..).zip(&game.teams).flat_map(|(team, players)| {
        players.iter().map(move |player| Place {
            profile_id: player.profile_id,
            name: &player.name,
            civilization: &player.civilization,
            result: player.result.as_ref(),
            team: Some(team),
        })
    });
    seats(places.collect(), profile_id)
}

/// Empty if the player isn't there. Who is told twice sits once.
fn seats(mut places: Vec<Place>, profile_id: u64) -> Vec<Seat> {
    let mut seen = Vec::new();
    places.retain(|place| {
        let new = !seen.contains(&place.profile_id);
        seen.push(place.profile_id);
        new
    });
    let Some(me) = places
        .iter()
        .position(|place| place.profile_id == profile_id)
    else {
        return Vec::new();
    };
    let me = places.remove(me);
    let (allies, opponents): (Vec<Place>, Vec<Place>) = places
        .into_iter()
        .partition(|place| place.team.is_some() && place.team == me.team);

    let mut seats = vec![seat("me".to_owned(), Side::Me, 0, &me)];
    for (number, ally) in (1..).zip(&allies) {
        seats.push(seat(key("ally", number, allies.len()), Side::Ally, 0, ally));
    }
    let mut teams: Vec<Option<i64>> = Vec::new();
    for (number, opponent) in (1..).zip(&opponents) {
        let known = teams
            .iter()
            .position(|team| team.is_some() && *team == opponent.team);
        let team = known.unwrap_or_else(|| {
            teams.push(opponent.team);
            teams.len() - 1
        });
        let team = u32::try_from(team).map_or(u32::MAX, |team| team + 1);
        seats.push(seat(
            key("opponent", number, opponents.len()),
            Side::Opponent,
            team,
            opponent,
        ));
    }
    seats
}

fn key(word: &str, number: usize, of: usize) -> String {
    if of == 1 {
        word.to_owned()
    } else {
        format!("{word}.{number}")
    }
}

fn seat(key: String, side: Side, team: u32, place: &Place) -> Seat {
    Seat {
        key,
        side,
        team,
        profile_id: place.profile_id,
        name: place.name.to_owned(),
        civilization: place.civilization.to_owned(),
        result: result_word(place.result),
    }
}
