//! A made-up world: players, games, and what was played there before anyone looked.
//!
//! All of it follows from the seed alone, so that a second start finds what the first one made. No I/O here.

mod games;
mod history;
pub(crate) mod names;
mod race;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

pub use games::Game;
pub use race::{Move, Race, Track};

/// Who is made up.
pub const PLAYERS: usize = 200;
/// The first so many play most, and are so close to each other that the top 10 keeps moving.
const FAVOURITES: usize = 30;

/// A made-up player.
#[derive(Clone, Debug, PartialEq)]
pub struct Player {
    /// `demo-0001` and so on: how a second start finds the player again.
    pub external_id: String,
    pub screen_name: String,
    /// 0–999.
    pub avatar: i16,
    /// From 0, who is new to games, to 1.
    skill: f64,
}

/// A made-up world.
#[derive(Clone, Debug)]
pub struct World {
    seed: u64,
    players: Vec<Player>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let players = (1..)
            .zip(names::choose(PLAYERS, &mut rng))
            .map(|(number, screen_name)| Player {
                external_id: format!("demo-{number:04}"),
                screen_name,
                avatar: rng.random_range(0..1000),
                skill: if number <= FAVOURITES {
                    rng.random_range(0.9..1.0)
                } else {
                    rng.random_range(0.0..0.85)
                },
            })
            .collect();
        Self { seed, players }
    }

    pub fn players(&self) -> &[Player] {
        &self.players
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_seed_makes_the_same_world_again() {
        assert_eq!(World::new(1).players(), World::new(1).players());
        assert_ne!(World::new(1).players(), World::new(2).players());
    }

    #[test]
    fn names_and_ids_are_unique_and_short_enough() {
        for seed in 0..20 {
            let world = World::new(seed);
            assert_eq!(world.players().len(), PLAYERS);
            let names: HashSet<_> = world
                .players()
                .iter()
                .map(|player| &player.screen_name)
                .collect();
            let ids: HashSet<_> = world
                .players()
                .iter()
                .map(|player| &player.external_id)
                .collect();
            assert_eq!((names.len(), ids.len()), (PLAYERS, PLAYERS));
        }
    }
}
