//! Made-up players, always the same.

use kernel::UserId;
use rand::rngs::StdRng;
use rand::seq::index::sample;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

const FIRST: [&str; 16] = [
    "Silent", "Crimson", "Lucky", "Iron", "Swift", "Frozen", "Golden", "Mighty", "Hidden", "Rapid",
    "Solar", "Noble", "Savage", "Clever", "Shadow", "Royal",
];
const SECOND: [&str; 16] = [
    "Fox", "Rook", "Wolf", "Lancer", "Raven", "Comet", "Tiger", "Pilot", "Archer", "Bear",
    "Knight", "Viper", "Falcon", "Rider", "Monk", "Otter",
];

/// The first of them signed up on 1 January 2024, in milliseconds since the Unix epoch.
const SINCE: u64 = 1_704_067_200_000;

/// Players, in the order in which they signed up.
#[derive(Clone, Debug)]
pub struct Players(Vec<Uuid>);

impl Players {
    pub fn new(count: u64) -> Self {
        let mut random = StdRng::seed_from_u64(1);
        let id = |number: u64| {
            // A player every 40 seconds.
            let bytes: [u8; 10] = random.random();
            uuid::Builder::from_unix_timestamp_millis(SINCE + number * 40_000, &bytes).into_uuid()
        };
        Self((0..count).map(id).collect())
    }

    pub fn all(&self) -> impl Iterator<Item = UserId> {
        self.0.iter().copied().map(UserId::new)
    }

    /// Some players, each at most once, in no order.
    pub fn some(&self, count: usize) -> Vec<UserId> {
        let mut random = StdRng::seed_from_u64(2);
        let places = sample(&mut random, self.0.len(), count.min(self.0.len()));
        places
            .into_iter()
            .map(|place| UserId::new(self.0[place]))
            .collect()
    }

    /// Lines for PostgreSQL's COPY: id, screen name, avatar, when.
    pub fn copy_lines(&self) -> impl Iterator<Item = String> {
        let mut random = StdRng::seed_from_u64(3);
        self.0.iter().map(move |id| {
            let first = FIRST[random.random_range(0..FIRST.len())];
            let second = SECOND[random.random_range(0..SECOND.len())];
            let number = random.random_range(100..10_000);
            format!(
                "{id}\t{first}{second}{number}\t{}\tnow\n",
                random.random_range(0..1000)
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn players_are_always_the_same_and_in_order() {
        let players: Vec<UserId> = Players::new(100).all().collect();
        assert_eq!(players, Players::new(100).all().collect::<Vec<_>>());
        assert!(players.is_sorted());
        let mut some = Players::new(100).some(100);
        some.sort_unstable();
        assert_eq!(some, players);
    }
}
