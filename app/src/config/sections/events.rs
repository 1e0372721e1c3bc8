use std::time::Duration;

use super::{MINUTE, SECOND};
use crate::config::reader::{Reader, Setting, Show};
use crate::config::value::{self, Unit};

const SSE_PING_INTERVAL: Setting<Duration> = Setting {
    name: "SSE_PING_INTERVAL",
    default: Some("30000"),
    allowed: "milliseconds from 1000 to 300000",
    show: Show::Plain,
    parse: |text| value::duration_in(text, Unit::Milliseconds, SECOND..=5 * MINUTE),
};
const SSE_MAX_CONNECTIONS: Setting<usize> = Setting {
    name: "SSE_MAX_CONNECTIONS",
    default: Some("20000"),
    allowed: "a number from 1 to 1000000",
    show: Show::Plain,
    parse: |text| value::number_in(text, 1..=1_000_000),
};
const SSE_MAX_PER_USER: Setting<usize> = Setting {
    name: "SSE_MAX_PER_USER",
    default: Some("8"),
    allowed: "a number from 1 to 1000000",
    show: Show::Plain,
    parse: |text| value::number_in(text, 1..=1_000_000),
};

/// Live streams.
#[derive(Clone, Debug)]
pub struct EventsSection {
    pub ping_interval: Duration,
    pub max_connections: usize,
    /// Of one user; of one address where nobody is signed in.
    pub max_per_user: usize,
}

impl EventsSection {
    pub(in crate::config) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            ping_interval: reader.required(&SSE_PING_INTERVAL),
            max_connections: reader.required(&SSE_MAX_CONNECTIONS),
            max_per_user: reader.required(&SSE_MAX_PER_USER),
        }
    }
}
