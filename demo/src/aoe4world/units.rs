//! Units, upgrades and buildings, with prices and times near those of the game.

/// What something costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    pub food: u32,
    pub gold: u32,
    pub stone: u32,
    pub wood: u32,
    pub oil: u32,
}

pub const WITHOUT: Price = Price {
    food: 0,
    gold: 0,
    stone: 0,
    wood: 0,
    oil: 0,
};

impl Price {
    /// Of these, as most things are.
    pub const fn of(food: u32, gold: u32, wood: u32) -> Self {
        Self {
            food,
            gold,
            wood,
            ..WITHOUT
        }
    }

    /// In the order of [`super::course::RESOURCES`].
    pub const fn parts(self) -> [u32; 5] {
        [self.food, self.gold, self.stone, self.wood, self.oil]
    }

    pub fn sum(self) -> u32 {
        self.parts().iter().sum()
    }
}

/// A sort of unit, through all its levels.
#[derive(Debug, PartialEq)]
pub struct Line {
    pub family: &'static str,
    /// Of its icons.
    pub folder: &'static str,
    /// From which age on it can be made, which is its first level too. Siege engines have no levels.
    pub age: u8,
    pub levelled: bool,
    pub price: Price,
    pub seconds: u32,
    /// Where it is made.
    pub workshop: Workshop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workshop {
    Barracks,
    ArcheryRange,
    Stable,
    Siege,
}

impl Workshop {
    pub fn icon(self) -> &'static str {
        match self {
            Self::Barracks => "barracks",
            Self::ArcheryRange => "archery_range",
            Self::Stable => "stable",
            Self::Siege => "siege_workshop",
        }
    }
}

impl Line {
    const fn new(family: &'static str, age: u8, price: Price, workshop: Workshop) -> Self {
        Self {
            family,
            folder: "common",
            age,
            levelled: true,
            price,
            seconds: 15,
            workshop,
        }
    }

    pub const fn barracks(family: &'static str, age: u8, price: Price) -> Self {
        Self::new(family, age, price, Workshop::Barracks)
    }

    pub const fn range(family: &'static str, age: u8, price: Price) -> Self {
        Self::new(family, age, price, Workshop::ArcheryRange)
    }

    pub const fn stable(family: &'static str, age: u8, price: Price) -> Self {
        Self::new(family, age, price, Workshop::Stable).taking(24)
    }

    const fn siege(family: &'static str, age: u8, price: Price) -> Self {
        let line = Self::new(family, age, price, Workshop::Siege).taking(30);
        Self {
            levelled: false,
            ..line
        }
    }

    const fn taking(self, seconds: u32) -> Self {
        Self { seconds, ..self }
    }

    pub const fn of(self, folder: &'static str) -> Self {
        Self { folder, ..self }
    }

    /// As in `icons/races/common/units/spearman_2`.
    pub fn icon(&self, level: u8) -> String {
        let Self { folder, family, .. } = self;
        if self.levelled {
            format!("icons/races/{folder}/units/{family}_{level}")
        } else {
            format!("icons/races/{folder}/units/{family}")
        }
    }
}

pub static COMMON: [Line; 9] = [
    Line::barracks("spearman", 2, Price::of(60, 0, 20)),
    Line::range("archer", 2, Price::of(30, 0, 50)),
    Line::stable("horseman", 2, Price::of(100, 0, 20)).taking(20),
    Line::barracks("manatarms", 3, Price::of(100, 20, 0)).taking(20),
    Line::range("crossbowman", 3, Price::of(80, 40, 0)).taking(20),
    Line::stable("knight", 3, Price::of(140, 100, 0)).taking(30),
    Line::siege("ram", 2, Price::of(0, 0, 200)),
    Line::siege("mangonel", 3, Price::of(0, 200, 400)),
    Line::siege("bombard", 4, Price::of(0, 500, 350)).taking(40),
];

