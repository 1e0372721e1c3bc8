//! What a player wants, and orders: by skill sooner or later, and never without paying for it.

use rand::Rng;

use super::realm::{Event, Realm, Troop};
use crate::aoe4world::units::{Line, Price, UPGRADES, Upgrade, WITHOUT, Workshop};

const VILLAGER: Price = Price::of(50, 0, 0);
const TOWN_CENTRE: Price = Price {
    stone: 300,
    wood: 400,
    ..WITHOUT
};
const MONK: Price = Price::of(0, 100, 0);
const AGES: [Price; 3] = [
    Price::of(400, 200, 0),
    Price::of(1200, 600, 0),
    Price::of(2400, 1200, 0),
];
/// How many there may be of a player.
const MOST: u32 = 200;

impl Realm {
    pub(super) fn give_orders(&mut self, now: u32) {
        self.raise_villagers(now);
        if !self.chance(self.plan.attention) {
            return;
        }
        self.build_houses(now);
        self.found_town_centres(now);
        self.is_saving = self.age_up(now);
        // Wood isn't what ages cost.
        self.build_others(now);
        if self.age >= 2 {
            self.build_workshops(now);
        }
        if self.age >= 2 && !self.is_saving {
            self.research(now);
            self.train(now);
            self.ordain_monks(now);
        }
    }

    /// How gatherers are spread: by what the age needs, and away from what lies about.
    pub(super) fn shares(&self) -> [f64; 5] {
        let stone = if self.wants_stone() { 0.14 } else { 0.0 };
        let oil = if self.civilization.has_oil && self.age >= 2 {
            0.08
        } else {
            0.0
        };
        let [food, gold, wood] = match self.age {
            2.. if self.is_saving => return [0.58, 0.32, stone / 2.0, 0.1, oil],
            1 if self.gathered[0] < 150_000 => [0.85, 0.0, 0.15],
            1 => [0.66, 0.2, 0.14],
            2 => [0.46, 0.22, 0.32],
            3 => [0.44, 0.3, 0.26],
            _ => [0.42, 0.34, 0.24],
        };
        let mut shares = [food, gold, stone, wood, oil];
        for (share, stock) in shares.iter_mut().zip(self.stock) {
            let much = (stock / 1000).clamp(0, 4_000) as f64;
            *share /= 1.0 + (0.3 + 0.7 * self.skill) * much / 300.0;
        }
        shares
    }

    fn wants_stone(&self) -> bool {
        let built = self.town_centres.len() - 1;
        self.age >= 2 && built < self.plan.town_centres.len() && self.stock[2] < 300_000
    }

    fn raise_villagers(&mut self, now: u32) {
        let seconds = self.civilization.villager_seconds;
        for place in 0..self.town_centres.len() {
            let enough = self.villagers + self.villagers_coming >= self.plan.villagers;
            if enough || !self.has_room() || self.town_centres[place] > now || !self.pay(VILLAGER) {
                continue;
            }
            // Whoever looks elsewhere finds an idle town center when they come back.
            let away = self.chance(5.0 + 20.0 * (1.0 - self.skill));
            let longest = 8 + (45.0 * (1.0 - self.skill)) as u32;
            let lapse = if away {
                self.rng.random_range(2..longest)
            } else {
                0
            };
            self.town_centres[place] = now + seconds + lapse;
            self.villagers_coming += 1;
            self.then(now + seconds, Event::Villager);
        }
    }

    fn has_room(&self) -> bool {
        let coming: u32 = self.troops.iter().map(|troop| troop.coming).sum();
        self.population() + self.villagers_coming + coming < self.room.min(MOST)
    }

    fn build_houses(&mut self, now: u32) {
        let coming: u32 = self.troops.iter().map(|troop| troop.coming).sum();
        let ahead = 4 + 3 * u32::from(self.age);
        let wanted = self.population() + self.villagers_coming + coming + ahead;
        let there = self.room + 10 * self.houses_coming;
        if there < wanted.min(MOST) && self.houses_coming < 3 && self.pay(Price::of(0, 0, 50)) {
            self.houses_coming += 1;
            self.then(now + 18, Event::House);
        }
    }

    fn found_town_centres(&mut self, now: u32) {
        let built = self.town_centres.len() - 1;
        let under_way = self
            .agenda
            .iter()
            .any(|(_, event)| matches!(event, Event::TownCentre));
        let wanted = self
            .plan
            .town_centres
            .get(built)
            .is_some_and(|&at| at <= now);
        if self.age >= 2 && wanted && !under_way && self.pay(TOWN_CENTRE) {
            self.then(now + 60, Event::TownCentre);
        }
    }

    /// Whether food and gold have to be left alone for it.
    fn age_up(&mut self, now: u32) -> bool {
        let next = usize::from(self.age) - 1;
        let (Some(&wanted), Some(&price)) = (self.plan.ages.get(next), AGES.get(next)) else {
            return false;
        };
        if self.is_ageing || now < wanted {
            return false;
        }
        if self.pay(price) {
            self.is_ageing = true;
            let seconds = [85, 100, 120][next] + (25.0 * (1.0 - self.skill)) as u32;
            self.then(now + seconds, Event::Age);
            return false;
        }
        // Whoever is attacked meanwhile defends themselves again after a while.
        now < wanted + 200
    }

