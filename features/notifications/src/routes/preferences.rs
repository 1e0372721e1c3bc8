//! What preferences look like, on their way in and out.

use std::collections::BTreeMap;

use garde::Validate;
use jiff::civil::Time;
use kernel::FieldError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actions::preferences::{Seen, Wanted};
use crate::model::channel::{Channel, When};
use crate::model::event::{EventKind, KINDS};
use crate::model::grid::Grid;
use crate::model::schedule::QuietHours;
use crate::{Error, Notifications};

type Cells = BTreeMap<Channel, When>;

/// Everything that the caller wants from now on: what is left out is as by default.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PreferencesBody {
    /// Event → channel → when. Only `email` can be `digest`.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, BTreeMap<String, When>>)]
    grid: BTreeMap<String, Cells>,
    #[serde(default)]
    digest: DigestBody,
    /// An IANA time zone; the account's if null.
    #[schema(example = "Europe/Berlin")]
    time_zone: Option<String>,
    /// When neither mail nor a direct message may come.
    quiet_hours: Option<QuietHoursBody>,
    webhook: Option<WebhookBody>,
}

#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = DigestPreferences)]
#[serde(default, deny_unknown_fields)]
pub(super) struct DigestBody {
    enabled: bool,
    /// 0–23, in the caller's time zone; the server's usual one if null.
    #[schema(minimum = 0, maximum = 23)]
    hour: Option<i8>,
}

impl Default for DigestBody {
    fn default() -> Self {
        Self {
            enabled: true,
            hour: None,
        }
    }
}

#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = QuietHours)]
#[serde(deny_unknown_fields)]
pub(super) struct QuietHoursBody {
    #[schema(example = "22:00")]
    from: String,
    /// May be of the next day.
    #[schema(example = "07:30")]
    until: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookBody {
    #[schema(
        format = "uri",
        max_length = 500,
        example = "https://example.org/hooks/grandstand"
    )]
    url: String,
}

impl PreferencesBody {
    pub fn read(self) -> Result<Wanted, Error> {
        let mut wrong = Vec::new();
        let grid = read_grid(self.grid, &mut wrong);
        if self
            .digest
            .hour
            .is_some_and(|hour| !(0..=23).contains(&hour))
        {
            wrong.push(FieldError::new("digest.hour", "must be from 0 to 23"));
        }
        let quiet = self.quiet_hours.and_then(|hours| hours.read(&mut wrong));
        let webhook_url = self.webhook.map(|webhook| webhook.url);
        if webhook_url.as_ref().is_some_and(|url| url.len() > 500) {
            wrong.push(FieldError::new(
                "webhook.url",
                "must have at most 500 characters",
            ));
        }
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        Ok(Wanted {
            grid,
            digest_enabled: self.digest.enabled,
            digest_hour: self.digest.hour,
            time_zone: self.time_zone,
            quiet,
            webhook_url,
        })
    }
}

fn read_grid(rows: BTreeMap<String, Cells>, wrong: &mut Vec<FieldError>) -> Grid {
    let mut grid = Grid::default();
    for (event, cells) in rows {
        let Some(kind) = EventKind::find(&event) else {
            let name: String = event.chars().take(40).collect();
            wrong.push(FieldError::new(format!("grid.{name}"), "is no event"));
            continue;
        };
        for (channel, when) in cells {
            if let Err(rule) = grid.set(kind, channel, when) {
                let field = format!("grid.{event}.{}", channel.as_str());
                wrong.push(FieldError::new(field, rule.to_string()));
            }
        }
    }
    grid
}

impl QuietHoursBody {
    fn read(&self, wrong: &mut Vec<FieldError>) -> Option<QuietHours> {
        let mut time = |field: &str, text: &str| {
            let time = Time::strptime("%H:%M", text).ok();
            if time.is_none() {
                let field = format!("quietHours.{field}");
                wrong.push(FieldError::new(field, "must be a time such as 22:00"));
            }
            time
        };
        let (from, until) = (time("from", &self.from), time("until", &self.until));
        Some(QuietHours {
            from: from?,
            until: until?,
        })
    }
}

