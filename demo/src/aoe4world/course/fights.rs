//! Armies meet every other minute. The stronger lose less; luck, and in the end who is to win, weighs in.

use rand::Rng;
use rand::rngs::StdRng;

use super::realm::{Event, Realm};

/// Before the end, the battle that decides.
const LAST_BATTLE: u32 = 80;
/// Before the end, from when on the losers fall apart until they are behind.
const COLLAPSE: u32 = 34;
/// What armies come by.
const BURN: [&str; 6] = [
    "palisade_wall",
    "outpost",
    "house",
    "lumber_camp",
    "wheat_field",
    "gristmill",
];
/// Below which nobody sets out.
const SMALLEST_ARMY: f64 = 240.0;

pub struct Campaign {
    winner: Option<usize>,
    length: u32,
    next: u32,
    rng: StdRng,
}

impl Campaign {
    pub fn new(winner: Option<usize>, length: u32, mut rng: StdRng) -> Self {
        Self {
            winner,
            length,
            next: rng.random_range(370..500),
            rng,
        }
    }

    pub fn fight(&mut self, realms: &mut [Realm], now: u32) {
        let Some(winner) = self.winner else { return };
        let left = self.length - now;
        if left == LAST_BATTLE {
            self.battle(realms, now, winner, 0.9);
        } else if now >= self.next && left > LAST_BATTLE + 40 {
            self.next = now + self.rng.random_range(75..150);
            let commitment = self.rng.random_range(0.25..0.8);
            self.battle(realms, now, winner, commitment);
        }
        if left <= COLLAPSE {
            self.collapse(realms, now, winner);
        }
    }

    fn battle(&mut self, realms: &mut [Realm], now: u32, winner: usize, commitment: f64) {
        let progress = f64::from(now) / f64::from(self.length.max(1));
        let decides = self.length - now == LAST_BATTLE;
        let powers = [0, 1].map(|team| {
            let side = realms.iter().filter(|realm| realm.team == team);
            let value: f64 = side
                .map(|realm| f64::from(realm.army_value()) * (0.8 + 0.4 * realm.skill))
                .sum();
            let favour = match (team == winner, decides) {
                (false, _) => 1.0,
                (true, true) => 2.2,
                (true, false) => 1.0 + 0.5 * progress,
            };
            value * favour * self.rng.random_range(0.75..1.3)
        });
        let all = powers[0] + powers[1];
        if powers.iter().sum::<f64>() < SMALLEST_ARMY {
            return;
        }
        let fiercely = self.rng.random_range(0.45..0.85);
        for place in 0..realms.len() {
            let team = realms[place].team;
            let share = powers[1 - team.min(1)] / all;
            let losses = (share.powf(1.3) * fiercely * commitment).min(0.95);
            let fallen = self.soldiers_fall(&mut realms[place], now, losses);
            // What stands behind a beaten army is next.
            let beaten = share > 0.6;
            let raided = if beaten {
                self.raid(&mut realms[place], now, share)
            } else {
                0
            };
            self.credit(realms, 1 - team.min(1), fallen + raided);
        }
    }

    fn soldiers_fall(&mut self, realm: &mut Realm, now: u32, losses: f64) -> u32 {
        let mut fallen = 0;
        for place in 0..realm.troops.len() {
            let alive = realm.troops[place].alive;
            let exact = f64::from(alive) * losses;
            let down = (exact + self.rng.random_range(0.0..1.0)) as u32;
            for _ in 0..down.min(alive) {
                fallen += self.falls(realm, now, 24, Event::SoldierFalls(place));
            }
        }
        fallen
    }

    fn raid(&mut self, realm: &mut Realm, now: u32, share: f64) -> u32 {
        let most = (share * 6.0) as u32;
        let wanted = self.rng.random_range(0..=most).min(realm.villagers / 4);
        let mut fallen = 0;
        for _ in 0..wanted {
            fallen += self.falls(realm, now + 6, 28, Event::VillagerFalls);
        }
        if self.rng.random_bool(0.6) {
            self.burn(realm, now + 6, 24);
        }
        fallen
    }

    /// Whoever loses comes to be behind, if they aren't already.
    fn collapse(&mut self, realms: &mut [Realm], now: u32, winner: usize) {
        let score = |realms: &[Realm], won: bool| -> i64 {
            let side = realms.iter().filter(|realm| (realm.team == winner) == won);
            side.map(Realm::score).sum()
        };
        for place in 0..realms.len() {
            if realms[place].team != winner {
                // Nobody finishes a landmark any more.
                realms[place]
                    .agenda
                    .retain(|(_, event)| !matches!(event, Event::Age));
            }
            let behind = score(realms, false) * 100 < score(realms, true) * 88;
            if behind || realms[place].team == winner {
                continue;
            }
            // First those who fight, then those who work, and at last whoever is left: faster, the less time there is.
            let of = 1 + (self.length - now) / 8;
            let mut fallen = 0;
            for troop in 0..realms[place].troops.len() {
                for _ in 0..realms[place].troops[troop].alive.div_ceil(of) {
                    fallen += self.falls(&mut realms[place], now, 0, Event::SoldierFalls(troop));
                }
            }
            if fallen == 0 || of == 1 {
                for _ in 0..realms[place].villagers.div_ceil(1 + of) {
                    fallen += self.falls(&mut realms[place], now, 0, Event::VillagerFalls);
                }
            }
            for _ in of..6 {
                self.burn(&mut realms[place], now, 0);
            }
            self.credit(realms, winner, fallen);
        }
    }

    /// One building, if there is one to burn.
    fn burn(&mut self, realm: &mut Realm, now: u32, within: u32) {
        let first = self.rng.random_range(0..BURN.len());
        for name in BURN.iter().cycle().skip(first).take(BURN.len()) {
            if self.falls(realm, now, within, Event::BuildingFalls(name)) == 1 {
                return;
            }
        }
    }

    /// Some seconds later; 1 if it comes to that.
    fn falls(&mut self, realm: &mut Realm, now: u32, within: u32, event: Event) -> u32 {
        let at = now + 1 + self.rng.random_range(0..=within);
        if at > self.length || !realm.can_fall(event) {
            return 0;
        }
        realm.then(at, event);
        1
    }

    fn credit(&mut self, realms: &mut [Realm], team: usize, kills: u32) {
        let those: Vec<usize> = (0..realms.len())
            .filter(|&place| realms[place].team == team)
            .collect();
        for _ in 0..kills {
            if let Some(&place) = those.get(self.rng.random_range(0..those.len().max(1))) {
                realms[place].kills += 1;
            }
        }
    }
}

impl Realm {
    /// Whether somebody is there who isn't going to fall already. Somebody always lives to surrender.
    fn can_fall(&self, event: Event) -> bool {
        let doomed = self
            .agenda
            .iter()
            .filter(|(_, other)| match (event, other) {
                (Event::SoldierFalls(one), Event::SoldierFalls(other)) => one == *other,
                (Event::VillagerFalls, Event::VillagerFalls) => true,
                (Event::BuildingFalls(one), Event::BuildingFalls(other)) => one == *other,
                _ => false,
            });
        let doomed = doomed.count();
        match event {
            Event::SoldierFalls(place) => doomed < self.troops[place].alive as usize,
            Event::VillagerFalls => doomed + 3 < self.villagers as usize,
            Event::BuildingFalls(name) => {
                let (_, standing) = self.record.count(&super::record::building(name));
                doomed + 1 < standing
            }
            _ => false,
        }
    }
}
