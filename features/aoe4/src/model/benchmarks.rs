//! What is usual: of every metric its mean and spread among players of a rank group and a civilization, from the matches
//! that this server has seen, and a table to begin with.
//!
//! Where a group is too small to say what is usual, a wider one is taken: rank group and civilization, rank group,
//! civilization, everybody; below that, the table. Whoever compares says which it was, and how large.

mod seed;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::metrics::Metric;

/// Values below which a group says nothing: the mean of 30 is off by less than a fifth of the spread, mostly.
pub const SMALLEST_SAMPLE: u64 = 30;

/// Ranks without their divisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RankGroup {
    Unranked,
    Bronze,
    Silver,
    Gold,
    Platinum,
    Diamond,
    Conqueror,
}

/// Count, mean and the sum of squared distances from it, merged without the values (Welford; Chan, Golub and LeVeque).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    pub count: u64,
    pub mean: f64,
    pub m2: f64,
}

/// Whom a benchmark is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Group {
    RankAndCivilization {
        rank: RankGroup,
        civilization: String,
    },
    Rank {
        rank: RankGroup,
    },
    Civilization {
        civilization: String,
    },
    Everybody,
    /// Our own estimate, until there are matches.
    Seed {
        rank: RankGroup,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Benchmark {
    pub mean: f64,
    /// Standard deviation, never zero.
    pub spread: f64,
    /// Values that it is of; none if it is an estimate.
    pub sample: u64,
    pub group: Group,
}

/// All that is known, in each width.
#[derive(Clone, Debug, Default)]
pub struct Benchmarks {
    exact: HashMap<(RankGroup, String, Metric), Tally>,
    ranks: HashMap<(RankGroup, Metric), Tally>,
    civilizations: HashMap<(String, Metric), Tally>,
    everybody: HashMap<Metric, Tally>,
}

impl RankGroup {
    pub const ALL: [Self; 7] = [
        Self::Unranked,
        Self::Bronze,
        Self::Silver,
        Self::Gold,
        Self::Platinum,
        Self::Diamond,
        Self::Conqueror,
    ];

    /// Of a rank level, as in `gold_2`. What isn't known is unranked.
    pub fn of_level(level: Option<&str>) -> Self {
        let name = level.map_or("", |level| level.split('_').next().unwrap_or(level));
        Self::ALL
            .into_iter()
            .find(|group| group.as_str() == name)
            .unwrap_or(Self::Unranked)
    }

    /// Of the points of a ranked ladder, `rm_solo` or `rm_team`, by the game's own bounds; not of Elo.
    pub fn of_rating(rating: Option<i32>) -> Self {
        match rating {
            None => Self::Unranked,
            Some(..500) => Self::Bronze,
            Some(500..700) => Self::Silver,
            Some(700..1000) => Self::Gold,
            Some(1000..1200) => Self::Platinum,
            Some(1200..1400) => Self::Diamond,
            Some(1400..) => Self::Conqueror,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unranked => "unranked",
            Self::Bronze => "bronze",
            Self::Silver => "silver",
            Self::Gold => "gold",
            Self::Platinum => "platinum",
            Self::Diamond => "diamond",
            Self::Conqueror => "conqueror",
        }
    }
}

impl Tally {
    pub fn of(value: f64) -> Self {
        Self {
            count: 1,
            mean: value,
            m2: 0.0,
        }
    }

    pub fn add(&mut self, value: f64) {
        self.merge(&Self::of(value));
    }

    /// As if all values of both had been added to one.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of matches are far below 2^53"
    )]
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        let (own, theirs) = (self.count as f64, other.count as f64);
        let all = own + theirs;
        let distance = other.mean - self.mean;
        self.mean += distance * theirs / all;
        self.m2 += other.m2 + distance * distance * own * theirs / all;
        self.count += other.count;
    }

    /// Standard deviation of the population that this is a sample of. Zero of fewer than two.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of matches are far below 2^53"
    )]
    pub fn spread(&self) -> f64 {
        if self.count < 2 {
            return 0.0;
        }
        (self.m2 / (self.count - 1) as f64).max(0.0).sqrt()
    }
}

impl Benchmarks {
    /// Nothing but the table.
    pub fn seed() -> Self {
        Self::default()
    }

    /// Adds what a group of one rank and civilization has shown. What is no number is passed over.
    pub fn add(&mut self, rank: RankGroup, civilization: &str, metric: Metric, tally: &Tally) {
        if !(tally.mean.is_finite() && tally.m2.is_finite()) {
            return;
        }
        let name = || civilization.to_owned();
        self.exact
            .entry((rank, name(), metric))
            .or_default()
            .merge(tally);
        self.ranks.entry((rank, metric)).or_default().merge(tally);
        self.civilizations
            .entry((name(), metric))
            .or_default()
            .merge(tally);
        self.everybody.entry(metric).or_default().merge(tally);
    }

    /// The narrowest group that is large enough.
    pub fn choose(&self, rank: RankGroup, civilization: &str, metric: Metric) -> Benchmark {
        let name = || civilization.to_owned();
        let enough = |tally: Option<&Tally>, group: Group| {
            tally
                .filter(|tally| tally.count >= SMALLEST_SAMPLE)
                .map(|tally| Benchmark::new(metric, tally.mean, tally.spread(), tally.count, group))
        };
        let exact = Group::RankAndCivilization {
            rank,
            civilization: name(),
        };
        enough(self.exact.get(&(rank, name(), metric)), exact)
            .or_else(|| enough(self.ranks.get(&(rank, metric)), Group::Rank { rank }))
            .or_else(|| {
                let group = Group::Civilization {
                    civilization: name(),
                };
                enough(self.civilizations.get(&(name(), metric)), group)
            })
            .or_else(|| enough(self.everybody.get(&metric), Group::Everybody))
            .unwrap_or_else(|| {
                let (mean, spread) = seed::of(rank, metric);
                Benchmark::new(metric, mean, spread, 0, Group::Seed { rank })
            })
    }
}

impl Benchmark {
    /// A group that happens to agree would make any difference endless: no spread is smaller than a quarter of the
    /// table's.
    fn new(metric: Metric, mean: f64, spread: f64, sample: u64, group: Group) -> Self {
        let (_, usual) = seed::of(RankGroup::Gold, metric);
        Self {
            mean,
            spread: spread.max(usual / 4.0),
            sample,
            group,
        }
    }
}
