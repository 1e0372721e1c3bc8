//! The made-up world, read as the real one is.

mod matches;
mod routes;
mod summaries;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::*;

/// Within a season, far from both of its ends.
fn now() -> Timestamp {
    "2026-11-29T21:00:00Z".parse().unwrap()
}

fn world() -> AoE4World {
    AoE4World::new(1)
}

fn first(world: &AoE4World, wanted: impl Fn(&Match) -> bool) -> Arc<Match> {
    let mut matches = world.matches(now());
    matches.find(|one| wanted(one)).expect("there is one")
}

fn later(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}
