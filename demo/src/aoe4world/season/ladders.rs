//! Ratings: Elo by kind of match, and the ladders' points, which follow it.

use rand::Rng;
use rand::rngs::StdRng;

use super::super::players::Player;
use super::{Kind, PLACEMENTS, Seat};

/// Points of Elo that a match is about.
const STAKE: f64 = 32.0;

pub struct Ladders {
    /// By the size of a side, then by player.
    elo: Vec<Vec<i32>>,
    /// Of `rm_solo` and `rm_team`, by player.
    points: [Vec<i32>; 2],
    played: [Vec<u32>; 2],
}

/// How likely the first wins.
pub fn expected(strength: f64, other: f64) -> f64 {
    1.0 / (1.0 + 10_f64.powf((other - strength) / 400.0))
}

impl Ladders {
    pub fn new(players: &[Player], rng: &mut StdRng) -> Self {
        let mut settled = || -> Vec<i32> {
            let around = |player: &Player| player.strength() + rng.random_range(-60.0..60.0);
            players.iter().map(around).map(rounded).collect()
        };
        let elo: Vec<Vec<i32>> = (0..4).map(|_| settled()).collect();
        Self {
            // Nobody has less than nothing.
            points: [&elo[0], &elo[1]].map(|elo| elo.iter().map(|&elo| elo.max(0)).collect()),
            played: [vec![0; players.len()], vec![0; players.len()]],
            elo,
        }
    }

    /// The seats of a match, and what it does to the ladders.
    pub fn play(
        &mut self,
        kind: Kind,
        teams: [&[usize]; 2],
        winner: usize,
        mut civilization: impl FnMut(usize) -> (&'static str, bool),
    ) -> Vec<Vec<Seat>> {
        let a_side = teams[0].len().clamp(1, 4);
        let ladder = usize::from(kind != Kind::Ranked(1));
        let [first, second] = teams.map(|team| {
            let sum: i32 = team
                .iter()
                .map(|&player| self.elo[a_side - 1][player])
                .sum();
            f64::from(sum) / f64::from(u32::try_from(team.len()).unwrap_or(1).max(1))
        });
        let surprise = match winner {
            0 => 1.0 - expected(first, second),
            _ => 1.0 - expected(second, first),
        };
        let moved = rounded(STAKE * surprise).max(1);
        let seats = (0..).zip(teams).map(|(team, players)| {
            let change = if team == winner { moved } else { -moved };
            let seat = |&player: &usize| {
                let (civilization, randomized) = civilization(player);
                let placed = self.played[ladder][player] >= PLACEMENTS;
                let points = self.points[ladder][player];
                // Points are won a little more easily than Elo.
                let gained = (change + 3).max(-points);
                let elo = self.elo[a_side - 1][player];
                self.elo[a_side - 1][player] += change;
                self.points[ladder][player] += gained;
                self.played[ladder][player] += 1;
                Seat {
                    player,
                    civilization,
                    randomized,
                    rating: placed.then_some(points),
                    rating_diff: placed.then_some(gained),
                    mmr: Some(elo),
                    mmr_diff: Some(change),
                }
            };
            players.iter().map(seat).collect()
        });
        seats.collect()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "points are a few thousands at the most"
)]
fn rounded(points: f64) -> i32 {
    points.round() as i32
}
