//! `grandstand doctor`: whether this machine has what the configuration needs.
//!
//! Invariant: it changes nothing, neither on the disk nor in the database, and ends within seconds.

mod links;
mod mail;
#[cfg(feature = "aws")]
mod queues;
mod reviews;
#[cfg(feature = "aws")]
mod tables;
mod trackmania;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use kernel::Clock;
use nix::sys::resource::{Resource, getrlimit};
use nix::sys::statvfs::statvfs;
use nix::unistd::{AccessFlags, access};
use serde::Deserialize;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

use crate::config::{Config, OidcIssuer};
use crate::wiring;

const PATIENCE: Duration = Duration::from_secs(5);
const GIBIBYTE: u64 = 1024 * 1024 * 1024;
/// Files beside streams: PostgreSQL's connections, other requests, logs.
const OTHER_FILES: u64 = 500;

/// What a look at one thing found.
enum Finding {
    Good(String),
    /// The server can run, but it should be known.
    Doubtful(String),
    Bad(String),
}

use Finding::{Bad, Doubtful, Good};

/// Prints a line for each thing; fails if the server could not run.
///
/// # Errors
/// If standard output can't be written to; what is wrong is printed.
pub async fn doctor(config: &Config) -> anyhow::Result<ExitCode> {
    let mut findings = vec![Good(format!(
        "The configuration is valid ({}).",
        if config.is_production() {
            "production"
        } else {
            "development"
        }
    ))];
    findings.push(data_folder(&config.server.data_dir));
    findings.push(disk_space(&config.server.data_dir));
    match &config.database.url {
        Some(url) => findings.extend(database(url, config.database.max_connections).await),
        None => findings.push(programs(&config.server.data_dir).await),
    }
    findings.push(port(SocketAddr::new(
        config.server.bind_address,
        config.server.port,
    )));
    findings.push(open_files(config.events.max_connections as u64));
    for issuer in &config.accounts.issuers {
        findings.push(keys_of(issuer).await);
    }
    findings.extend(links::links(config));
    findings.push(reviews::reviews(config));
    findings.extend(trackmania::trackmania(config).await);
    findings.push(mail::mail(config).await);
    #[cfg(feature = "aws")]
    {
        findings.extend(queues::queues(config).await);
        findings.extend(tables::tables(config).await);
    }
    findings.extend(public_url(config));
    let is_fine = !findings.iter().any(|finding| matches!(finding, Bad(_)));
    let lines = findings.iter().map(|finding| match finding {
        Good(text) => format!("✓ {text}\n"),
        Doubtful(text) => format!("! {text}\n"),
        Bad(text) => format!("✗ {text}\n"),
    });
    super::print(&lines.collect::<String>())?;
    Ok(if is_fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The folder, or the nearest one above it that exists.
fn existing(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let found = absolute.ancestors().find(|path| path.exists());
    found.map_or_else(|| PathBuf::from("/"), Path::to_owned)
}

fn data_folder(folder: &Path) -> Finding {
    let there = existing(folder);
    let shown = folder.display();
    if !there.is_dir() {
        return Bad(format!(
            "{} is a file, so the data folder {shown} can't be. Choose another with DATA_DIR.",
            there.display()
        ));
    }
    match access(&there, AccessFlags::W_OK | AccessFlags::X_OK) {
        Ok(()) if folder.exists() => Good(format!("The data folder {shown} can be written to.")),
        Ok(()) => Good(format!("The data folder {shown} can be made.")),
        Err(error) => Bad(format!(
            "The data folder {shown} can't be written to ({}: {error}). Give it to the user that runs Grandstand, or choose another with DATA_DIR.",
            there.display()
        )),
    }
}

fn disk_space(folder: &Path) -> Finding {
    match statvfs(&existing(folder)) {
        Ok(state) => {
            #[allow(
                clippy::unnecessary_cast,
                reason = "they are narrower on other systems"
            )]
            let free = state.blocks_available() as u64 * state.fragment_size() as u64;
            let shown = format!(
                "{:.1} GiB are free for the data folder",
                free as f64 / GIBIBYTE as f64
            );
            match free {
                free if free < GIBIBYTE => Bad(format!(
                    "Only {shown}. PostgreSQL stops when it runs out; make room, or move DATA_DIR."
                )),
                free if free < 5 * GIBIBYTE => Doubtful(format!(
                    "{shown}. PostgreSQL may keep 4 GiB of log for itself under load."
                )),
                _ => Good(format!("{shown}.")),
            }
        }
        Err(error) => Doubtful(format!(
            "The free space for the data folder can't be told: {error}."
        )),
    }
}

async fn programs(data_dir: &Path) -> Finding {
    let data_dir = data_dir.to_owned();
    let looking = tokio::task::spawn_blocking(move || db::private::programs(&data_dir));
    match tokio::time::timeout(PATIENCE, looking).await {
        Ok(Ok(Ok((folder, major)))) => Good(format!(
            "PostgreSQL {major} is in {}; Grandstand starts it by itself.",
            folder.display()
        )),
        Ok(Ok(Err(error))) => Bad(error.to_string()),
        Ok(Err(_)) | Err(_) => Bad(
            "Looking for PostgreSQL took too long. Look whether a network folder hangs.".to_owned(),
        ),
    }
}

