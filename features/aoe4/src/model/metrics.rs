//! The numbers by which players are compared: of each player in each summary at most one value of each metric.
//!
//! | category | metric | better | weight | what it is |
//! |---|---|---|---|---|
//! | economy | `villagersAt10` | more | 3 | villagers alive at 10:00 |
//! | economy | `incomeAt10` | more | 3 | resources gathered a minute at 10:00 |
//! | economy | `villagersLost` | less | 1 | villagers lost, in percent of all made |
//! | economy | `economicUpgradesAt10` | more | 1 | economic upgrades researched by 10:00 |
//! | macro | `idle` | less | 3 | town centers' idle time in percent, see [`super::sight::Idle`] |
//! | macro | `stockMinutes` | less | 2 | mean stock after 5:00, in minutes of the mean income then |
//! | macro | `unitsPerMinute` | more | 2 | villagers and military units made a minute |
//! | military | `killShare` | more | 3 | units killed, in percent of killed and lost; from 10 on |
//! | military | `armyPerMinute` | more | 2 | military units made a minute after 5:00 |
//! | military | `armyAt15` | more | 1 | military units alive at 15:00 |
//! | technology | `feudalAt` | less | 2 | seconds until the Feudal Age |
//! | technology | `castleAt` | less | 2 | seconds until the Castle Age |
//! | technology | `upgradesPerMinute` | more | 2 | upgrades researched a minute |
//!
//! What a match was too short for, or a summary doesn't tell, has no value and weighs nothing.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::sight::{OPENING_SECONDS, Sight};
use super::summary::Summary;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Metric {
    VillagersAt10,
    IncomeAt10,
    VillagersLost,
    EconomicUpgradesAt10,
    Idle,
    StockMinutes,
    UnitsPerMinute,
    KillShare,
    ArmyPerMinute,
    ArmyAt15,
    FeudalAt,
    CastleAt,
    UpgradesPerMinute,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Category {
    Economy,
    Military,
    Technology,
    Macro,
}

/// What is fixed about a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct About {
    /// Its word in stores and answers.
    pub word: &'static str,
    pub category: Category,
    pub weight: f64,
    pub more_is_better: bool,
    /// Facts that show it.
    pub facts: &'static [&'static str],
}

impl Metric {
    pub const ALL: [Self; 13] = [
        Self::VillagersAt10,
        Self::IncomeAt10,
        Self::VillagersLost,
        Self::EconomicUpgradesAt10,
        Self::Idle,
        Self::StockMinutes,
        Self::UnitsPerMinute,
        Self::KillShare,
        Self::ArmyPerMinute,
        Self::ArmyAt15,
        Self::FeudalAt,
        Self::CastleAt,
        Self::UpgradesPerMinute,
    ];

    pub fn find(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|metric| metric.about().word == word)
    }

    pub fn about(self) -> About {
        use Category::{Economy, Macro, Military, Technology};
        let about = |word, category, weight, more_is_better, facts| About {
            word,
            category,
            weight,
            more_is_better,
            facts,
        };
        match self {
            Self::VillagersAt10 => {
                about("villagersAt10", Economy, 3.0, true, &["me.villagers.600"])
            }
            Self::IncomeAt10 => about("incomeAt10", Economy, 3.0, true, &["me.income.600"]),
            Self::VillagersLost => about("villagersLost", Economy, 1.0, false, &["me.villagers"]),
            Self::EconomicUpgradesAt10 => {
                about("economicUpgradesAt10", Economy, 1.0, true, &["me.upgrades"])
            }
            Self::Idle => about("idle", Macro, 3.0, false, &["me.idle"]),
            Self::StockMinutes => about("stockMinutes", Macro, 2.0, false, &["me.float"]),
            Self::UnitsPerMinute => about(
                "unitsPerMinute",
                Macro,
                2.0,
                true,
                &["me.villagers", "me.army"],
            ),
            Self::KillShare => about("killShare", Military, 3.0, true, &["me.army"]),
            Self::ArmyPerMinute => about("armyPerMinute", Military, 2.0, true, &["me.army"]),
            Self::ArmyAt15 => about("armyAt15", Military, 1.0, true, &["me.military.900"]),
            Self::FeudalAt => about("feudalAt", Technology, 2.0, false, &["me.age.feudal"]),
            Self::CastleAt => about("castleAt", Technology, 2.0, false, &["me.age.castle"]),
            Self::UpgradesPerMinute => {
                about("upgradesPerMinute", Technology, 2.0, true, &["me.upgrades"])
            }
        }
    }
}

