//! What the calls that one service account may make are enough for. `docs/trackmania-calls.md` tells it in words.

use super::run::RunKind;
use super::search::Mode;
use crate::upstream::POSITIONS;

/// Of what runs may ask, this is for names, tokens, calls that are made twice, and people who come all at once.
const BESIDE: f64 = 0.1;
/// Of its time, a run keeps so many seconds to tell what it didn't get to.
const LAST_WORDS: f64 = 15.0 * 60.0;

/// What may be asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Calls to Nadeo's services.
    pub per_second: f64,
    /// The same to Trackmania Exchange.
    pub exchange_per_second: f64,
    /// Of Nadeo's calls, the part that is left for people who wait, from 0 to 1.
    pub left: f64,
}

/// How maps are looked at, and what happens on them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Way {
    pub mode: Mode,
    /// The part of the maps on which somebody new drove since the run before; for drivers, on which a time that is watched
    /// ranks elsewhere. From 0 to 1.
    pub moved: f64,
}

impl Way {
    /// Calls that a map costs, on the average: one for its leaderboard, or its share of a question for positions and, if it
    /// moved, the leaderboard.
    pub fn calls(self) -> f64 {
        match self.mode {
            Mode::Accurate => 1.0,
            Mode::Fast => 1.0 / POSITIONS as f64 + self.moved,
        }
    }
}

impl Budget {
    /// Distinct maps that a run over driver notifications gets to.
    pub fn watched_maps(self, way: Way) -> u64 {
        whole(seconds(RunKind::DriverChecks) * self.calls_a_second() / way.calls())
    }

    /// Distinct mappers, with so many maps each, whom a run over mapper alerts gets to, though drivers be checked meanwhile:
    /// their maps are listed one after the other, and then looked at.
    pub fn mappers(self, maps_each: f64, way: Way) -> u64 {
        let seconds = seconds(RunKind::MapperAlerts) - LAST_WORDS - seconds(RunKind::DriverChecks);
        let listing = 1.0 / self.exchange_per_second;
        let looking = maps_each * way.calls() / self.calls_a_second();
        whole(seconds / (listing + looking))
    }

    /// What runs make of them.
    fn calls_a_second(self) -> f64 {
        self.per_second * (1.0 - self.left) * (1.0 - BESIDE)
    }
}

fn seconds(kind: RunKind) -> f64 {
    kind.lasts().as_secs_f64()
}

fn whole(number: f64) -> u64 {
    number.max(0.0) as u64
}

#[cfg(test)]
mod tests;
