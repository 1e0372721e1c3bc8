//! Who makes maps, and how many.

use crate::chance::{below, mix};

/// There are no more names than for these.
pub const MOST: usize = 200;
/// Whose place this is has [`MANY`] maps, and makes no more.
pub const PROLIFIC: usize = 1;
const MANY: u32 = 500;
/// The first one has so many, of which the first few are busy.
const FIRST_HAS: u32 = 12;
const FIRST_ID: i64 = 4_001;

const DAY: i64 = 24 * 60 * 60;

/// Somebody with an account at Trackmania Exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapper {
    /// Among all of them.
    pub place: usize,
    /// Trackmania Exchange's own.
    pub id: i64,
    pub name: String,
    /// That stay.
    pub(super) lasting: u32,
    /// A new map comes so often, in seconds; none: no more.
    pub(super) every: Option<i64>,
}

pub fn all(seed: u64, names: Vec<String>) -> Vec<Mapper> {
    let mapper = |(place, name): (usize, String)| {
        let chance = mix(seed ^ 0x3a_99e5, place as u64);
        let lasting = match place {
            0 => FIRST_HAS,
            PROLIFIC => MANY,
            // Few have many.
            _ => 3 + u32::try_from(below(chance, 8) * below(chance >> 8, 8)).unwrap_or(0),
        };
        Mapper {
            place,
            id: FIRST_ID + 7 * i64::try_from(place).unwrap_or(0),
            name,
            lasting,
            every: (place > PROLIFIC).then(|| DAY * (10 + below(chance >> 16, 50))),
        }
    };
    names.into_iter().enumerate().map(mapper).collect()
}
