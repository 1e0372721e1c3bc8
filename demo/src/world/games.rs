use rand::Rng;

/// The made-up games: one of each kind of board. A game's board has the game's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Game {
    /// Everything that was ever carried off is added up.
    CastleSiege,
    /// Lap times in milliseconds: the lowest is best.
    SkyRacer,
    /// The highest tower counts, in cups.
    TowerOfTea,
}

/// No lap is quicker; the closer one comes, the less there is to gain.
const QUICKEST_LAP: f64 = 20_000.0;

impl Game {
    pub const ALL: [Self; 3] = [Self::CastleSiege, Self::SkyRacer, Self::TowerOfTea];

    pub fn id(self) -> &'static str {
        match self {
            Self::CastleSiege => "demo-castle-siege",
            Self::SkyRacer => "demo-sky-racer",
            Self::TowerOfTea => "demo-tower-of-tea",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::CastleSiege => "Castle Siege (demo): loot carried off",
            Self::SkyRacer => "Sky Racer (demo): best lap in ms",
            Self::TowerOfTea => "Tower of Tea (demo): tallest tower",
        }
    }

    /// Whether a lower score is better.
    pub fn is_ascending(self) -> bool {
        self == Self::SkyRacer
    }

    /// Whether every play adds to the score, rather than the best one being it.
    pub fn adds_up(self) -> bool {
        self == Self::CastleSiege
    }

    /// What somebody who has not played yet achieves.
    pub(super) fn first_play(self, skill: f64, rng: &mut impl Rng) -> u64 {
        let luck = rng.random_range(0.0..1.0);
        let value = match self {
            Self::CastleSiege => 1_000.0 + 9_000.0 * luck * (0.4 + 0.6 * skill),
            Self::SkyRacer => 40_000.0 + 30_000.0 * (1.0 - skill) + 4_000.0 * luck,
            Self::TowerOfTea => 2_000.0 + 20_000.0 * skill + 2_000.0 * luck,
        };
        value as u64
    }

    /// What somebody achieves who has `own`, and hunts somebody who has `prey`. Four hunts of five succeed,
    /// and then only just: that is what makes a race worth watching.
    pub(super) fn next_play(
        self,
        skill: f64,
        own: u64,
        prey: Option<u64>,
        rng: &mut impl Rng,
    ) -> u64 {
        let succeeds = rng.random_bool(0.8);
        let Some(prey) = prey.filter(|_| succeeds) else {
            return self.modest_play(skill, own, rng);
        };
        match self {
            Self::CastleSiege => {
                let gap = prey.saturating_sub(own);
                if gap < 10_000 {
                    gap + rng.random_range(1..800)
                } else {
                    self.modest_play(skill, own, rng)
                }
            }
            Self::SkyRacer => {
                let gain = (prey as f64 - QUICKEST_LAP) * rng.random_range(0.0005..0.003);
                prey.min(own)
                    .saturating_sub(gain.ceil().max(1.0) as u64)
                    .max(QUICKEST_LAP as u64)
            }
            Self::TowerOfTea => prey.max(own) + rng.random_range(1..60),
        }
    }

    /// A play like most: what is added up grows, a best stays.
    fn modest_play(self, skill: f64, own: u64, rng: &mut impl Rng) -> u64 {
        match self {
            Self::CastleSiege => self.first_play(skill, rng),
            Self::SkyRacer => own + own * rng.random_range(1..60) / 1_000,
            Self::TowerOfTea => own - own * rng.random_range(1..200) / 1_000,
        }
    }
}