/// What the caller wants, and by which ways the caller can be reached.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NotificationPreferences {
    /// Event → channel → when, all of it.
    #[schema(value_type = BTreeMap<String, BTreeMap<String, When>>)]
    grid: BTreeMap<&'static str, Cells>,
    /// The events, in the order in which they are shown.
    events: Vec<EventView>,
    digest: DigestBody,
    /// An IANA time zone; null for the account's.
    time_zone: Option<String>,
    quiet_hours: Option<QuietHoursBody>,
    webhook: Option<WebhookView>,
    channels: ChannelStates,
}

#[derive(Serialize, ToSchema)]
#[schema(as = NotificationEvent)]
struct EventView {
    #[schema(example = "review_ready")]
    name: &'static str,
    #[schema(example = "A review of your match is ready")]
    label: &'static str,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
#[serde(rename_all = "camelCase")]
struct WebhookView {
    url: String,
    /// Signs what is sent there, as the Standard Webhooks specification has it. Shown only in the answer to the
    /// request that made it; another address gets another.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// Why nothing is sent there any more, until it is set again.
    disabled_because: Option<String>,
}

/// Whether the caller can be reached by each of them; `ready`, or what is in the way.
#[derive(Serialize, ToSchema)]
struct ChannelStates {
    /// `ready`, `no_address`, `unconfirmed`, or `bounced`: see `POST /notifications/email/resume`.
    email: &'static str,
    /// `ready`, `not_offered`, `not_linked`, `unverified`, or `closed`: Discord said that the account takes no messages.
    discord: &'static str,
    /// `ready`, `not_set` or `disabled`.
    webhook: &'static str,
}

impl NotificationPreferences {
    pub fn of(notifications: &Notifications, seen: Seen) -> Self {
        let channels = ChannelStates::of(notifications, &seen);
        let preferences = seen.preferences;
        let secret = seen.new_secret;
        let event = |kind: &EventKind| EventView {
            name: kind.name,
            label: kind.label,
        };
        let clock_time = |time: Time| time.strftime("%H:%M").to_string();
        Self {
            grid: preferences.grid.whole(),
            events: KINDS.into_iter().map(event).collect(),
            digest: DigestBody {
                enabled: preferences.digest_enabled,
                hour: preferences.digest_hour,
            },
            time_zone: preferences.time_zone,
            quiet_hours: preferences.quiet.map(|quiet| QuietHoursBody {
                from: clock_time(quiet.from),
                until: clock_time(quiet.until),
            }),
            webhook: preferences.webhook.map(|webhook| WebhookView {
                url: webhook.url,
                secret: secret.map(|secret| secret.expose().to_owned()),
                disabled_because: webhook.disabled,
            }),
            channels,
        }
    }
}

impl ChannelStates {
    fn of(notifications: &Notifications, seen: &Seen) -> Self {
        let (contact, preferences) = (&seen.contact, &seen.preferences);
        let means = notifications.means();
        let email = match contact.email {
            None => "no_address",
            Some(_) if !contact.email_confirmed => "unconfirmed",
            Some(_) if seen.suppressed => "bounced",
            Some(_) => "ready",
        };
        let discord = match &contact.discord {
            _ if !means.discord => "not_offered",
            None => "not_linked",
            Some(account) if !account.verified && !means.unverified_links => "unverified",
            Some(_) if preferences.discord.closed_at.is_some() => "closed",
            Some(_) => "ready",
        };
        let webhook = match &preferences.webhook {
            None => "not_set",
            Some(webhook) if webhook.disabled.is_some() => "disabled",
            Some(_) => "ready",
        };
        Self {
            email,
            discord,
            webhook,
        }
    }
}