/// Fewer, dearer and better.
pub static GILDED: [Line; 7] = [
    Line::barracks("gilded_spearman", 2, Price::of(90, 0, 50)).of("hre_historic"),
    Line::range("gilded_archer", 2, Price::of(60, 0, 90)).of("hre_historic"),
    Line::stable("gilded_horseman", 2, Price::of(160, 0, 40)).of("hre_historic"),
    Line::barracks("gilded_manatarms", 2, Price::of(170, 40, 0))
        .taking(25)
        .of("hre_historic"),
    Line::range("gilded_crossbowman", 3, Price::of(130, 70, 0))
        .taking(25)
        .of("hre_historic"),
    Line::barracks("gilded_landsknecht", 3, Price::of(110, 110, 0))
        .taking(25)
        .of("hre_historic"),
    Line::siege("ram", 2, Price::of(0, 0, 200)),
];

/// Something to research.
#[derive(Debug)]
pub struct Upgrade {
    /// Of its icon.
    pub stem: &'static str,
    /// What AoE4World calls the action.
    pub action: &'static str,
    pub age: u8,
    pub price: Price,
    /// Whether gathering gets faster.
    pub economic: bool,
}

impl Upgrade {
    const fn economic(stem: &'static str, action: &'static str, age: u8) -> Self {
        let cost = 75 * (age as u32 - 1);
        Self {
            stem,
            action,
            age,
            price: Price::of(0, cost, cost),
            economic: true,
        }
    }

    const fn military(stem: &'static str, action: &'static str, age: u8) -> Self {
        let cost = 75 * (age as u32 - 1);
        Self {
            stem,
            action,
            age,
            price: Price::of(cost / 2, cost + 50, 0),
            economic: false,
        }
    }
}

/// Each before what it leads to.
pub static UPGRADES: [Upgrade; 25] = [
    Upgrade::economic("wheelbarrow", "upgradeUnitTownCenterWheelbarrow1", 2),
    Upgrade::economic("food_gather_1", "upgradeEconResourceFoodHarvestRate2", 2),
    Upgrade::economic("wood_gather_1", "upgradeEconResourceWoodHarvestRate2", 2),
    Upgrade::economic("gold_gather_1", "upgradeEconResourceGoldHarvestRate2", 2),
    Upgrade::economic("hunting_villager", "upgradeEconVillagerHuntingGear1", 2),
    Upgrade::economic("tree_fell_rate", "upgradeEconResourceWoodFellRate1", 2),
    Upgrade::military("melee_damage_technology_1", "upgradeMeleeDamageI", 2),
    Upgrade::military("melee_armor_technology_1", "upgradeMeleeArmorI", 2),
    Upgrade::military("ranged_damage_technology_1", "upgradeRangedDamageI", 2),
    Upgrade::military("ranged_armor_technology_1", "upgradeRangedArmorI", 2),
    Upgrade::military("siege_engineers", "upgradeSiegeEngineers", 2),
    Upgrade::economic("food_gather_2", "upgradeEconResourceFoodHarvestRate3", 3),
    Upgrade::economic("wood_gather_2", "upgradeEconResourceWoodHarvestRate3", 3),
    Upgrade::economic("gold_gather_2", "upgradeEconResourceGoldHarvestRate3", 3),
    Upgrade::military("melee_damage_technology_2", "upgradeMeleeDamageIi", 3),
    Upgrade::military("melee_armor_technology_2", "upgradeMeleeArmorIi", 3),
    Upgrade::military("ranged_damage_technology_2", "upgradeRangedDamageIi", 3),
    Upgrade::military("ranged_armor_technology_2", "upgradeRangedArmorIi", 3),
    Upgrade::economic("food_gather_3", "upgradeEconResourceFoodHarvestRate4", 4),
    Upgrade::economic("wood_gather_3", "upgradeEconResourceWoodHarvestRate4", 4),
    Upgrade::economic("gold_gather_3", "upgradeEconResourceGoldHarvestRate4", 4),
    Upgrade::military("melee_damage_technology_3", "upgradeMeleeDamageIii", 4),
    Upgrade::military("melee_armor_technology_3", "upgradeMeleeArmorIii", 4),
    Upgrade::military("ranged_damage_technology_3", "upgradeRangedDamageIii", 4),
    Upgrade::military("ranged_armor_technology_3", "upgradeRangedArmorIii", 4),
];
