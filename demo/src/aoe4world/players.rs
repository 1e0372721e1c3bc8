//! Who plays: made up, with Steam ids that Steam has given to nobody.

use rand::Rng;
use rand::seq::IndexedRandom;

use super::civilizations;
use super::stream;
use crate::world::names;

pub const PLAYERS: usize = 32;
/// Plays at a console: AoE4World knows of no Steam account.
pub const AT_A_CONSOLE: usize = 5;
/// At the very end of the range of SteamID64, which Steam's count of accounts is far from: these are nobody's.
const FIRST_STEAM_ID: u64 = 76_561_202_255_200_001;
const FIRST_PROFILE_ID: u64 = 900_000_001;
/// Of a ladder's best players above its worst, in points of Elo.
pub const SPREAD: f64 = 1_700.0;
/// Of its worst player.
pub const LOWEST: f64 = -160.0;

const COUNTRIES: [&str; 10] = ["nz", "is", "pt", "uy", "lv", "bt", "cl", "ee", "fj", "lu"];

/// A made-up player.
#[derive(Clone, Debug, PartialEq)]
pub struct Player {
    pub profile_id: u64,
    /// A SteamID64; none at a console.
    pub steam_id: Option<String>,
    pub name: String,
    pub country: Option<&'static str>,
    /// `keyboard` or `controller`.
    pub input: &'static str,
    /// From 0 to 1.
    pub skill: f64,
    /// How often, compared to others.
    pub(super) eagerness: u32,
    /// Slugs.
    pub(super) favourites: [&'static str; 3],
}

impl Player {
    /// What the ladder settles at, in points of Elo.
    pub fn strength(&self) -> f64 {
        LOWEST + SPREAD * self.skill
    }
}

/// The same for the same seed; of the first it is said to newcomers what they are.
pub fn all(seed: u64) -> Vec<Player> {
    let mut rng = stream(seed, 0x91a_7e25);
    let names = names::choose(PLAYERS, &mut rng);
    (0_u32..)
        .zip(names)
        .map(|(number, name)| {
            let place = usize::try_from(number).unwrap_or(0);
            let skill = match number {
                0 => 0.52,
                1 => 0.93,
                2 => 0.02,
                _ => f64::from(number * 11 % 32) / 32.0 + rng.random_range(0.0..0.03),
            };
            let decorated = match number % 8 {
                1 => format!("[TEA] {name}"),
                4 => format!("{name} 🫖"),
                6 => format!("<{name}> & *friends*"),
                _ => name,
            };
            let favourites = favourites(&mut rng);
            let at_a_console = place == AT_A_CONSOLE;
            Player {
                profile_id: FIRST_PROFILE_ID + u64::from(number),
                steam_id: (!at_a_console).then(|| (FIRST_STEAM_ID + u64::from(number)).to_string()),
                name: decorated,
                country: (number % 7 != 3).then(|| COUNTRIES[place % COUNTRIES.len()]),
                input: if at_a_console {
                    "controller"
                } else {
                    "keyboard"
                },
                skill,
                eagerness: match number {
                    1 | 2 => 10,
                    _ => rng.random_range(1..8),
                },
                favourites,
            }
        })
        .collect()
}

fn favourites(rng: &mut impl Rng) -> [&'static str; 3] {
    std::array::from_fn(|_| {
        civilizations::ALL
            .choose(rng)
            .map_or(civilizations::UNHEARD_OF, |one| one.slug)
    })
}
