//! What a player means to do in a match: the same for the same numbers.

use rand::Rng;
use rand::rngs::StdRng;

use crate::aoe4world::civilizations::Civilization;
use crate::aoe4world::units::{Line, Workshop};

/// What a player means to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// From when on they save for the next age.
    pub ages: [u32; 3],
    /// Which of the two landmarks.
    pub landmarks: [usize; 3],
    pub villagers: u32,
    /// When the second and third town center are wanted, if they are.
    pub town_centres: Vec<u32>,
    pub lines: Vec<&'static Line>,
    pub relics: u32,
    /// Seconds between upgrades.
    pub upgrades_every: u32,
    pub next_upgrade: u32,
    /// Segments of palisade.
    pub walls: u32,
    /// How well the land gives.
    pub harvest: f64,
    /// How likely each second is one in which they look at home, in percent.
    pub attention: f64,
    /// What is built besides, and when: the camps first.
    pub buildings: Vec<(u32, &'static str)>,
}

impl Plan {
    pub fn new(civilization: &'static Civilization, skill: f64, rng: &mut StdRng) -> Self {
        let slower = 1.0 - skill;
        let mut about = |seconds: f64, spread: f64| -> u32 {
            (seconds + spread * rng.random_range(-1.0..1.0)).max(0.0) as u32
        };
        let feudal = about(165.0 + 55.0 * slower, 25.0);
        let castle = about(440.0 + 150.0 * slower, 110.0);
        let imperial = about(1150.0 + 250.0 * slower, 150.0);
        let second = about(420.0 + 130.0 * slower, 100.0);
        let third = second + about(260.0, 100.0);
        let villagers = about(75.0 + 35.0 * skill, 10.0);
        let upgrades_every = about(45.0 + 40.0 * slower, 10.0);
        let walls = about(70.0, 70.0);
        let mut buildings = vec![
            (about(35.0, 10.0), "gristmill"),
            (about(70.0, 15.0), "lumber_camp"),
            (about(110.0, 20.0), "gold_mining_camp"),
        ];
        let later: [(&str, f64); 14] = [
            ("lumber_camp", 300.0),
            ("blacksmith", 430.0),
            ("gristmill", 480.0),
            ("outpost", 520.0),
            ("lumber_camp", 640.0),
            ("gold_mining_camp", 700.0),
            ("market", 780.0),
            ("monastery", 820.0),
            ("lumber_camp", 900.0),
            ("palisade_gate", 560.0),
            ("outpost", 1_000.0),
            ("university", 1_150.0),
            ("keep", 1_200.0),
            ("stone_wall_tower", 1_300.0),
        ];
        buildings.extend(later.map(|(name, at)| (about(at + 60.0 * slower, 80.0), name)));
        buildings.sort_unstable();
        let town_centres = match rng.random_range(0..10) {
            0..4 => vec![],
            4..9 => vec![second],
            _ => vec![second, third],
        };
        Self {
            ages: [feudal, castle, imperial],
            landmarks: std::array::from_fn(|_| rng.random_range(0..2)),
            villagers,
            town_centres,
            lines: army(civilization, rng),
            relics: rng.random_range(0..4),
            upgrades_every,
            next_upgrade: 0,
            walls,
            harvest: rng.random_range(0.95..1.05) * if civilization.has_oil { 0.97 } else { 1.0 },
            attention: 25.0 + 55.0 * skill,
            buildings,
        }
    }
}

/// Some of what the civilization has, for each age, and what it has alone.
fn army(civilization: &'static Civilization, rng: &mut StdRng) -> Vec<&'static Line> {
    let mut lines: Vec<&'static Line> = Vec::new();
    for age in 2..=4 {
        let of_age = civilization.lines().filter(|line| line.age == age);
        let wanted = |line: &&'static Line| {
            let alone = line.folder != "common";
            let likely = match line.workshop {
                Workshop::Siege => 0.35,
                _ if alone => 0.9,
                _ => 0.5,
            };
            rng.random_bool(likely)
        };
        lines.extend(of_age.filter(wanted));
    }
    // Nobody goes without any for long.
    if lines.iter().all(|line| line.age > 2) {
        lines.extend(civilization.lines().find(|line| line.age == 2));
    }
    lines
}
