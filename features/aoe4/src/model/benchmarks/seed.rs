//! What reviews stand on before this server has seen enough matches.
//!
//! These numbers aren't measured. They are estimates of ours, from what the game's mechanics allow (a town center makes a
//! villager each 20 s, so that six villagers become 36 by 10:00 from one that never rests), from the timings that
//! published guides teach (Feudal Age at four to five minutes, Castle Age at about ten to fourteen), and from what is
//! usual between the two. Reviews that use them say so. Each group of [`super::SMALLEST_SAMPLE`] real values takes over.

use super::RankGroup;
use crate::model::metrics::Metric;

/// Mean and spread.
pub fn of(rank: RankGroup, metric: Metric) -> (f64, f64) {
    // Of a player in the middle of the ladder.
    let (mean, spread) = match metric {
        Metric::VillagersAt10 => (36.0, 6.0),
        Metric::IncomeAt10 => (1250.0, 280.0),
        Metric::VillagersLost => (8.0, 8.0),
        Metric::EconomicUpgradesAt10 => (2.5, 1.2),
        Metric::Idle => (15.0, 8.0),
        Metric::StockMinutes => (0.6, 0.25),
        Metric::UnitsPerMinute => (8.0, 2.0),
        Metric::KillShare => (50.0, 16.0),
        Metric::ArmyPerMinute => (5.0, 2.0),
        Metric::ArmyAt15 => (32.0, 14.0),
        Metric::FeudalAt => (290.0, 40.0),
        Metric::CastleAt => (740.0, 150.0),
        Metric::UpgradesPerMinute => (0.65, 0.22),
    };
    // Fights are against one's like, whatever the rank.
    let shift = if metric == Metric::KillShare {
        0.0
    } else {
        shift(rank)
    };
    let better = if metric.about().more_is_better {
        1.0
    } else {
        -1.0
    };
    let shifted: f64 = mean + better * shift * spread;
    (shifted.max(0.0), spread)
}

/// How many spreads a rank group is better than the middle.
fn shift(rank: RankGroup) -> f64 {
    match rank {
        RankGroup::Bronze => -1.0,
        RankGroup::Silver => -0.6,
        RankGroup::Unranked | RankGroup::Gold => -0.2,
        RankGroup::Platinum => 0.2,
        RankGroup::Diamond => 0.6,
        RankGroup::Conqueror => 1.0,
    }
}