    fn build_others(&mut self, now: u32) {
        if let Some(&(at, name)) = self.plan.buildings.first()
            && at <= now
            && self.pay(Price::of(0, 0, if now < 200 { 50 } else { 90 }))
        {
            self.plan.buildings.remove(0);
            self.then(now + 25, Event::Building(name));
        }
        // Food comes from farms once what the land gave is gone.
        let farms = self.count("wheat_field");
        let farmers = (f64::from(self.villagers) * 0.42) as usize;
        if now > 280 && farms + 9 < farmers && self.chance(30.0) && self.pay(Price::of(0, 0, 75)) {
            self.then(now + 12, Event::Building("wheat_field"));
        }
        if self.age >= 2 && self.plan.walls > 0 && now > 380 && self.chance(20.0) {
            let stretch = self.rng.random_range(1..6).min(self.plan.walls);
            if self.pay(Price::of(0, 0, 5 * stretch)) {
                self.plan.walls -= stretch;
                for segment in 0..stretch {
                    self.then(now + 8 + 3 * segment, Event::Building("palisade_wall"));
                }
            }
        }
    }

    fn research(&mut self, now: u32) {
        if now < self.plan.next_upgrade {
            return;
        }
        let known = |stem: &str| self.upgrades.contains(&stem);
        let mut open: Vec<&'static Upgrade> = UPGRADES
            .iter()
            .filter(|one| one.age <= self.age && !known(one.stem))
            .filter(|one| leads_to(one.stem).is_none_or(|before| known(&before)))
            .collect();
        // Gathering first, mostly.
        open.sort_by_key(|one| (!one.economic, one.age));
        let levels = (0..self.troops.len()).filter(|&place| {
            let Troop {
                line, level, alive, ..
            } = self.troops[place];
            line.levelled && level < self.age && alive >= 5
        });
        let level = levels.min_by_key(|&place| self.troops[place].level);
        let due = now + self.plan.upgrades_every;
        let under_way = self
            .agenda
            .iter()
            .any(|(_, event)| matches!(event, Event::Level(_)));
        if let Some(place) = level
            && !under_way
            && self.chance(35.0)
        {
            if self.pay(Price::of(100, 50, 0)) {
                self.plan.next_upgrade = due;
                self.then(now + 40, Event::Level(place));
            }
            return;
        }
        let choices = open.len().min(4);
        if choices == 0 {
            return;
        }
        let chosen = open[self.rng.random_range(0..choices)];
        if self.pay(chosen.price) {
            self.plan.next_upgrade = due;
            self.upgrades.push(chosen.stem);
            self.then(now + 35, Event::Upgrade(chosen));
        }
    }

    fn build_workshops(&mut self, now: u32) {
        let coming = self
            .agenda
            .iter()
            .filter(|(_, event)| matches!(event, Event::Workshop(_)));
        let built = self.workshops.len() + coming.count();
        let affordable = 1 + (f64::from(self.villagers) * (0.6 + 0.4 * self.skill) / 7.0) as usize;
        if built >= affordable.min(18) {
            return;
        }
        let lines = self.plan.lines.iter().filter(|line| line.age <= self.age);
        let kinds: Vec<Workshop> = lines.map(|line| line.workshop).collect();
        if kinds.is_empty() || !self.pay(Price::of(0, 0, 150)) {
            return;
        }
        let workshop = kinds[self.rng.random_range(0..kinds.len())];
        self.then(now + 30, Event::Workshop(workshop));
    }

    fn train(&mut self, now: u32) {
        for place in 0..self.workshops.len() {
            let (workshop, free_at) = self.workshops[place];
            if free_at > now || !self.has_room() {
                continue;
            }
            let lines = self.plan.lines.iter().copied();
            let lines: Vec<&'static Line> = lines
                .filter(|line| line.workshop == workshop && line.age <= self.age)
                .filter(|line| self.is_affordable(line.price))
                .collect();
            if lines.is_empty() {
                continue;
            }
            let line = lines[self.rng.random_range(0..lines.len())];
            self.pay(line.price);
            let troop = self.troop(line);
            self.troops[troop].coming += 1;
            self.workshops[place].1 = now + line.seconds;
            self.then(now + line.seconds, Event::Soldier(troop));
        }
    }

    fn ordain_monks(&mut self, now: u32) {
        let coming = self
            .agenda
            .iter()
            .filter(|(_, event)| matches!(event, Event::Monk));
        let monks = self.monks as usize + coming.count();
        if self.age >= 3 && monks < self.plan.relics as usize && self.chance(4.0) && self.pay(MONK)
        {
            self.then(now + 40, Event::Monk);
        }
    }

    fn troop(&mut self, line: &'static Line) -> usize {
        let known = self.troops.iter().position(|troop| troop.line == line);
        known.unwrap_or_else(|| {
            self.troops.push(Troop {
                line,
                level: line.age,
                alive: 0,
                coming: 0,
            });
            self.troops.len() - 1
        })
    }

    fn count(&self, name: &str) -> usize {
        let (there, _) = self.record.count(&super::record::building(name));
        let coming = self
            .agenda
            .iter()
            .filter(|(_, event)| matches!(event, Event::Building(one) if *one == name));
        there + coming.count()
    }
}

/// What has to be known before.
fn leads_to(stem: &str) -> Option<String> {
    let (name, level) = stem.rsplit_once('_')?;
    let level: u8 = level.parse().ok()?;
    (level > 1).then(|| format!("{name}_{}", level - 1))
}
