//! What a summary shows of one player, counted: who lived when, and how town centres worked. Facts, metrics and plots all
//! stand on these counts, so that they agree.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::summary::{Entry, EntryKind, Player, Summary};
use super::words::{family, is_economic, stem};

/// Seconds that a town centre takes for a villager, without what some civilizations have to make it faster.
pub const VILLAGER_SECONDS: u32 = 20;
/// Villagers after which nobody is blamed for making no more.
pub const ENOUGH_VILLAGERS: usize = 100;
/// Stock before it isn't looked at: what one starts with, and saves for the Feudal Age.
pub const OPENING_SECONDS: u32 = 300;

/// When things of a sort came, and when they went. Both rise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lives {
    pub made: Vec<u32>,
    pub lost: Vec<u32>,
}

/// A unit of any level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    pub name: String,
    pub lives: Lives,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgrade {
    pub stem: String,
    pub at: u32,
    pub economic: bool,
}

/// How town centres worked until there were enough villagers, or the match ended.
///
/// Each villager is taken to have kept one town centre busy for the [`VILLAGER_SECONDS`] before it was finished. What
/// is left of the town centres' time is idle. So it is a lower bound where villagers are made faster (dynasties, some
/// landmarks) or elsewhere, and counts a town centre that was deliberately left alone as idle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Idle {
    /// Seconds of town centres, over all of them.
    pub idle: u32,
    /// All that they had.
    pub available: u32,
    /// The longest time in which none of them worked, and when it began.
    pub longest: u32,
    pub longest_at: u32,
}

/// A player in a summary.
#[derive(Clone, Debug)]
pub struct Sight<'a> {
    pub player: &'a Player,
    /// Game seconds of the match.
    pub length: u32,
    pub villagers: Lives,
    /// Everything that fights.
    pub military: Lives,
    /// What fights, most made first.
    pub families: Vec<Family>,
    pub town_centres: Lives,
    /// In the order of time; ages aren't among them.
    pub upgrades: Vec<Upgrade>,
    /// When the Feudal, Castle and Imperial Age were reached.
    pub ages: [Option<u32>; 3],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Villager,
    Military,
    /// Scouts, monks, traders and the like.
    Support,
}

impl Lives {
    pub fn made_by(&self, at: u32) -> usize {
        self.made.partition_point(|&time| time <= at)
    }

    pub fn lost_by(&self, at: u32) -> usize {
        self.lost.partition_point(|&time| time <= at)
    }

    pub fn alive_at(&self, at: u32) -> usize {
        self.made_by(at).saturating_sub(self.lost_by(at))
    }

    fn add(&mut self, made: &[u32], lost: &[u32]) {
        self.made.extend(made);
        self.lost.extend(lost);
    }

    fn sort(&mut self) {
        self.made.sort_unstable();
        self.lost.sort_unstable();
    }
}

impl<'a> Sight<'a> {
    pub fn of(summary: &Summary, player: &'a Player) -> Self {
        let mut sight = Self {
            player,
            length: summary.length(),
            villagers: Lives::default(),
            military: Lives::default(),
            families: Vec::new(),
            town_centres: Lives::default(),
            upgrades: Vec::new(),
            ages: ages(player),
        };
        let mut families: BTreeMap<&str, Lives> = BTreeMap::new();
        for entry in &player.build_order {
            let stem = stem(&entry.icon);
            match entry.kind {
                EntryKind::Unit => match role(stem) {
                    Role::Villager => sight.villagers.add(&entry.finished, &entry.destroyed),
                    Role::Military => {
                        sight.military.add(&entry.finished, &entry.destroyed);
                        let lives = families.entry(family(stem)).or_default();
                        lives.add(&entry.finished, &entry.destroyed);
                    }
                    Role::Support => {}
                },
                EntryKind::Building if is_town_centre(stem) => {
                    sight.town_centres.add(&entry.constructed, &entry.destroyed);
                }
                EntryKind::Upgrade => sight.upgrades.extend(upgrades(entry, stem)),
                _ => {}
            }
        }
        sight.families = families
            .into_iter()
            .filter(|(_, lives)| !lives.made.is_empty() || !lives.lost.is_empty())
            .map(|(name, mut lives)| {
                lives.sort();
                Family {
                    name: name.to_owned(),
                    lives,
                }
            })
            .collect();
        sight
            .families
            .sort_by_key(|one| std::cmp::Reverse(one.lives.made.len()));
        sight
            .upgrades
            .sort_by(|one, other| (one.at, &one.stem).cmp(&(other.at, &other.stem)));
        sight.villagers.sort();
        sight.military.sort();
        sight.town_centres.sort();
        sight
    }

    pub fn has_build_order(&self) -> bool {
        !self.player.build_order.is_empty()
    }

