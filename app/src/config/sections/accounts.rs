use std::time::Duration;

use kernel::Secret;

use super::oidc::{self, OidcIssuer};
use super::{DAY, HOUR, MINUTE};
use crate::config::reader::{Reader, Setting, Show};
use crate::config::value::{self, Unit};

const JWT_EXPIRY: Setting<Duration> = Setting {
    name: "JWT_EXPIRY",
    default: Some("15m"),
    allowed: "a duration from 1m to 24h",
    show: Show::Plain,
    parse: |text| value::duration_in(text, Unit::Seconds, MINUTE..=DAY),
};
const REFRESH_TOKEN_EXPIRY: Setting<Duration> = Setting {
    name: "REFRESH_TOKEN_EXPIRY",
    default: Some("7d"),
    allowed: "a duration from 1h to 365d",
    show: Show::Plain,
    parse: |text| value::duration_in(text, Unit::Seconds, HOUR..=365 * DAY),
};
const ADMIN_EMAIL: Setting<String> = Setting {
    name: "ADMIN_EMAIL",
    default: None,
    allowed: "an e-mail address",
    show: Show::Plain,
    parse: |text| match text.split_once('@') {
        Some((name, host))
            if !name.is_empty() && !host.is_empty() && !text.contains(char::is_whitespace) =>
        {
            Ok(text.to_owned())
        }
        _ => Err(String::new()),
    },
};
const ADMIN_PASSWORD: Setting<Secret> = Setting {
    name: "ADMIN_PASSWORD",
    default: None,
    allowed: "a password of 10 to 128 characters",
    show: Show::Masked,
    parse: |text| {
        if (10..=128).contains(&text.chars().count()) {
            value::secret(text)
        } else {
            Err(String::new())
        }
    },
};

/// The first admin, made at the start where there is none.
#[derive(Clone, Debug)]
pub struct FirstAdmin {
    pub email: String,
    pub password: Secret,
}

/// Who is calling.
#[derive(Clone, Debug)]
pub struct AccountsSection {
    pub jwt_expiry: Duration,
    pub refresh_token_expiry: Duration,
    pub issuers: Vec<OidcIssuer>,
    pub first_admin: Option<FirstAdmin>,
}

impl AccountsSection {
    pub(in crate::config) fn read(reader: &mut Reader<'_>) -> Self {
        let jwt_expiry = reader.required(&JWT_EXPIRY);
        let refresh_token_expiry = reader.required(&REFRESH_TOKEN_EXPIRY);
        if refresh_token_expiry <= jwt_expiry {
            reader.problem(REFRESH_TOKEN_EXPIRY.name, "must be longer than JWT_EXPIRY");
        }
        Self {
            jwt_expiry,
            refresh_token_expiry,
            issuers: oidc::read_issuers(reader),
            first_admin: Self::read_first_admin(reader),
        }
    }

    fn read_first_admin(reader: &mut Reader<'_>) -> Option<FirstAdmin> {
        let (email, password) = (
            reader.optional(&ADMIN_EMAIL),
            reader.optional(&ADMIN_PASSWORD),
        );
        match (
            reader.is_set(ADMIN_EMAIL.name),
            reader.is_set(ADMIN_PASSWORD.name),
        ) {
            (true, false) => reader.problem(ADMIN_PASSWORD.name, "is needed with ADMIN_EMAIL"),
            (false, true) => reader.problem(ADMIN_EMAIL.name, "is needed with ADMIN_PASSWORD"),
            _ => {}
        }
        Some(FirstAdmin {
            email: email?,
            password: password?,
        })
    }
}
