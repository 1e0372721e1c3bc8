//! One player's side of a match: what is there, what it came from, and the record of it.

use rand::Rng;
use rand::rngs::StdRng;

use super::plan::Plan;
use super::record;
use super::record::{Landmark, Record, ThingKind};
use super::samples::Samples;
use crate::aoe4world::civilizations::Civilization;
use crate::aoe4world::summary::camel_case;
use crate::aoe4world::units::{Line, Price, Upgrade, Workshop};

pub const RESOURCES: [&str; 5] = ["food", "gold", "stone", "wood", "oliveoil"];

/// Of each of [`RESOURCES`], in thousandths.
pub type Amounts = [i64; 5];

/// What one gatherer brings in a second, before anything makes it faster.
const GATHERED_A_SECOND: f64 = 545.0;
const AT_FIRST: Amounts = [200_000, 100_000, 0, 150_000, 0];
/// For which there is room at first.
const ROOM: u32 = 10;
const VILLAGERS: u32 = 6;

/// Those of one line who are alive.
#[derive(Clone, Debug)]
pub struct Troop {
    pub line: &'static Line,
    pub level: u8,
    pub alive: u32,
    /// Paid for, and not there yet.
    pub coming: u32,
}

/// What will be.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    Villager,
    House,
    TownCentre,
    Workshop(Workshop),
    /// Any other, by its icon.
    Building(&'static str),
    Soldier(usize),
    Monk,
    Age,
    Upgrade(&'static Upgrade),
    Level(usize),
    SoldierFalls(usize),
    VillagerFalls,
    BuildingFalls(&'static str),
}

#[derive(Debug)]
pub struct Realm {
    pub civilization: &'static Civilization,
    pub team: usize,
    /// From 0 to 1.
    pub skill: f64,
    pub stock: Amounts,
    pub gathered: Amounts,
    pub spent: Amounts,
    pub record: Record,
    pub samples: Samples,
    pub kills: u32,
    pub made: u32,
    pub lost: u32,
    pub villagers: u32,
    pub troops: Vec<Troop>,
    pub(super) plan: Plan,
    pub(super) rng: StdRng,
    pub(super) age: u8,
    pub(super) is_ageing: bool,
    /// For the next age.
    pub(super) is_saving: bool,
    pub(super) room: u32,
    /// On their way, by what they need room for.
    pub(super) villagers_coming: u32,
    pub(super) houses_coming: u32,
    pub(super) monks: u32,
    /// When each is free again.
    pub(super) town_centres: Vec<u32>,
    pub(super) workshops: Vec<(Workshop, u32)>,
    pub(super) upgrades: Vec<&'static str>,
    pub(super) agenda: Vec<(u32, Event)>,
    /// Prices of what stands and of what is known, by which the score goes.
    pub(super) eco_value: i64,
    pub(super) known_value: i64,
    economic_upgrades: u32,
}

impl Realm {
    pub fn new(
        civilization: &'static Civilization,
        team: usize,
        skill: f64,
        mut rng: StdRng,
    ) -> Self {
        let plan = Plan::new(civilization, skill, &mut rng);
        let mut realm = Self {
            civilization,
            team,
            skill,
            stock: AT_FIRST,
            gathered: [0; 5],
            spent: [0; 5],
            record: Record::default(),
            samples: Samples::default(),
            kills: 0,
            made: 0,
            lost: 0,
            villagers: VILLAGERS,
            troops: Vec::new(),
            plan,
            rng,
            age: 1,
            is_ageing: false,
            is_saving: false,
            room: ROOM,
            villagers_coming: 0,
            houses_coming: 0,
            monks: 0,
            town_centres: vec![0],
            workshops: Vec::new(),
            upgrades: Vec::new(),
            agenda: Vec::new(),
            eco_value: 0,
            known_value: 0,
            economic_upgrades: 0,
        };
        realm.record.landmarks.push(Landmark {
            name: "Capital Town Center",
            at: 0,
            age: 1,
        });
        realm
            .record
            .made(ThingKind::Unit, "icons/races/common/units/scout", 0);
        for _ in 0..VILLAGERS {
            realm
                .record
                .made(ThingKind::Unit, &realm.villager_icon(), 0);
        }
        for _ in 0..5 {
            realm
                .record
                .made(ThingKind::Animal, "icons/gaia/animals/sheep", 0);
        }
        realm.record.made(
            ThingKind::Building,
            &record::building("town_centre_capitol"),
            0,
        );
        realm.made += VILLAGERS + 1;
        realm
    }

    /// A second: what was ordered comes, villagers gather, and orders are given.
    pub fn live(&mut self, now: u32) {
        for event in self.due(now) {
            self.happen(event, now);
        }
        if now > 0 {
            self.gather();
        }
        self.give_orders(now);
    }

    pub fn population(&self) -> u32 {
        let soldiers: u32 = self.troops.iter().map(|troop| troop.alive).sum();
        self.villagers + soldiers + self.monks
    }

    pub(super) fn is_affordable(&self, price: Price) -> bool {
        let parts = price.parts().into_iter().zip(self.stock);
        parts
            .into_iter()
            .all(|(part, there)| i64::from(part) * 1000 <= there)
    }

    /// Pays, if it can be paid.
    pub(super) fn pay(&mut self, price: Price) -> bool {
        if !self.is_affordable(price) {
            return false;
        }
        for (resource, part) in price.parts().into_iter().enumerate() {
            self.stock[resource] -= i64::from(part) * 1000;
            self.spent[resource] += i64::from(part) * 1000;
        }
        true
    }

    pub(super) fn then(&mut self, at: u32, event: Event) {
        self.agenda.push((at, event));
    }

    fn due(&mut self, now: u32) -> Vec<Event> {
        let due = |&mut (at, _): &mut (u32, Event)| at <= now;
        self.agenda
            .extract_if(.., due)
            .map(|(_, event)| event)
            .collect()
    }

    fn gather(&mut self) {
        let shares = self.shares();
        let all: f64 = shares.iter().sum();
        let faster = 1.0 + 0.05 * f64::from(self.economic_upgrades);
        let each = GATHERED_A_SECOND * (0.88 + 0.24 * self.skill) * faster * self.plan.harvest;
        for (resource, share) in shares.into_iter().enumerate() {
            let amount = (f64::from(self.villagers) * each * share / all) as i64;
            self.stock[resource] += amount;
            self.gathered[resource] += amount;
        }
    }

    fn happen(&mut self, event: Event, now: u32) {
        match event {
            Event::Villager => {
                self.villagers_coming -= 1;
                self.villagers += 1;
                self.made += 1;
                self.record
                    .made(ThingKind::Unit, &self.villager_icon(), now);
            }
            Event::House => {
                self.houses_coming -= 1;
                self.room += 10;
                self.build("house", value_of("house"), now);
            }
            Event::TownCentre => {
                self.room += 10;
                self.town_centres.push(now);
                self.build("town_center", 700, now);
            }
            Event::Workshop(workshop) => {
                self.workshops.push((workshop, now));
                self.build(workshop.icon(), 150, now);
            }
            Event::Building(name) => self.build(name, value_of(name), now),
            Event::Soldier(troop) => {
                let troop = &mut self.troops[troop];
                troop.coming -= 1;
                troop.alive += 1;
                let icon = troop.line.icon(troop.level);
                self.made += 1;
                self.record.made(ThingKind::Unit, &icon, now);
            }
            Event::Monk => self.ordain(now),
            Event::Age => self.enter_age(now),
            Event::Upgrade(upgrade) => {
                let cost = i64::from(upgrade.price.sum());
                self.economic_upgrades += u32::from(upgrade.economic);
                self.know(upgrade.stem, upgrade.action, cost, now);
            }
            Event::Level(troop) => {
                let troop = &mut self.troops[troop];
                troop.level += 1;
                let (family, level) = (troop.line.family, troop.level);
                let action = format!("upgradeUnit{}{level}", camel_case(&format!("_{family}")));
                self.know(&format!("{family}_{level}"), &action, 150, now);
            }
            Event::SoldierFalls(troop) => {
                let troop = &mut self.troops[troop];
                troop.alive -= 1;
                let icon = troop.line.icon(troop.level);
                self.lost += 1;
                self.record.lost(ThingKind::Unit, &icon, now);
            }
            Event::VillagerFalls => {
                self.villagers -= 1;
                self.lost += 1;
                self.record
                    .lost(ThingKind::Unit, &self.villager_icon(), now);
            }
            Event::BuildingFalls(name) => {
                self.eco_value -= value_of(name);
                let icon = record::building(name);
                self.record.lost(ThingKind::Building, &icon, now);
            }
        }
    }

    fn build(&mut self, name: &str, value: i64, now: u32) {
        self.eco_value += value;
        self.record
            .made(ThingKind::Building, &record::building(name), now);
    }

    fn know(&mut self, stem: &str, action: &str, value: i64, now: u32) {
        self.known_value += value;
        self.record.acted(action, now);
        self.record.made(
            ThingKind::Upgrade,
            &format!("icons/races/common/upgrades/{stem}"),
            now,
        );
    }

    /// Monks bring relics home.
    fn ordain(&mut self, now: u32) {
        self.monks += 1;
        self.made += 1;
        self.record
            .made(ThingKind::Unit, "icons/races/common/units/monk", now);
        if self.monks <= self.plan.relics {
            self.record.acted("pickupRelic", now + 40);
            self.record.acted("monkStatetreeDepositRelic", now + 85);
        }
    }

    fn enter_age(&mut self, now: u32) {
        self.is_ageing = false;
        let from = usize::from(self.age) - 1;
        self.age += 1;
        let name = self.civilization.landmarks[from][self.plan.landmarks[from]];
        self.record
            .acted(["feudalAge", "castleAge", "imperialAge"][from], now);
        let age = self.age;
        self.record.landmarks.push(Landmark { name, at: now, age });
        let stem: String = name.to_lowercase().replace(' ', "_").replace('\'', "");
        let folder = self.civilization.folder;
        let icon = format!(
            "icons/races/{folder}/buildings/landmark_age{}_{stem}",
            age - 1
        );
        self.record.made(ThingKind::Building, &icon, now);
        self.record.made(
            ThingKind::Age,
            &format!("icons/hud/age/age_display_persistent_{age}"),
            now,
        );
        // Some civilizations' ages have an era of their own, for which AoE4World has no word.
        if folder == "chinese" {
            self.record.made(
                ThingKind::Unknown,
                &format!("icons/races/chinese/dynasties/dynasty_{age}"),
                now,
            );
        }
    }

    fn villager_icon(&self) -> String {
        let folder = match self.civilization.villager {
            "villager" => "common",
            _ => self.civilization.folder,
        };
        format!("icons/races/{folder}/units/{}", self.civilization.villager)
    }

    /// By chance, so often of a hundred times.
    pub(super) fn chance(&mut self, percent: f64) -> bool {
        self.rng.random_bool((percent / 100.0).clamp(0.0, 1.0))
    }
}

/// What the score counts for a building.
fn value_of(building: &str) -> i64 {
    match building {
        "palisade_wall" => 5,
        "house" => 50,
        _ => 75,
    }
}