    /// None if no villager was ever seen.
    pub fn idle(&self) -> Option<Idle> {
        if self.villagers.made.is_empty() {
            return None;
        }
        let enough = self.villagers.made.get(ENOUGH_VILLAGERS - 1).copied();
        Some(idle(
            &self.villagers,
            &self.town_centres,
            enough.unwrap_or(self.length).min(self.length),
        ))
    }

    /// What lay unspent at each sample after the opening.
    pub fn stock(&self) -> impl Iterator<Item = (u32, i64)> + '_ {
        let series = &self.player.series;
        series
            .timestamps
            .iter()
            .enumerate()
            .filter(|&(_, &at)| at >= OPENING_SECONDS)
            .filter_map(|(sample, &at)| Some((at, series.stock.sum(sample)?)))
    }

    /// What comes in a minute, at the last sample until then.
    pub fn income_at(&self, at: u32) -> Option<i64> {
        let series = &self.player.series;
        let sample = series
            .timestamps
            .partition_point(|&time| time <= at)
            .checked_sub(1)?;
        series.per_minute.sum(sample)
    }
}

fn role(stem: &str) -> Role {
    const SUPPORT: [&str; 17] = [
        "scout",
        "monk",
        "prelate",
        "priest",
        "imam",
        "shaman",
        "scholar",
        "official",
        "trader",
        "trade_",
        "fishing",
        "transport",
        "sheep",
        "cattle",
        "pilgrim",
        "ox",
        "explorer",
    ];
    if stem.contains("villager") {
        return Role::Villager;
    }
    let supports = SUPPORT.iter().any(|word| match *word {
        "ox" => stem == "ox",
        // Monks who fight are called otherwise.
        word => stem.contains(word),
    });
    if supports {
        Role::Support
    } else {
        Role::Military
    }
}

/// The capital is spelled otherwise than those that follow.
fn is_town_centre(stem: &str) -> bool {
    stem.starts_with("town_centre") || stem.starts_with("town_center")
}

fn upgrades<'a>(entry: &'a Entry, stem: &'a str) -> impl Iterator<Item = Upgrade> + 'a {
    // Some, as those of the Ottomans' council, are told among the unnamed events only.
    let times = if entry.finished.is_empty() {
        &entry.unnamed
    } else {
        &entry.finished
    };
    times.iter().map(move |&at| Upgrade {
        stem: stem.to_owned(),
        at,
        economic: is_economic(stem),
    })
}

/// By the actions; else by the build order; else by the landmarks.
fn ages(player: &Player) -> [Option<u32>; 3] {
    let age = |action: &str, age: u32| {
        let acted = player
            .actions
            .get(action)
            .and_then(|times| times.first().copied());
        let icon = format!("age_display_persistent_{age}");
        let entered = || {
            let ages = player
                .build_order
                .iter()
                .filter(|entry| entry.kind == EntryKind::Age);
            ages.filter(|entry| stem(&entry.icon) == icon)
                .find_map(|entry| entry.finished.first().copied())
        };
        let landmark = || {
            player
                .landmarks
                .iter()
                .find(|landmark| landmark.new_age == Some(age))
                .map(|landmark| landmark.at)
        };
        acted.or_else(entered).or_else(landmark)
    };
    [
        age("feudalAge", 2),
        age("castleAge", 3),
        age("imperialAge", 4),
    ]
}

fn idle(villagers: &Lives, town_centres: &Lives, until: u32) -> Idle {
    // Each event changes how many town centres there are, or how many are busy, from its time on.
    let mut events: Vec<(u32, i64, i64)> = Vec::new();
    if town_centres.made.is_empty() {
        events.push((0, 1, 0));
    }
    events.extend(town_centres.made.iter().map(|&at| (at, 1, 0)));
    events.extend(town_centres.lost.iter().map(|&at| (at, -1, 0)));
    for &finished in villagers.made.iter().filter(|&&finished| finished > 0) {
        events.push((finished.saturating_sub(VILLAGER_SECONDS), 0, 1));
        events.push((finished, 0, -1));
    }
    events.push((until, 0, 0));
    events.sort_unstable();

    let mut sum = Idle::default();
    let (mut centres, mut busy, mut now, mut still_since) = (0_i64, 0_i64, 0_u32, None);
    for (at, more_centres, more_busy) in events {
        let at = at.min(until);
        let lasted = at - now;
        if lasted > 0 {
            sum.available += span(centres) * lasted;
            sum.idle += span(centres - busy) * lasted;
            let since = *still_since.get_or_insert(now);
            if centres > 0 && busy == 0 {
                if at - since > sum.longest {
                    (sum.longest, sum.longest_at) = (at - since, since);
                }
            } else {
                still_since = None;
            }
        }
        now = at;
        centres += more_centres;
        busy += more_busy;
    }
    sum
}

/// None is less than no town centre. Bounded, so that no sum of a day runs over.
fn span(count: i64) -> u32 {
    u32::try_from(count.clamp(0, 40)).unwrap_or(0)
}
