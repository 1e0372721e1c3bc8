use std::num::NonZeroU32;
use std::time::Duration;

use super::{DAY, SECOND};
use crate::config::reader::{Reader, Setting, Show};
use crate::config::value::{self, Unit};

/// More is as good as none.
const MOST: NonZeroU32 = NonZeroU32::new(1_000_000).expect("a million is not zero");

const RATE_LIMIT_ENABLED: Setting<bool> = Setting {
    name: "RATE_LIMIT_ENABLED",
    default: Some("true"),
    allowed: "true or false",
    show: Show::Plain,
    parse: value::boolean,
};
const RATE_LIMIT_SCORE_UPDATE: Setting<NonZeroU32> = Setting {
    name: "RATE_LIMIT_SCORE_UPDATE",
    default: Some("10"),
    allowed: "how many scores a player may send in RATE_LIMIT_WINDOW_MS, from 1 to 1000000",
    show: Show::Plain,
    parse: |text| value::number_in(text, NonZeroU32::MIN..=MOST),
};
const RATE_LIMIT_WINDOW_MS: Setting<Duration> = Setting {
    name: "RATE_LIMIT_WINDOW_MS",
    default: Some("60000"),
    allowed: "milliseconds from 1000 to 86400000",
    show: Show::Plain,
    parse: |text| value::duration_in(text, Unit::Milliseconds, SECOND..=DAY),
};
const RATE_LIMIT_PER_IP: Setting<NonZeroU32> = Setting {
    name: "RATE_LIMIT_PER_IP",
    default: Some("100"),
    allowed: "how many requests an address may send in a minute, from 1 to 1000000",
    show: Show::Plain,
    parse: |text| value::number_in(text, NonZeroU32::MIN..=MOST),
};

/// How much one caller may ask for.
#[derive(Clone, Debug)]
pub struct LimitsSection {
    pub enabled: bool,
    /// Scores of one user in one `window`.
    pub score_update: NonZeroU32,
    pub window: Duration,
    /// Requests of one address in a minute.
    pub per_ip: NonZeroU32,
}

impl LimitsSection {
    pub(in crate::config) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            enabled: reader.required(&RATE_LIMIT_ENABLED),
            score_update: reader.required(&RATE_LIMIT_SCORE_UPDATE),
            window: reader.required(&RATE_LIMIT_WINDOW_MS),
            per_ip: reader.required(&RATE_LIMIT_PER_IP),
        }
    }
}
