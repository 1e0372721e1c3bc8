//! What is driven on: maps that stay, and maps that come and go.

use jiff::Timestamp;
use uuid::Uuid;

use super::DAY;
use super::mappers::Mapper;
use super::tags::TAGS;
use crate::chance::{below, mix, share};

/// Of the first mapper, so many are busy.
const BUSY: u32 = 6;
/// Of these, one has more records than are told of any map.
const CROWDED: u32 = 12_000;
/// The lasting ones were uploaded between these: five years up to the end of 2025.
const FIRST_UPLOAD: i64 = 1_609_459_200;
const LAST_UPLOAD: i64 = 1_767_139_200;
/// From which the numbers of Trackmania Exchange are counted.
const EXCHANGE_BEGAN: i64 = 1_577_836_800;
/// More than there are mappers.
const EXCHANGE_STEP: i64 = 256;
/// A map that passes stays for so many times as one takes to make.
const STAYS: i64 = 5;
const HOUR: i64 = 60 * 60;

const LOOKS: [&str; 16] = [
    "Amber",
    "Backwards",
    "Crooked",
    "Dusty",
    "Echoing",
    "Frosty",
    "Golden",
    "Hollow",
    "Inverted",
    "Jagged",
    "Lunar",
    "Marmalade",
    "Neon",
    "Paper",
    "Sunken",
    "Twisted",
];
const SITES: [&str; 16] = [
    "Aqueduct",
    "Bypass",
    "Canyon",
    "Dunes",
    "Escalator",
    "Funnel",
    "Garden",
    "Harbour",
    "Junction",
    "Loop",
    "Mill",
    "Orchard",
    "Quarry",
    "Spiral",
    "Tunnel",
    "Viaduct",
];
/// Before names, and after their first word.
const CODES: [(&str, &str); 5] = [
    ("", ""),
    ("", ""),
    ("$f80", "$z"),
    ("$o$i", "$z"),
    ("$s$0af", "$fff"),
];

#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// How the game calls it.
    pub uid: String,
    /// How Core's other calls do.
    pub id: Uuid,
    /// How Trackmania Exchange does: later ones have higher numbers.
    pub exchange_id: i64,
    /// With formatting codes.
    pub name: String,
    /// Without.
    pub plain_name: String,
    /// Places among the mappers.
    pub mapper: usize,
    pub helper: Option<usize>,
    pub tag: &'static str,
    pub awards: i64,
    /// What its mapper drove, in milliseconds.
    pub par: i64,
    /// What Trackmania Exchange takes for it. On a joke, years.
    pub length: i64,
    pub(super) seed: u64,
    pub(super) uploaded_at: i64,
    pub(super) removed_at: Option<i64>,
    /// Somebody's record is removed, and they begin anew, after so many seconds.
    pub(super) career: i64,
    /// About so many of the regulars drive on it.
    pub(super) regulars: u32,
    /// And so many others once did.
    pub(super) crowd: u32,
}

impl Map {
    pub fn is_there(&self, now: Timestamp) -> bool {
        let now = now.as_second();
        self.uploaded_at <= now && self.removed_at.is_none_or(|removed| now < removed)
    }

    pub fn is_busy(&self) -> bool {
        self.crowd > 0
    }

    pub fn uploaded_at(&self) -> Timestamp {
        Timestamp::from_second(self.uploaded_at).unwrap_or_default()
    }

    /// Author, gold, silver, bronze.
    pub fn medals(&self) -> [i64; 4] {
        let rounded = |percent: i64| (self.par * percent / 100 + 999) / 1000 * 1000;
        [self.par, rounded(106), rounded(120), rounded(150)]
    }
}

/// Those of a mapper that stay.
pub fn lasting(seed: u64, mapper: &Mapper) -> impl Iterator<Item = Map> {
    let apart = (LAST_UPLOAD - FIRST_UPLOAD) / i64::from(mapper.lasting);
    (0..mapper.lasting).map(move |number| {
        let seed = mix(mix(seed ^ 0x0a_95, mapper.place as u64), u64::from(number));
        let uploaded_at =
            FIRST_UPLOAD + apart * i64::from(number) + below(mix(seed, 1), apart * 9 / 10);
        let (regulars, career) = pace(seed);
        let plain = Map {
            regulars,
            career,
            ..map(seed, mapper, uploaded_at)
        };
        match (mapper.place, number) {
            (0, 0..BUSY) => busy(plain, number),
            // As there are: it takes two months.
            (0, BUSY) => Map {
                length: 5_000_000_000,
                par: 4_999_999_999,
                ..plain
            },
            _ => plain,
        }
    })
}

