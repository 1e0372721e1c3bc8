use std::num::NonZeroU32;

use crate::config::reader::{Reader, Setting, Show};
use crate::config::value;

const MOST: NonZeroU32 = NonZeroU32::new(1_000).expect("a thousand is not zero");

const AOE4WORLD_URL: Setting<String> = Setting {
    name: "AOE4WORLD_URL",
    default: Some("https://aoe4world.com"),
    allowed: "where AoE4World is",
    show: Show::Plain,
    parse: value::web_address,
};
const AOE4WORLD_REQUESTS_PER_SECOND: Setting<NonZeroU32> = Setting {
    name: "AOE4WORLD_REQUESTS_PER_SECOND",
    default: Some("3"),
    allowed: "a number from 1 to 1000",
    show: Show::Plain,
    parse: |text| value::number_in(text, NonZeroU32::MIN..=MOST),
};

/// Matches and reviews of Age of Empires IV.
#[derive(Clone, Debug)]
pub struct Aoe4Section {
    /// Without a slash at its end.
    pub aoe4world_url: String,
    /// Of all servers together.
    pub aoe4world_requests_per_second: NonZeroU32,
}

impl Aoe4Section {
    pub(in crate::config) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            aoe4world_url: reader.required(&AOE4WORLD_URL),
            aoe4world_requests_per_second: reader.required(&AOE4WORLD_REQUESTS_PER_SECOND),
        }
    }
}
