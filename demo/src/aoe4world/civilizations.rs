//! What the made-up players play: civilizations with their landmarks and units, by the names that the game's files have.

use super::units::{COMMON, GILDED, Line, Price, WITHOUT};

/// Of which nobody has heard, as of those that come with the game's next expansion.
pub const UNHEARD_OF: &str = "lantern_league";

#[derive(Debug)]
pub struct Civilization {
    pub slug: &'static str,
    /// The game's own name for it, which isn't always the slug.
    pub attribute: &'static str,
    /// Of its icons.
    pub folder: &'static str,
    /// Two to choose from on the way to the Feudal, the Castle and the Imperial Age.
    pub landmarks: [[&'static str; 2]; 3],
    /// What everybody has, and what it has alone.
    pub lines: [&'static [Line]; 2],
    pub villager: &'static str,
    pub villager_seconds: u32,
    pub has_oil: bool,
}

impl Civilization {
    pub fn lines(&self) -> impl Iterator<Item = &'static Line> {
        self.lines.into_iter().flatten()
    }
}

/// Civilizations that aren't here have the units that everybody has.
pub fn find(slug: &str) -> &'static Civilization {
    ALL.iter().find(|one| one.slug == slug).unwrap_or(&UNKNOWN)
}

const PLAIN: Civilization = Civilization {
    slug: "",
    attribute: "",
    folder: "common",
    landmarks: [[""; 2]; 3],
    lines: [&COMMON, &[]],
    villager: "villager",
    villager_seconds: 20,
    has_oil: false,
};

const UNKNOWN: Civilization = Civilization {
    slug: UNHEARD_OF,
    attribute: "lantern",
    landmarks: [
        ["Hall of Wicks", "Tallow Yard"],
        ["House of Mirrors", "Amber Tower"],
        ["Court of Embers", "Great Lamp"],
    ],
    ..PLAIN
};

pub static ALL: [Civilization; 13] = [
    Civilization {
        slug: "english",
        attribute: "english",
        folder: "english",
        landmarks: [
            ["Council Hall", "Abbey of Kings"],
            ["King's Palace", "The White Tower"],
            ["Berkshire Palace", "Wynguard Palace"],
        ],
        lines: [
            &COMMON,
            &[Line::range("longbowman", 2, Price::of(40, 0, 50)).of("english")],
        ],
        ..PLAIN
    },
    Civilization {
        slug: "french",
        attribute: "french",
        folder: "french",
        landmarks: FRENCH_LANDMARKS,
        lines: [
            &COMMON,
            &[Line::stable("royal_knight", 2, Price::of(140, 100, 0)).of("french")],
        ],
        ..PLAIN
    },
    Civilization {
        slug: "jeanne_darc",
        attribute: "french_ha_01",
        folder: "jeanne_darc",
        landmarks: FRENCH_LANDMARKS,
        lines: [
            &COMMON,
            &[Line::stable("royal_knight", 2, Price::of(140, 100, 0)).of("french")],
        ],
        ..PLAIN
    },
    Civilization {
        slug: "holy_roman_empire",
        attribute: "hre",
        folder: "hre",
        landmarks: HRE_LANDMARKS,
        lines: [
            &COMMON,
            &[Line::barracks("landsknecht", 3, Price::of(60, 60, 0)).of("hre")],
        ],
        ..PLAIN
    },
    Civilization {
        slug: "order_of_the_dragon",
        attribute: "hre_ha_01",
        folder: "hre_historic",
        landmarks: HRE_LANDMARKS,
        lines: [&GILDED, &[]],
        villager: "gilded_villager",
        villager_seconds: 23,
        ..PLAIN
    },
    Civilization {
        slug: "chinese",
        attribute: "chinese",
        folder: "chinese",
        landmarks: [
            ["Imperial Academy", "Barbican of the Sun"],
            ["Astronomical Clocktower", "Imperial Palace"],
            ["Great Wall Gatehouse", "Spirit Way"],
        ],
        lines: [
            &COMMON,
            &[Line::range("repeater_crossbowman", 2, Price::of(45, 0, 60)).of("chinese")],
        ],
        ..PLAIN
    },
    Civilization {
        slug: "delhi_sultanate",
        attribute: "sultanate",
        folder: "sultanate",
        landmarks: [
            ["Tower of Victory", "Dome of the Faith"],
            ["Compound of the Defender", "House of Learning"],
            ["Hisar Academy", "Palace of the Sultan"],
        ],
        lines: [
            &COMMON,
            &[Line::stable("ghazi_rider", 2, Price::of(100, 40, 0)).of("sultanate")],
        ],
        ..PLAIN
    },
    Civilization {
        slug: "mongols",
        attribute: "mongol",
        folder: "mongol",
        landmarks: [
            ["Deer Stones", "The Silver Tree"],
            ["Kurultai", "The Steppe Redoubt"],
            ["Khaganate Palace", "The White Stupa"],
        ],
        lines: [
            &COMMON,
            &[Line::stable("keshik", 2, Price::of(140, 60, 0)).of("mongol")],
        ],
        ..PLAIN
    },
    Civilization {
        slug: "rus",
        attribute: "rus",
        folder: "rus",
        landmarks: [
            ["The Golden Gate", "Kremlin"],
            ["Abbey of the Trinity", "High Trade House"],
            ["High Armory", "Spasskaya Tower"],
        ],
        lines: [
            &COMMON,
            &[Line::range("horse_archer", 3, Price::of(40, 0, 80)).of("rus")],
        ],
        ..PLAIN
    },
    Civilization {
        slug: "malians",
        attribute: "malian",
        folder: "malian",
        landmarks: [
            ["Mansa Quarry", "Saharan Trade Network"],
            ["Farimba Garrison", "Grand Fulani Corral"],
            ["Fort of the Huntress", "Griot Bara"],
        ],
        lines: [
            &COMMON,
            &[Line::barracks("donso", 2, Price::of(75, 0, 25)).of("malian")],
        ],
        ..PLAIN
    },
    Civilization {
        slug: "ottomans",
        attribute: "ottoman",
        folder: "ottoman",
        landmarks: [
            ["Sultanhani Trade Network", "Twin Minaret Medrese"],
            ["Istanbul Imperial Palace", "Mehmed Imperial Armory"],
            ["Azure Pavilion", "Sea Gate Castle"],
        ],
        lines: [
            &COMMON,
            &[Line::range("jannisary", 3, Price::of(60, 100, 0)).of("ottoman")],
        ],
        ..PLAIN
    },
    Civilization {
        slug: "japanese",
        attribute: "japanese",
        folder: "japanese",
        landmarks: [
            ["Koka Township", "Kura Storehouse"],
            ["Floating Gate", "Temple of Equality"],
            ["Castle of the Crow", "Tanegashima Gunsmith"],
        ],
        lines: [
            &COMMON,
            &[Line::barracks("samurai", 2, Price::of(100, 30, 0)).of("japanese")],
        ],
        ..PLAIN
    },
    Civilization {
        slug: "byzantines",
        attribute: "byzantine",
        folder: "byzantine",
        landmarks: [
            ["Grand Winery", "Imperial Hippodrome"],
            ["Cistern of the First Hill", "Golden Horn Tower"],
            ["Foreign Engineering Company", "Palatine School"],
        ],
        lines: [
            &COMMON,
            &[
                Line::barracks("limitanei", 2, Price::of(70, 0, 20)).of("byzantine"),
                Line::range(
                    "mercenary_longbowman",
                    2,
                    Price {
                        oil: 120,
                        ..WITHOUT
                    },
                )
                .of("byzantine"),
            ],
        ],
        has_oil: true,
        ..PLAIN
    },
];

const FRENCH_LANDMARKS: [[&str; 2]; 3] = [
    ["Chamber of Commerce", "School of Cavalry"],
    ["Guild Hall", "Royal Institute"],
    ["College of Artillery", "Red Palace"],
];
const HRE_LANDMARKS: [[&str; 2]; 3] = [
    ["Aachen Chapel", "Meinwerk Palace"],
    ["Burgrave Palace", "Regnitz Cathedral"],
    ["Elzbach Palace", "Palace of Swabia"],
];
