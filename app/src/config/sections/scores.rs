use std::time::Duration;

use super::{HOUR, SECOND};
use crate::config::reader::{Reader, Setting, Show};
use crate::config::value::{self, Unit};

const ACTION_TOKEN_TTL: Setting<Duration> = Setting {
    name: "ACTION_TOKEN_TTL",
    default: Some("300"),
    allowed: "a duration from 1 to 3600 seconds",
    show: Show::Plain,
    parse: |text| value::duration_in(text, Unit::Seconds, SECOND..=HOUR),
};

/// Verified scores, apart from their secret and their limit.
#[derive(Clone, Debug)]
pub struct ScoresSection {
    pub action_token_ttl: Duration,
}

impl ScoresSection {
    pub(in crate::config) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            action_token_ttl: reader.required(&ACTION_TOKEN_TTL),
        }
    }
}
