use std::num::NonZeroU32;

use kernel::Secret;
use trackmania::Account;

use crate::config::reader::{Reader, Setting, Show};
use crate::config::value;

const MOST: NonZeroU32 = NonZeroU32::new(1_000).expect("a thousand is not zero");

const NADEO_CORE_URL: Setting<String> = Setting {
    name: "NADEO_CORE_URL",
    default: Some("https://prod.trackmania.core.nadeo.online"),
    allowed: "where Nadeo's Core service is",
    show: Show::Plain,
    parse: value::web_address,
};
const NADEO_LIVE_URL: Setting<String> = Setting {
    name: "NADEO_LIVE_URL",
    default: Some("https://live-services.trackmania.nadeo.live"),
    allowed: "where Nadeo's Live service is",
    show: Show::Plain,
    parse: value::web_address,
};
const NADEO_LOGIN: Setting<String> = Setting {
    name: "NADEO_LOGIN",
    default: None,
    allowed: "the login of a service account at Nadeo",
    show: Show::Plain,
    parse: value::text,
};
const NADEO_PASSWORD: Setting<Secret> = Setting {
    name: "NADEO_PASSWORD",
    default: None,
    allowed: "the password of that account",
    show: Show::Masked,
    parse: value::secret,
};
const NADEO_REQUESTS_PER_SECOND: Setting<NonZeroU32> = Setting {
    name: "NADEO_REQUESTS_PER_SECOND",
    default: Some("2"),
    allowed: "a number from 1 to 1000",
    show: Show::Plain,
    parse: |text| value::number_in(text, NonZeroU32::MIN..=MOST),
};
const TRACKMANIA_API_URL: Setting<String> = Setting {
    name: "TRACKMANIA_API_URL",
    default: Some("https://api.trackmania.com"),
    allowed: "where Trackmania's public API is",
    show: Show::Plain,
    parse: value::web_address,
};
const TRACKMANIA_CLIENT_ID: Setting<String> = Setting {
    name: "TRACKMANIA_CLIENT_ID",
    default: None,
    allowed: "the client id of an application at Trackmania's public API",
    show: Show::Plain,
    parse: value::text,
};
const TRACKMANIA_CLIENT_SECRET: Setting<Secret> = Setting {
    name: "TRACKMANIA_CLIENT_SECRET",
    default: None,
    allowed: "the client secret of that application",
    show: Show::Masked,
    parse: value::secret,
};
const TMX_URL: Setting<String> = Setting {
    name: "TMX_URL",
    default: Some("https://trackmania.exchange"),
    allowed: "where Trackmania Exchange is",
    show: Show::Plain,
    parse: value::web_address,
};
const TMX_REQUESTS_PER_SECOND: Setting<NonZeroU32> = Setting {
    name: "TMX_REQUESTS_PER_SECOND",
    default: Some("2"),
    allowed: "a number from 1 to 1000",
    show: Show::Plain,
    parse: |text| value::number_in(text, NonZeroU32::MIN..=MOST),
};

/// The services around Trackmania. Addresses are without a slash at their end, paces of all servers together.
#[derive(Clone, Debug)]
pub struct TrackmaniaSection {
    pub nadeo_core_url: String,
    pub nadeo_live_url: String,
    /// None: there are no records to be had.
    pub nadeo_account: Option<Account>,
    pub nadeo_requests_per_second: NonZeroU32,
    pub public_api_url: String,
    /// None: nobody has a name.
    pub client: Option<Account>,
    pub exchange_url: String,
    pub exchange_requests_per_second: NonZeroU32,
    /// Whether somebody chose any of the services, or an account there.
    pub is_chosen: bool,
}

impl TrackmaniaSection {
    pub(in crate::config) fn read(reader: &mut Reader<'_>) -> Self {
        let names = [
            NADEO_CORE_URL.name,
            NADEO_LIVE_URL.name,
            NADEO_LOGIN.name,
            TRACKMANIA_API_URL.name,
            TRACKMANIA_CLIENT_ID.name,
            TMX_URL.name,
        ];
        Self {
            is_chosen: names.iter().any(|name| reader.is_set(name)),
            nadeo_core_url: reader.required(&NADEO_CORE_URL),
            nadeo_live_url: reader.required(&NADEO_LIVE_URL),
            nadeo_account: pair(reader, &NADEO_LOGIN, &NADEO_PASSWORD),
            nadeo_requests_per_second: reader.required(&NADEO_REQUESTS_PER_SECOND),
            public_api_url: reader.required(&TRACKMANIA_API_URL),
            client: pair(reader, &TRACKMANIA_CLIENT_ID, &TRACKMANIA_CLIENT_SECRET),
            exchange_url: reader.required(&TMX_URL),
            exchange_requests_per_second: reader.required(&TMX_REQUESTS_PER_SECOND),
        }
    }

    /// Every address that is called.
    pub fn addresses(&self) -> [&str; 4] {
        [
            &self.nadeo_core_url,
            &self.nadeo_live_url,
            &self.public_api_url,
            &self.exchange_url,
        ]
    }
}

/// A name and its password, of which neither is any good alone.
fn pair(
    reader: &mut Reader<'_>,
    name: &Setting<String>,
    password: &Setting<Secret>,
) -> Option<Account> {
    let read = (reader.optional(name), reader.optional(password));
    match &read {
        (Some(_), None) => reader.problem(password.name, format!("is needed with {}", name.name)),
        (None, Some(_)) => reader.problem(name.name, format!("is needed with {}", password.name)),
        _ => {}
    }
    Some(Account {
        name: read.0?,
        password: read.1?,
    })
}
