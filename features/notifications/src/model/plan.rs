//! Where a user is told of an event, and when.

use accounts::contacts::Contact;
use jiff::Timestamp;

use super::channel::{Channel, When};
use super::event::EventKind;
use super::preferences::Preferences;
use super::schedule::QuietHours;

/// What the server can do and allows.
#[derive(Clone, Copy, Debug)]
pub struct Means {
    pub discord: bool,
    /// Whether an account elsewhere may be written to that nobody has proven to be theirs.
    pub unverified_links: bool,
}

/// What becomes of an event for one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Whether it counts as unread. It is in the history anyway, if there is anything to do.
    pub in_app: bool,
    /// Messages of their own, and when each may go out.
    pub messages: Vec<(Channel, Timestamp)>,
    /// Whether it waits for the day's digest.
    pub in_digest: bool,
}

impl Plan {
    /// `None` where nobody wants to hear of it.
    pub fn of(
        kind: &EventKind,
        contact: &Contact,
        wanted: &Preferences,
        means: Means,
        now: Timestamp,
    ) -> Option<Self> {
        let mut plan = Self {
            in_app: wanted.grid.get(kind, Channel::InApp) != When::Off,
            messages: Vec::new(),
            in_digest: false,
        };
        for channel in Channel::OUTGOING {
            if !is_open(channel, contact, wanted, means) {
                continue;
            }
            match wanted.grid.get(kind, channel) {
                When::Off => {}
                When::Digest => plan.in_digest |= wanted.digest_enabled,
                When::Immediate => {
                    let due = match channel.disturbs() {
                        true => {
                            let zone = wanted.zone(&contact.time_zone);
                            QuietHours::after(wanted.quiet, now, &zone)
                        }
                        false => now,
                    };
                    plan.messages.push((channel, due));
                }
            }
        }
        (plan.in_app || plan.in_digest || !plan.messages.is_empty()).then_some(plan)
    }
}

/// Whether the user can be reached there at all.
pub fn is_open(channel: Channel, contact: &Contact, wanted: &Preferences, means: Means) -> bool {
    match channel {
        Channel::InApp => true,
        // Anybody can sign up with the address of another, who is not to be bothered.
        Channel::Email => contact.email.is_some() && contact.email_confirmed,
        Channel::Discord => {
            let linked = contact.discord.as_ref();
            means.discord
                && wanted.discord.closed_at.is_none()
                && linked.is_some_and(|account| account.verified || means.unverified_links)
        }
        Channel::Webhook => wanted
            .webhook
            .as_ref()
            .is_some_and(|webhook| webhook.disabled.is_none()),
    }
}

#[cfg(test)]
mod tests {
    use accounts::contacts::DiscordAccount;
    use kernel::{Secret, UserId};
    use uuid::Uuid;

    use super::*;
    use crate::model::event::{MAP_RECORD, REVIEW_READY};
    use crate::model::preferences::Webhook;

    const ALL: Means = Means {
        discord: true,
        unverified_links: false,
    };

    fn now() -> Timestamp {
        "2026-11-21T22:30:00Z".parse().unwrap()
    }

    fn ada() -> Contact {
        Contact {
            user: UserId::new(Uuid::nil()),
            screen_name: "Ada".to_owned(),
            email: Some("ada@example.org".to_owned()),
            email_key: Some("ada@example.org".to_owned()),
            email_confirmed: true,
            time_zone: "Europe/Berlin".to_owned(),
            discord: Some(DiscordAccount {
                id: "80351110224678912".to_owned(),
                verified: true,
            }),
        }
    }

    fn everything() -> Preferences {
        let mut wanted = Preferences {
            webhook: Some(Webhook {
                url: "https://example.org/".to_owned(),
                secret: Secret::new("whsec_x"),
                disabled: None,
            }),
            ..Preferences::default()
        };
        wanted
            .grid
            .set(&REVIEW_READY, Channel::Discord, When::Immediate)
            .unwrap();
        wanted
    }

    fn channels(contact: &Contact, wanted: &Preferences, means: Means) -> Vec<Channel> {
        let plan = Plan::of(&REVIEW_READY, contact, wanted, means, now()).unwrap();
        plan.messages.iter().map(|(channel, _)| *channel).collect()
    }

    #[test]
    fn each_channel_is_used_that_is_wanted_and_open() {
        use Channel::{Discord, Email, Webhook};
        assert_eq!(
            channels(&ada(), &everything(), ALL),
            [Email, Discord, Webhook]
        );
        assert_eq!(channels(&ada(), &Preferences::default(), ALL), [Email]);
        let mut unconfirmed = ada();
        unconfirmed.email_confirmed = false;
        assert_eq!(
            channels(&unconfirmed, &everything(), ALL),
            [Discord, Webhook]
        );
        let mut claimed = ada();
        claimed.discord.as_mut().unwrap().verified = false;
        assert_eq!(channels(&claimed, &everything(), ALL), [Email, Webhook]);
        let generous = Means {
            unverified_links: true,
            ..ALL
        };
        assert_eq!(
            channels(&claimed, &everything(), generous),
            [Email, Discord, Webhook]
        );
        let without = Means {
            discord: false,
            ..ALL
        };
        assert_eq!(channels(&ada(), &everything(), without), [Email, Webhook]);
        let mut closed = everything();
        closed.discord.closed_at = Some(now());
        closed.webhook.as_mut().unwrap().disabled = Some("gone".to_owned());
        assert_eq!(channels(&ada(), &closed, ALL), [Email]);
    }

    #[test]
    fn quiet_holds_up_what_disturbs() {
        let mut wanted = everything();
        wanted.quiet = Some(QuietHours {
            from: "22:00".parse().unwrap(),
            until: "07:00".parse().unwrap(),
        });
        let plan = Plan::of(&REVIEW_READY, &ada(), &wanted, ALL, now()).unwrap();
        let morning = "2026-11-22T06:00:00Z".parse().unwrap();
        assert_eq!(
            plan.messages,
            [
                (Channel::Email, morning),
                (Channel::Discord, morning),
                (Channel::Webhook, now())
            ]
        );
    }

    #[test]
    fn the_digest_is_a_mail_too() {
        let plan = |contact: &Contact, wanted: &Preferences| {
            Plan::of(&MAP_RECORD, contact, wanted, ALL, now())
        };
        assert!(plan(&ada(), &Preferences::default()).unwrap().in_digest);
        let mut unconfirmed = ada();
        unconfirmed.email_confirmed = false;
        assert!(
            !plan(&unconfirmed, &Preferences::default())
                .unwrap()
                .in_digest
        );
        let mut wanted = Preferences {
            digest_enabled: false,
            ..Preferences::default()
        };
        assert!(!plan(&ada(), &wanted).unwrap().in_digest);
        wanted
            .grid
            .set(&MAP_RECORD, Channel::InApp, When::Off)
            .unwrap();
        assert_eq!(plan(&ada(), &wanted), None, "nobody wants to hear of it");
    }
}
