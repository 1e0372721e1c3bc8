//! Who plays what next. Favourites hunt those just ahead of them, sometimes in streaks; in between, anybody plays.
//!
//! Nobody plays more often than a server allows a person to, and the race only knows what it was told: it goes by
//! the scores that the server answers, whatever else happens on the boards.

use std::collections::VecDeque;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use super::{FAVOURITES, Game, World};

/// Plays of one player within [`WINDOW`]: below what a server allows by default, 10.
const MOST_PLAYS: usize = 8;
const WINDOW: Duration = Duration::from_secs(60);
/// Plays in a row, at the most.
const LONGEST_STREAK: u32 = 4;

/// Where plays are thought up, in turn, so that no board rests for long. Bests move less often than sums, and so
/// have more turns.
const TURNS: [Track; 6] = [
    Track::Global,
    Track::Of(Game::SkyRacer),
    Track::Of(Game::TowerOfTea),
    Track::Of(Game::CastleSiege),
    Track::Of(Game::SkyRacer),
    Track::Of(Game::TowerOfTea),
];

/// A board that is raced on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Track {
    /// Every game adds up here.
    Global,
    Of(Game),
}

/// Somebody's next play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// The player's place in [`World::players`].
    pub player: usize,
    pub game: Game,
    pub value: u64,
}

#[derive(Clone, Debug)]
struct Racer {
    skill: f64,
    /// By track, in the order of [`Track::ALL`].
    scores: [Option<u64>; 4],
    /// When the latest plays were, counted from the race's start.
    plays: VecDeque<Duration>,
    rests_until: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Streak {
    player: usize,
    game: Game,
    length: u32,
}

/// The race.
#[derive(Debug)]
pub struct Race {
    rng: StdRng,
    racers: Vec<Racer>,
    streak: Option<Streak>,
    /// The next of [`TURNS`].
    turn: usize,
}

impl Track {
    pub const ALL: [Self; 4] = [
        Self::Global,
        Self::Of(Game::CastleSiege),
        Self::Of(Game::SkyRacer),
        Self::Of(Game::TowerOfTea),
    ];

    /// The board's id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Of(game) => game.id(),
        }
    }

    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|track| track.id() == id)
    }

    fn index(self) -> usize {
        match self {
            Self::Global => 0,
            Self::Of(Game::CastleSiege) => 1,
            Self::Of(Game::SkyRacer) => 2,
            Self::Of(Game::TowerOfTea) => 3,
        }
    }

    fn is_ascending(self) -> bool {
        matches!(self, Self::Of(game) if game.is_ascending())
    }
}

impl Race {
    /// `seed` says how it goes, not who is in it.
    pub fn new(world: &World, seed: u64) -> Self {
        let racers = world
            .players()
            .iter()
            .map(|player| Racer {
                skill: player.skill,
                scores: [None; 4],
                plays: VecDeque::with_capacity(MOST_PLAYS),
                rests_until: Duration::ZERO,
            })
            .collect();
        Self {
            rng: StdRng::seed_from_u64(seed),
            racers,
            streak: None,
            turn: 0,
        }
    }

    /// A player has this score.
    pub fn learn(&mut self, track: Track, player: usize, score: u64) {
        if let Some(racer) = self.racers.get_mut(player) {
            racer.scores[track.index()] = Some(score);
        }
    }

    /// A player was told to slow down.
    pub fn rest(&mut self, player: usize, until: Duration) {
        if let Some(racer) = self.racers.get_mut(player) {
            racer.rests_until = until;
        }
        self.streak = None;
    }

    /// Who plays next, `now` after the race's start. [`None`] when everybody who was thought of rests.
    pub fn next(&mut self, now: Duration) -> Option<Move> {
        let (player, game, prey) = self.continue_streak(now).or_else(|| self.choose(now))?;
        self.streak = Some(match self.streak {
            Some(streak) if (streak.player, streak.game) == (player, game) => Streak {
                length: streak.length + 1,
                ..streak
            },
            _ => Streak {
                player,
                game,
                length: 1,
            },
        });
        let racer = &mut self.racers[player];
        racer.plays.push_back(now);
        let own = racer.scores[Track::Of(game).index()];
        let value = match own {
            None => game.first_play(racer.skill, &mut self.rng),
            Some(own) => game.next_play(racer.skill, own, prey, &mut self.rng),
        };
        Some(Move {
            player,
            game,
            value,
        })
    }

    /// How long until the next play: four to five of them a second.
    pub fn pause(&mut self) -> Duration {
        Duration::from_millis(self.rng.random_range(140..300))
    }

    fn continue_streak(&mut self, now: Duration) -> Option<(usize, Game, Option<u64>)> {
        let streak = self.streak?;
        let goes_on = streak.length < LONGEST_STREAK && self.rng.random_bool(0.25);
        if !goes_on || !self.is_free(streak.player, now) {
            return None;
        }
        let track = Track::Of(streak.game);
        let order = self.order(track);
        let place = order.iter().position(|player| *player == streak.player)?;
        Some((streak.player, streak.game, self.prey(track, &order, place)))
    }

    fn choose(&mut self, now: Duration) -> Option<(usize, Game, Option<u64>)> {
        const TRIES: usize = 16;
        for _ in 0..TRIES {
            let track = TURNS[self.turn];
            self.turn = (self.turn + 1) % TURNS.len();
            let game = match track {
                Track::Of(game) => game,
                Track::Global => *Game::ALL.choose(&mut self.rng)?,
            };
            let order = self.order(track);
            // Mostly one of the top who isn't first, so that the top moves; then whoever would like to be there.
            let place = match self.rng.random_range(0..100) {
                0..46 => self.rng.random_range(1..10),
                46..68 => self.rng.random_range(10..20),
                68..72 => 0,
                _ => self.rng.random_range(0..order.len()),
            };
            let player = *order.get(place)?;
            if self.is_free(player, now) {
                // On `global` a game's own score is hunted all the same: every play counts there.
                let track = Track::Of(game);
                let order = self.order(track);
                let place = order.iter().position(|other| *other == player)?;
                return Some((player, game, self.prey(track, &order, place)));
            }
        }
        None
    }

    /// Everybody from first to last; those without a score come last.
    fn order(&self, track: Track) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.racers.len()).collect();
        order.sort_by_key(|player| match self.racers[*player].scores[track.index()] {
            None => u64::MAX,
            Some(score) if track.is_ascending() => score,
            Some(score) => u64::MAX - 1 - score,
        });
        order
    }

    /// The score of somebody one or two places ahead. Only those near the top hunt: the others play for fun.
    fn prey(&mut self, track: Track, order: &[usize], place: usize) -> Option<u64> {
        if place >= FAVOURITES {
            return None;
        }
        let ahead = place.saturating_sub(self.rng.random_range(1..=2));
        let prey = *order.get(ahead)?;
        self.racers[prey].scores[track.index()]
    }

    fn is_free(&mut self, player: usize, now: Duration) -> bool {
        let Some(racer) = self.racers.get_mut(player) else {
            return false;
        };
        while racer.plays.front().is_some_and(|at| *at + WINDOW <= now) {
            racer.plays.pop_front();
        }
        racer.plays.len() < MOST_PLAYS && racer.rests_until <= now
    }
}

#[cfg(test)]
mod tests;
