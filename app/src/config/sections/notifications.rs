use std::path::Path;
use std::time::Duration;

use kernel::{Networks, Secret};
use notifications::mail::{Authorities, AuthoritiesError, Mailbox, SmtpUrl, SmtpUrlError};

use super::MINUTE;
use crate::config::reader::{Reader, Setting, Show};
use crate::config::value::{self, Unit};

const SMTP_URL: Setting<SmtpUrl> = Setting {
    name: "SMTP_URL",
    default: None,
    allowed: "the server that takes our mail, such as smtps://user:password@mail.example.org",
    show: Show::MaskedPassword,
    parse: |text| {
        text.parse()
            .map_err(|error: SmtpUrlError| error.to_string())
    },
};
const SMTP_CA_FILE: Setting<Authorities> = Setting {
    name: "SMTP_CA_FILE",
    default: None,
    allowed: "a PEM file with the certificates of authorities",
    show: Show::Plain,
    parse: |text| {
        Authorities::read(Path::new(text)).map_err(|error: AuthoritiesError| error.to_string())
    },
};
const SMTP_TIMEOUT: Setting<Duration> = Setting {
    name: "SMTP_TIMEOUT",
    default: Some("30s"),
    allowed: "a duration from 100ms to 2m",
    show: Show::Plain,
    parse: |text| value::duration_in(text, Unit::Seconds, Duration::from_millis(100)..=2 * MINUTE),
};
const MAIL_FROM: Setting<Mailbox> = Setting {
    name: "MAIL_FROM",
    default: None,
    allowed: "a sender, such as Grandstand <news@play.example.org>",
    show: Show::Plain,
    parse: |text| text.parse().map_err(|_| String::new()),
};
const DIGEST_HOUR: Setting<i8> = Setting {
    name: "DIGEST_HOUR",
    default: Some("8"),
    allowed: "an hour from 0 to 23",
    show: Show::Plain,
    parse: |text| value::number_in(text, 0..=23),
};
const DISCORD_BOT_TOKEN: Setting<Secret> = Setting {
    name: "DISCORD_BOT_TOKEN",
    default: None,
    allowed: "the token of a Discord bot",
    show: Show::Masked,
    parse: value::secret,
};
const DISCORD_API_URL: Setting<String> = Setting {
    name: "DISCORD_API_URL",
    default: Some("https://discord.com/api/v10"),
    allowed: "where Discord's API is",
    show: Show::Plain,
    parse: value::web_address,
};
const WEBHOOK_TIMEOUT: Setting<Duration> = Setting {
    name: "WEBHOOK_TIMEOUT",
    default: Some("10s"),
    allowed: "a duration from 100ms to 1m",
    show: Show::Plain,
    parse: |text| value::duration_in(text, Unit::Seconds, Duration::from_millis(100)..=MINUTE),
};
const WEBHOOK_NETWORKS: Setting<Networks> = Setting {
    name: "WEBHOOK_NETWORKS",
    default: Some(""),
    allowed: "a list of addresses or networks, such as 10.0.0.0/8, 192.0.2.7",
    show: Show::Plain,
    parse: value::listed,
};

/// What users are told, and by which ways.
#[derive(Clone, Debug)]
pub struct NotificationsSection {
    /// None: mail goes into files in the data folder.
    pub smtp_url: Option<SmtpUrl>,
    /// Authorities that mail servers may be certified by besides those that the system trusts.
    pub smtp_authorities: Option<Authorities>,
    /// For each step of the conversation.
    pub smtp_timeout: Duration,
    pub mail_from: Mailbox,
    /// For users who chose none; in their own time zone.
    pub digest_hour: i8,
    pub discord_bot_token: Option<Secret>,
    /// Without a slash at its end.
    pub discord_api_url: String,
    /// How long a webhook may take to answer.
    pub webhook_timeout: Duration,
    /// Where webhooks may lead besides the public internet.
    pub webhook_networks: Networks,
}

impl NotificationsSection {
    pub(in crate::config) fn read(reader: &mut Reader<'_>) -> Self {
        let smtp_url = reader.optional(&SMTP_URL);
        let smtp_authorities = reader.optional(&SMTP_CA_FILE);
        let smtp_timeout = reader.required(&SMTP_TIMEOUT);
        let mail_from = reader.optional(&MAIL_FROM);
        if reader.is_set(SMTP_URL.name) && !reader.is_set(MAIL_FROM.name) {
            reader.problem(
                MAIL_FROM.name,
                "must be set with SMTP_URL: mail servers ask who is sending",
            );
        }
        Self {
            smtp_url,
            smtp_authorities,
            smtp_timeout,
            mail_from: mail_from.unwrap_or_else(notifications::mail::nobody),
            digest_hour: reader.required(&DIGEST_HOUR),
            discord_bot_token: reader.optional(&DISCORD_BOT_TOKEN),
            discord_api_url: reader.required(&DISCORD_API_URL),
            webhook_timeout: reader.required(&WEBHOOK_TIMEOUT),
            webhook_networks: reader.required(&WEBHOOK_NETWORKS),
        }
    }
}