/// About how many drive there, and how long somebody's record lasts.
fn pace(seed: u64) -> (u32, i64) {
    let chance = mix(seed, 2);
    let regulars = |least: i64, more: i64| least + below(chance >> 20, more);
    let (regulars, days) = match chance % 10 {
        0 => (regulars(20, 30), 10 + below(chance >> 40, 30)),
        _ => (regulars(2, 28), 200 + below(chance >> 40, 1_800)),
    };
    (u32::try_from(regulars).unwrap_or(0), days * DAY)
}

fn busy(plain: Map, number: u32) -> Map {
    let name = format!("Teapot Speedway {}", number + 1);
    Map {
        name: format!("$f80Teapot$z {}", &name["Teapot ".len()..]),
        plain_name: name,
        helper: None,
        par: 30_000 + below(plain.seed, 30_000),
        regulars: 60,
        career: 10 * HOUR,
        crowd: match number {
            0 => CROWDED,
            _ => 100 + 70 * number,
        },
        ..plain
    }
}

/// Those that come and go, and are there at some time of the day.
pub fn passing(seed: u64, mapper: &Mapper, day: i64) -> impl Iterator<Item = Map> {
    let (from, to) = (day * DAY, (day + 1) * DAY);
    let all = mapper.every.map(|every| {
        let numbers = from.div_euclid(every) - STAYS - 1..=to.div_euclid(every);
        numbers.map(move |number| {
            let seed = mix(
                mix(seed ^ 0xfe_e7, mapper.place as u64),
                number.unsigned_abs(),
            );
            let uploaded_at = every * number + below(mix(seed, 1), every / 2);
            Map {
                removed_at: Some(uploaded_at + STAYS * every),
                regulars: 15 + u32::try_from(below(mix(seed, 2), 30)).unwrap_or(0),
                career: (5 + below(mix(seed, 3), 5)) * DAY,
                ..map(seed, mapper, uploaded_at)
            }
        })
    });
    let all = all.into_iter().flatten();
    all.filter(move |map| {
        map.uploaded_at < to && map.removed_at.is_some_and(|removed| removed > from)
    })
}

/// One on which nobody has driven.
fn map(seed: u64, mapper: &Mapper, uploaded_at: i64) -> Map {
    let pick = |which: u64, of: usize| usize::try_from(mix(seed, which) % of as u64).unwrap_or(0);
    let (look, site) = (LOOKS[pick(10, LOOKS.len())], SITES[pick(11, SITES.len())]);
    let number = 1 + pick(12, 90);
    let (before, after) = CODES[pick(13, CODES.len())];
    let helper = pick(14, 12) == 0 && mapper.place > 2;
    let par = 20_000 + below(mix(seed, 15), 60_000);
    let minute = (uploaded_at - EXCHANGE_BEGAN) / 60;
    let random = (u128::from(mix(seed, 16)) << 64) | u128::from(mix(seed, 17));
    Map {
        uid: uid(seed),
        id: uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid(),
        exchange_id: minute * EXCHANGE_STEP + i64::try_from(mapper.place).unwrap_or(0),
        name: format!("{before}{look}{after} {site} {number}"),
        plain_name: format!("{look} {site} {number}"),
        mapper: mapper.place,
        helper: helper.then(|| mapper.place - 1),
        tag: TAGS[pick(18, TAGS.len())],
        awards: below(mix(seed, 19), 60) * below(mix(seed, 20), 8),
        par,
        length: (par + 4_999) / 5_000 * 5_000,
        seed,
        uploaded_at,
        removed_at: None,
        career: DAY,
        regulars: 0,
        crowd: 0,
    }
}

/// Twenty-seven letters, digits and lines, as the game's are.
fn uid(seed: u64) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    let letter = |place: u64| {
        let letter = (share(mix(seed, 100 + place)) * 64.0) as usize;
        char::from(LETTERS[letter.min(63)])
    };
    (0..27).map(letter).collect()
}