async fn database(url: &PgConnectOptions, max_connections: u32) -> Vec<Finding> {
    let connecting = PgConnection::connect_with(url);
    let mut connection = match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => {
            return vec![Bad(format!(
                "DATABASE_URL: can't connect: {error}. Check host, port, user, password and firewall."
            ))];
        }
        Err(_) => {
            let seconds = PATIENCE.as_secs();
            return vec![Bad(format!(
                "DATABASE_URL: no answer within {seconds} seconds. Check host, port and firewall."
            ))];
        }
    };
    match tokio::time::timeout(PATIENCE, examine(&mut connection, max_connections)).await {
        Ok(Ok(findings)) => findings,
        Ok(Err(error)) => vec![Bad(format!(
            "DATABASE_URL: it refused to tell about itself: {error}."
        ))],
        Err(_) => vec![Bad(
            "DATABASE_URL: it is too slow to tell about itself. Look at its load.".to_owned(),
        )],
    }
}

const OLDEST_VERSION: i32 = 140_000;

async fn examine(
    connection: &mut PgConnection,
    max_connections: u32,
) -> Result<Vec<Finding>, sqlx::Error> {
    let (version, number, limit): (String, i32, i32) = sqlx::query_as(
        "select current_setting('server_version'), current_setting('server_version_num')::int,
                current_setting('max_connections')::int",
    )
    .fetch_one(&mut *connection)
    .await?;
    let mut findings = vec![if number < OLDEST_VERSION {
        Bad(format!(
            "The database is PostgreSQL {version}; 14 or later is needed."
        ))
    } else {
        Good(format!("The database answers: PostgreSQL {version}."))
    }];
    if i64::from(max_connections) > i64::from(limit) - 5 {
        findings.push(Bad(format!(
            "DATABASE_MAX_CONNECTIONS is {max_connections}, but the database takes {limit} in all. Lower the one or raise the other."
        )));
    }
    let (roles, may_make_roles): (bool, bool) = sqlx::query_as(
        "select (select count(*) = 2 from pg_roles
                 where rolname in ('grandstand_writer', 'grandstand_request') and pg_has_role(current_user, oid, 'member')),
                (select rolsuper or rolcreaterole from pg_roles where rolname = current_user)",
    )
    .fetch_one(&mut *connection)
    .await?;
    findings.push(match (roles, may_make_roles) {
        (true, _) => Good("Its two roles are there.".to_owned()),
        (false, true) => Good("Its two roles can be made.".to_owned()),
        (false, false) => Bad(
            "The database user may not make roles. `grandstand serve` prints what an administrator has to run once.".to_owned(),
        ),
    });
    let may_make_tables: bool = sqlx::query_scalar(
        "select coalesce(has_schema_privilege(current_schema(), 'create'), false)",
    )
    .fetch_one(&mut *connection)
    .await?;
    if !may_make_tables {
        findings.push(Bad(
            "The database user may not make tables. Let it own the database, or `grant create on schema public` to it.".to_owned(),
        ));
    }
    Ok(findings)
}

fn port(address: SocketAddr) -> Finding {
    let number = address.port();
    match crate::listen::bind(address) {
        Ok(_) if number == 0 => Good("Any free port is taken (PORT is 0).".to_owned()),
        Ok(_) => Good(format!("Port {number} is free.")),
        Err(error) => Bad(error.to_string()),
    }
}

fn open_files(streams: u64) -> Finding {
    let wanted = streams + OTHER_FILES;
    match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((_, hard)) if hard >= wanted => {
            Good(format!("{hard} files and connections may be open."))
        }
        Ok((_, hard)) => Doubtful(format!(
            "Only {hard} files and connections may be open, but SSE_MAX_CONNECTIONS is {streams}. Raise the hard limit \
             (`ulimit -Hn {wanted}`, LimitNOFILE= of systemd), or lower SSE_MAX_CONNECTIONS."
        )),
        Err(error) => Doubtful(format!(
            "How many files may be open can't be told: {error}."
        )),
    }
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

const KEY_SET_CAP: usize = 64 * 1024;

async fn keys_of(configured: &OidcIssuer) -> Finding {
    let name = &configured.issuer;
    let url = wiring::issuer(configured).jwks_url();
    let calling = outbound::Config {
        allow_http: name.starts_with("http://"),
        ..outbound::Config::new("grandstand doctor")
    };
    let client = outbound::Client::new(calling, Clock::system());
    let keys = match client {
        Ok(client) => client.get_json::<KeySet>(&url, KEY_SET_CAP).await,
        Err(error) => Err(error),
    };
    match keys {
        Ok(set) if set.keys.is_empty() => Bad(format!("The issuer {name} has no keys at {url}.")),
        Ok(set) => Good(format!("The issuer {name} has {} keys.", set.keys.len())),
        Err(error) => Bad(format!(
            "The keys of the issuer {name} can't be had from {url}: {error} Check OIDC_ISSUER, and that this machine may call out."
        )),
    }
}

fn public_url(config: &Config) -> Option<Finding> {
    if !config.is_production() {
        return None;
    }
    Some(match config.server.public_url.as_deref() {
        None => Doubtful("PUBLIC_URL isn't set; links that the server prints will say localhost.".to_owned()),
        Some(url) if url.starts_with("http://") => {
            Doubtful("PUBLIC_URL begins with http://; passwords and tokens would travel in the open. Put TLS in front.".to_owned())
        }
        Some(url) => Good(format!("Browsers reach the server at {url}.")),
    })
}
