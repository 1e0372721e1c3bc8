use std::path::PathBuf;

use sqlx::postgres::PgConnectOptions;

use crate::config::reader::{Reader, Setting, Show};
use crate::config::source::Origin;
use crate::config::value;

const DATABASE_URL: Setting<PgConnectOptions> = Setting {
    name: "DATABASE_URL",
    default: None,
    allowed: "an address such as postgres://user:password@host:5432/database",
    show: Show::MaskedPassword,
    parse: |text| {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(String::new());
        }
        // The library's own reason could repeat the password.
        text.parse().map_err(|_| String::new())
    },
};
const DATABASE_MAX_CONNECTIONS: Setting<u32> = Setting {
    name: "DATABASE_MAX_CONNECTIONS",
    default: Some("20"),
    allowed: "a number from 4 to 1000",
    show: Show::Plain,
    parse: |text| value::number_in(text, 4..=1000),
};
const PG_BIN_DIR: Setting<PathBuf> = Setting {
    name: "PG_BIN_DIR",
    default: None,
    allowed: "the folder that holds PostgreSQL's initdb and postgres",
    show: Show::Plain,
    parse: value::path,
};

/// The connections that the private PostgreSQL has room for, less some for administrators.
const PRIVATE_MAX_CONNECTIONS: u32 = 50;

/// Where the truth is kept.
#[derive(Clone)]
pub struct DatabaseSection {
    /// None: a private PostgreSQL in the data folder.
    pub url: Option<PgConnectOptions>,
    pub max_connections: u32,
}

impl std::fmt::Debug for DatabaseSection {
    /// Without the address, which holds a password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("DatabaseSection")
            .field("private", &self.url.is_none())
            .field("max_connections", &self.max_connections)
            .finish()
    }
}

impl DatabaseSection {
    pub(in crate::config) fn read(reader: &mut Reader<'_>) -> Self {
        let url = reader.optional(&DATABASE_URL);
        let max_connections = reader.required(&DATABASE_MAX_CONNECTIONS);
        if !reader.is_set(DATABASE_URL.name) && max_connections > PRIVATE_MAX_CONNECTIONS {
            let message = format!(
                "must be {PRIVATE_MAX_CONNECTIONS} at the most with the private PostgreSQL; set DATABASE_URL to use a larger one"
            );
            reader.problem(DATABASE_MAX_CONNECTIONS.name, message);
        }
        // Used where PostgreSQL is searched for, which looks into the environment itself.
        reader.optional(&PG_BIN_DIR);
        if !matches!(
            reader.source(PG_BIN_DIR.name),
            Origin::Environment | Origin::Unset
        ) {
            reader.problem(PG_BIN_DIR.name, "must be set in the environment");
        }
        Self {
            url,
            max_connections,
        }
    }
}