impl Category {
    pub const ALL: [Self; 4] = [Self::Economy, Self::Military, Self::Technology, Self::Macro];
}

/// One player's values in one match.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics(BTreeMap<Metric, f64>);

impl Metrics {
    /// Nothing of a player who isn't in the summary.
    pub fn of(summary: &Summary, profile_id: u64) -> Self {
        summary
            .player(profile_id)
            .map(|player| Self::seen(&Sight::of(summary, player)))
            .unwrap_or_default()
    }

    pub fn get(&self, metric: Metric) -> Option<f64> {
        self.0.get(&metric).copied()
    }

    pub fn iter(&self) -> impl Iterator<Item = (Metric, f64)> + '_ {
        self.0.iter().map(|(metric, value)| (*metric, *value))
    }

    fn seen(sight: &Sight) -> Self {
        let values = Metric::ALL
            .into_iter()
            .filter_map(|metric| Some((metric, value(metric, sight)?)));
        Self(values.filter(|(_, value)| value.is_finite()).collect())
    }
}

/// Below which percentages of fights are chance.
const FEWEST_IN_FIGHTS: f64 = 10.0;

fn value(metric: Metric, sight: &Sight) -> Option<f64> {
    let lasted = |seconds: u32| (sight.length >= seconds).then_some(());
    let made = || sight.has_build_order().then_some(());
    match metric {
        Metric::VillagersAt10 => {
            lasted(600).and(some(!sight.villagers.made.is_empty()))?;
            Some(number(sight.villagers.alive_at(600)))
        }
        Metric::IncomeAt10 => {
            lasted(600)?;
            Some(amount(sight.income_at(600)?))
        }
        Metric::VillagersLost => {
            let (made, lost) = (sight.villagers.made.len(), sight.villagers.lost.len());
            (made > 0).then(|| number(lost) * 100.0 / number(made))
        }
        Metric::EconomicUpgradesAt10 => {
            lasted(600).and(made())?;
            let by_then = sight
                .upgrades
                .iter()
                .filter(|one| one.economic && one.at <= 600);
            Some(number(by_then.count()))
        }
        Metric::Idle => {
            let idle = sight
                .idle()
                .filter(|idle| idle.available >= OPENING_SECONDS)?;
            Some(f64::from(idle.idle) * 100.0 / f64::from(idle.available))
        }
        Metric::StockMinutes => stock_minutes(sight),
        Metric::UnitsPerMinute => {
            lasted(OPENING_SECONDS).and(made())?;
            let units = sight.villagers.made.len() + sight.military.made.len();
            Some(number(units) / minutes(sight.length))
        }
        Metric::KillShare => {
            made()?;
            let kills = amount(sight.player.stat("sqkill"));
            let lost = number(sight.military.lost.len());
            (kills + lost >= FEWEST_IN_FIGHTS).then(|| kills * 100.0 / (kills + lost))
        }
        Metric::ArmyPerMinute => {
            lasted(OPENING_SECONDS + 180).and(made())?;
            let later = sight.military.made.len() - sight.military.made_by(OPENING_SECONDS);
            Some(number(later) / minutes(sight.length - OPENING_SECONDS))
        }
        Metric::ArmyAt15 => {
            lasted(900).and(made())?;
            Some(number(sight.military.alive_at(900)))
        }
        Metric::FeudalAt => sight.ages[0].map(f64::from),
        Metric::CastleAt => sight.ages[1].map(f64::from),
        Metric::UpgradesPerMinute => {
            lasted(600).and(made())?;
            Some(number(sight.upgrades.len()) / minutes(sight.length))
        }
    }
}

/// How long all that lay about would have taken to gather: grows less with the length of a match than the stock itself.
fn stock_minutes(sight: &Sight) -> Option<f64> {
    let (mut stock, mut income, mut samples) = (0, 0, 0_usize);
    for (at, sum) in sight.stock() {
        stock += sum;
        income += sight.income_at(at)?;
        samples += 1;
    }
    (samples >= 6 && income > 0).then(|| amount(stock.max(0)) / amount(income))
}

fn some(there: bool) -> Option<()> {
    there.then_some(())
}

fn minutes(seconds: u32) -> f64 {
    f64::from(seconds) / 60.0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts are bounded by the summary's parser"
)]
fn number(count: usize) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "amounts are bounded by the summary's parser"
)]
fn amount(amount: i64) -> f64 {
    amount as f64
}
