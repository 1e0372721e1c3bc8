//! Values beside what is usual, in words.

use crate::model::benchmarks::{Benchmark, Group, RankGroup};
use crate::model::facts::{Facts, Shape};
use crate::model::metrics::Metric;
use crate::model::scoring::{Assessment, Compared};
use crate::model::words::{civilization, clock};

/// Seconds that make a difference between ages.
const AGE_GAP: f64 = 20.0;

/// The value as a sentence without its full stop.
fn value(metric: Metric, value: f64) -> String {
    match metric {
        Metric::VillagersAt10 => format!("You had {value:.0} villagers at 10:00"),
        Metric::IncomeAt10 => format!("You gathered {value:.0} resources a minute at 10:00"),
        Metric::VillagersLost => format!("You lost {value:.0} % of your villagers"),
        Metric::EconomicUpgradesAt10 => {
            let upgrades = if value.round() == 1.0 {
                "upgrade"
            } else {
                "upgrades"
            };
            format!("You had {value:.0} economic {upgrades} by 10:00")
        }
        Metric::Idle => format!("Your town centers were idle for {value:.0} % of their time"),
        Metric::StockMinutes => format!("What lay unspent was {value:.1} minutes of your income"),
        Metric::UnitsPerMinute => format!("You made {value:.1} units a minute"),
        Metric::KillShare => {
            format!("Of the units that fell on either side, {value:.0} % were theirs")
        }
        Metric::ArmyPerMinute => format!("You made {value:.1} military units a minute after 5:00"),
        Metric::ArmyAt15 => format!("You had {value:.0} military units at 15:00"),
        Metric::FeudalAt => format!("You reached the Feudal Age at {}", seconds(value)),
        Metric::CastleAt => format!("You reached the Castle Age at {}", seconds(value)),
        Metric::UpgradesPerMinute => format!("You researched {value:.2} upgrades a minute"),
    }
}

/// The number alone, for what is usual.
fn usual(metric: Metric, value: f64) -> String {
    match metric {
        Metric::VillagersAt10 | Metric::IncomeAt10 | Metric::ArmyAt15 => format!("{value:.0}"),
        Metric::VillagersLost | Metric::Idle | Metric::KillShare => format!("{value:.0} %"),
        Metric::EconomicUpgradesAt10
        | Metric::StockMinutes
        | Metric::UnitsPerMinute
        | Metric::ArmyPerMinute => format!("{value:.1}"),
        Metric::FeudalAt | Metric::CastleAt => seconds(value),
        Metric::UpgradesPerMinute => format!("{value:.2}"),
    }
}

/// Whom it is compared with.
pub fn group(benchmark: &Benchmark) -> String {
    let players = |rank: RankGroup| match rank {
        RankGroup::Unranked => "unranked players".to_owned(),
        rank => format!("{} players", civilization(rank.as_str())),
    };
    match &benchmark.group {
        Group::RankAndCivilization {
            rank,
            civilization: of,
        } => {
            format!("{} of {}", players(*rank), civilization(of))
        }
        Group::Rank { rank } => players(*rank),
        Group::Civilization { civilization: of } => format!("players of {}", civilization(of)),
        Group::Everybody => "all players seen here".to_owned(),
        Group::Seed { rank } => format!("{}, by our estimate", players(*rank)),
    }
}

pub fn better(compared: &Compared) -> String {
    let (metric, benchmark) = (compared.metric, &compared.benchmark);
    let praise = if compared.better >= 1.0 {
        "clearly better than"
    } else {
        "better than"
    };
    format!(
        "{}: {praise} the {} of {}.",
        value(metric, compared.value),
        usual(metric, benchmark.mean),
        group(benchmark)
    )
}

/// "You had …, where … is usual for …."
pub fn worse(compared: &Compared) -> String {
    let (metric, benchmark) = (compared.metric, &compared.benchmark);
    format!(
        "{}, where {} is usual for {}.",
        value(metric, compared.value),
        usual(metric, benchmark.mean),
        group(benchmark)
    )
}

/// When nothing else was better than usual, being earlier than the opponent is something.
pub fn first_to_age(facts: &Facts) -> Option<String> {
    if facts.shape != Shape::Duel {
        return None;
    }
    ["feudal", "castle", "imperial"]
        .into_iter()
        .find_map(|age| {
            let at = |who: &str| facts.number(&format!("{who}.age.{age}"), "seconds");
            let gap = at("opponent")? - at("me")?;
            let name = civilization(age);
            (gap >= AGE_GAP)
                .then(|| format!("You reached the {name} Age {gap:.0} s before your opponent."))
        })
}

/// With whom was compared, and how many values there are of them, once for each group.
pub fn groups(assessment: &Assessment) -> Vec<String> {
    let mut seen: Vec<(String, u64, usize)> = Vec::new();
    for compared in &assessment.compared {
        let name = group(&compared.benchmark);
        match seen.iter_mut().find(|(known, ..)| *known == name) {
            Some((_, sample, times)) => {
                *sample = (*sample).min(compared.benchmark.sample);
                *times += 1;
            }
            None => seen.push((name, compared.benchmark.sample, 1)),
        }
    }
    seen.into_iter()
        .map(|(name, sample, times)| {
            let of = if times == 1 { "1 number".to_owned() } else { format!("{times} numbers") };
            match sample {
                0 => format!(
                    "{of} compared with {name}, since too few matches were seen here so far: not measured, and to be taken with a grain of salt."
                ),
                _ => format!("{of} compared with {name}: at least {sample} matches that were seen here."),
            }
        })
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times of a match are within a day"
)]
fn seconds(value: f64) -> String {
    clock(value.round().clamp(0.0, 86_400.0) as u32)
}
