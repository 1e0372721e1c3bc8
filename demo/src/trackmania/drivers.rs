//! Who drives: some four hundred with a name and a temper, and a crowd behind them that came by once.

use std::collections::HashMap;
use std::fmt::Write;

use uuid::Uuid;

use crate::chance::{mix, share, stream};
use crate::world::names;

/// Whoever may have a record on a map again and again.
pub const REGULARS: u32 = 400;
/// The first of them, who are among the best of busy maps.
pub const STARS: u32 = 4;
/// Of the first of all: so that it can be said in writing whom to link.
const FIRST: &str = "Turbo Teapot";
/// Of the first of all who make maps.
const FIRST_MAPPER: &str = "Professor Crumpet";
/// From this number on they are mappers, and from that one the crowd.
const MAPPERS: u32 = 10_000;
const CROWD: u32 = 1_000_000;

/// In which people live; the world is around them.
pub const ZONES: [&str; 12] = [
    "Biscuit Bay",
    "Crumpetshire",
    "Gherkin Gulf",
    "Kettle Islands",
    "Lower Lantern",
    "Marmot Mountains",
    "Noodle Coast",
    "Otter Lakes",
    "Pancake Plains",
    "Radish Republic",
    "Upper Lantern",
    "Walrus Bight",
];

/// Somebody with an account in the game.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Who(pub u32);

impl Who {
    pub fn mapper(place: usize) -> Self {
        Self(MAPPERS + u32::try_from(place).unwrap_or(0))
    }

    /// One of a crowd.
    pub fn passer_by(number: u32) -> Self {
        Self(CROWD + number)
    }
}

#[derive(Debug)]
pub struct Drivers {
    seed: u64,
    /// Of the regulars and of the mappers.
    names: HashMap<Who, String>,
}

/// And the names of so many mappers.
pub fn all(seed: u64, mappers: usize) -> (Drivers, Vec<String>) {
    let all = names::choose(usize::MAX, &mut stream(seed, 0x7e_a907));
    let mut free = all
        .into_iter()
        .filter(|name| name != FIRST && name != FIRST_MAPPER);
    let drivers = std::iter::once(FIRST.to_owned()).chain(free.by_ref());
    let drivers: Vec<String> = drivers.take(REGULARS as usize).collect();
    let makers = std::iter::once(FIRST_MAPPER.to_owned()).chain(free);
    let mut makers: Vec<String> = makers.take(mappers).collect();
    // Who is meant by this name, if it is in lower case?
    if let [.., one, other] = &mut makers[..] {
        *other = one.to_uppercase();
    }
    let called = (0..).map(Who).zip(drivers);
    let called = called.chain((0..).map(Who::mapper).zip(makers.iter().cloned()));
    let drivers = Drivers {
        seed,
        names: called.collect(),
    };
    (drivers, makers)
}

impl Drivers {
    pub fn account(&self, who: Who) -> Uuid {
        let high = mix(self.seed ^ 0xacc0, u64::from(who.0));
        let low = mix(self.seed, high);
        // The number is in it, for whoever knows the seed.
        let low = (low & !0xffff_ffff) | ((low ^ u64::from(who.0)) & 0xffff_ffff);
        let random = (u128::from(high) << 64) | u128::from(low);
        uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid()
    }

    pub fn find(&self, account: Uuid) -> Option<Who> {
        let (high, low) = account.as_u64_pair();
        // Four of its bits say that it is a random one.
        let candidates = (0..16_u64).map(|bits| (high & !0xf000) | (bits << 12));
        let mut found = candidates.filter_map(|high| {
            let number = (mix(self.seed, high) ^ low) & 0xffff_ffff;
            u32::try_from(number).ok().map(Who)
        });
        found.find(|&who| self.account(who) == account && self.is_somebody(who))
    }

    fn is_somebody(&self, who: Who) -> bool {
        who.0 >= CROWD || self.names.contains_key(&who)
    }

    pub fn called(&self, who: Who) -> Option<&str> {
        self.names.get(&who).map(String::as_str)
    }

    /// What the public API tells: of some, it knows no name.
    pub fn name(&self, who: Who) -> Option<String> {
        if let Some(number) = who.0.checked_sub(CROWD) {
            let mut name = String::from("Passer-by ");
            let _ = write!(name, "{number:05}");
            return (!number.is_multiple_of(10)).then_some(name);
        }
        let is_known = who.0 < STARS || who.0 >= MAPPERS || !who.0.is_multiple_of(25);
        self.called(who).filter(|_| is_known).map(str::to_owned)
    }

    /// The accounts of those who are called so.
    pub fn with_name(&self, name: &str) -> Option<Uuid> {
        let known = self.names.iter();
        let mut known = known.filter(|(who, called)| *called == name && self.name(**who).is_some());
        if let Some((who, _)) = known.next() {
            return Some(self.account(*who));
        }
        let number = name.strip_prefix("Passer-by ")?.parse().ok()?;
        let who = Who(CROWD.checked_add(number)?);
        (self.name(who).as_deref() == Some(name)).then(|| self.account(who))
    }

    /// From 0 to 1.
    pub fn skill(&self, who: Who) -> f64 {
        share(mix(self.seed ^ 0x5c_111, u64::from(who.0)))
    }

    pub fn zone(&self, who: Who) -> &'static str {
        let of = mix(self.seed ^ 0x20_0e, u64::from(who.0)) % ZONES.len() as u64;
        ZONES[usize::try_from(of).unwrap_or(0)]
    }
}
