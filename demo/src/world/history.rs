//! What was played before: a few days of it, so that no board is empty and the top is close.

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::Serialize;

use super::{FAVOURITES, Game, World};

/// The days before the world was made in which it was played.
const DAYS: i64 = 5;

/// A line of a score import.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    external_id: &'a str,
    screen_name: &'a str,
    game_id: &'static str,
    score: u64,
    reached_at: Timestamp,
}

impl World {
    /// The plays before `made_at`, oldest first, as the JSON Lines that a score import reads. The same for the
    /// same moment: whoever imports them twice imports them once.
    pub fn history(&self, made_at: Timestamp) -> String {
        // Another stream of numbers than the players' own.
        let mut rng = StdRng::seed_from_u64(self.seed ^ 0x5eed);
        let mut lines = Vec::new();
        for (place, player) in self.players.iter().enumerate() {
            for game in Game::ALL {
                // As many for each favourite: sums begin side by side.
                let plays = if place < FAVOURITES {
                    4
                } else {
                    rng.random_range(0..4)
                };
                for _ in 0..plays {
                    let before = rng.random_range(60_000..DAYS * 24 * 60 * 60 * 1_000);
                    lines.push(Line {
                        external_id: &player.external_id,
                        screen_name: &player.screen_name,
                        game_id: game.id(),
                        score: game.first_play(player.skill, &mut rng),
                        reached_at: made_at
                            .saturating_sub(SignedDuration::from_millis(before))
                            .unwrap_or(made_at),
                    });
                }
            }
        }
        lines.sort_by_key(|line| line.reached_at);
        // Text, numbers and times can always be written.
        lines
            .iter()
            .filter_map(|line| serde_json::to_string(line).ok())
            .map(|line| line + "\n")
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn fills_every_board_the_same_each_time_and_in_order() {
        let made_at: Timestamp = "2026-11-21T08:54:59.123456Z".parse().unwrap();
        let world = World::new(7);
        let history = world.history(made_at);
        assert_eq!(history, World::new(7).history(made_at));
        let lines: Vec<Value> = history
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        for game in Game::ALL {
            let players: HashSet<&str> = lines
                .iter()
                .filter(|line| line["gameId"] == game.id())
                .map(|line| line["externalId"].as_str().unwrap())
                .collect();
            assert!(
                players.len() > 100,
                "{game:?} has {} players",
                players.len()
            );
        }
        let times: Vec<Timestamp> = lines
            .iter()
            .map(|line| line["reachedAt"].as_str().unwrap().parse().unwrap())
            .collect();
        assert!(times.is_sorted());
        assert!(times.iter().all(|time| *time < made_at));
    }
}
