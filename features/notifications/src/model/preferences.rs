use jiff::Timestamp;
use jiff::tz::TimeZone;
use kernel::Secret;

use super::grid::Grid;
use super::schedule::{DigestHour, QuietHours};

/// What a user wants, as far as it was said; the rest is as by default.
#[derive(Clone, Debug)]
pub struct Preferences {
    pub grid: Grid,
    pub digest_enabled: bool,
    /// 0–23; the server's own if none.
    pub digest_hour: Option<i8>,
    /// An IANA name; the account's if none.
    pub time_zone: Option<String>,
    pub quiet: Option<QuietHours>,
    pub webhook: Option<Webhook>,
    pub discord: DiscordChannel,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    pub url: String,
    pub secret: Secret,
    /// Why nothing is sent there any more.
    pub disabled: Option<String>,
}

/// What is known of the way to the user on Discord.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiscordChannel {
    /// The account, and the channel that was opened with it.
    pub opened: Option<(String, String)>,
    /// When it turned out to take no messages from us.
    pub closed_at: Option<Timestamp>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            grid: Grid::default(),
            digest_enabled: true,
            digest_hour: None,
            time_zone: None,
            quiet: None,
            webhook: None,
            discord: DiscordChannel::default(),
        }
    }
}

impl Preferences {
    /// The user's zone. Names come and go: one that isn't known any more is UTC.
    pub fn zone(&self, of_the_account: &str) -> TimeZone {
        let name = self.time_zone.as_deref().unwrap_or(of_the_account);
        TimeZone::get(name).unwrap_or(TimeZone::UTC)
    }

    pub fn digest(&self, of_the_account: &str, usual_hour: i8) -> DigestHour {
        DigestHour {
            hour: self.digest_hour.unwrap_or(usual_hour),
            zone: self.zone(of_the_account),
            quiet: self.quiet,
        }
    }
}
