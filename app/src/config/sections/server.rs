use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use http_api::CrossOrigins;
use kernel::Networks;

use super::MINUTE;
use crate::config::reader::{Reader, Setting, Show};
use crate::config::source::Origin;
use crate::config::value::{self, Unit};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    Development,
    Production,
}

const APP_ENV: Setting<Environment> = Setting {
    name: "APP_ENV",
    default: Some("development"),
    allowed: "development or production",
    show: Show::Plain,
    parse: |text| match text {
        "development" => Ok(Environment::Development),
        "production" => Ok(Environment::Production),
        _ => Err(String::new()),
    },
};
const PORT: Setting<u16> = Setting {
    name: "PORT",
    default: Some("3000"),
    allowed: "a port number up to 65535 (0: any that is free)",
    show: Show::Plain,
    parse: |text| value::number_in(text, 0..=u16::MAX),
};
const BIND_ADDRESS: Setting<IpAddr> = Setting {
    name: "BIND_ADDRESS",
    default: Some("::"),
    allowed: "the IP address of a network interface, such as 127.0.0.1; :: is all of them",
    show: Show::Plain,
    parse: |text| text.parse().map_err(|_| String::new()),
};
const PUBLIC_URL: Setting<String> = Setting {
    name: "PUBLIC_URL",
    default: None,
    allowed: "the address at which browsers reach this server, such as https://play.example.org",
    show: Show::Plain,
    parse: value::web_address,
};
const DATA_DIR: Setting<PathBuf> = Setting {
    name: "DATA_DIR",
    default: Some("./data"),
    allowed: "a folder",
    show: Show::Plain,
    parse: value::path,
};
const DRAIN_TIMEOUT: Setting<Duration> = Setting {
    name: "DRAIN_TIMEOUT",
    default: Some("30s"),
    allowed: "a duration from 0 to 10m",
    show: Show::Plain,
    parse: |text| value::duration_in(text, Unit::Seconds, Duration::ZERO..=10 * MINUTE),
};
const TRUSTED_PROXIES: Setting<Networks> = Setting {
    name: "TRUSTED_PROXIES",
    default: Some(""),
    allowed: "a list of addresses or networks, such as 10.0.0.0/8, 192.0.2.7",
    show: Show::Plain,
    parse: value::listed,
};
const CORS_ORIGINS: Setting<CrossOrigins> = Setting {
    name: "CORS_ORIGINS",
    default: Some(""),
    allowed: "a list of origins, such as https://play.example.org, or *",
    show: Show::Plain,
    parse: value::listed,
};

/// How the server is reached, and where it keeps its things.
#[derive(Clone, Debug)]
pub struct ServerSection {
    pub environment: Environment,
    pub bind_address: IpAddr,
    pub port: u16,
    /// Without a slash at its end. None: `http://localhost` and the port that we got.
    pub public_url: Option<String>,
    pub data_dir: PathBuf,
    pub drain_timeout: Duration,
    pub trusted_proxies: Networks,
    pub cors_origins: CrossOrigins,
}

impl ServerSection {
    /// Where browsers reach a server that listens on this port, without a slash at its end.
    pub fn address_at(&self, port: u16) -> String {
        let given = self.public_url.clone();
        given.unwrap_or_else(|| format!("http://localhost:{port}"))
    }

    pub(in crate::config) fn read(reader: &mut Reader<'_>) -> Self {
        let environment = reader.required(&APP_ENV);
        let port = reader.required(&PORT);
        let bind_address = reader.required(&BIND_ADDRESS);
        let public_url = reader.optional(&PUBLIC_URL);
        if !reader.is_set(PUBLIC_URL.name) {
            let address = format!("http://localhost:{port}");
            reader.set_default(PUBLIC_URL.name, Some(address), Origin::Default);
        }
        Self {
            environment,
            bind_address,
            port,
            public_url,
            data_dir: reader.required(&DATA_DIR),
            drain_timeout: reader.required(&DRAIN_TIMEOUT),
            trusted_proxies: reader.required(&TRUSTED_PROXIES),
            cors_origins: reader.required(&CORS_ORIGINS),
        }
    }
}
