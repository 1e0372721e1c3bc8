//! Starts the postmaster and sees it through to its first connection.
//!
//! Invariant: what is returned is our own child, holds the cluster's lock file, and has answered a connection to
//! the database `grandstand`. A start that fails leaves no process.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};

use super::error::PrivatePostgresError;
use super::place::Place;
use super::predecessor::{self, LockFile};
use super::process::{Child, Keeper};
use super::{DATABASE, config, connect_options};

/// Recovery after a crash writes again what the last checkpoint hadn't: minutes on a slow disk.
const READY_PATIENCE: Duration = Duration::from_secs(15 * 60);
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
const PREDECESSOR_PATIENCE: Duration = Duration::from_secs(15);
const STOP_PATIENCE: Duration = Duration::from_secs(10);
const MAINTENANCE_DATABASE: &str = "postgres";

pub(super) async fn launch(place: &Place, keeper: &Keeper) -> Result<Child, PrivatePostgresError> {
    config::write(place)?;
    let deadline = Instant::now() + PREDECESSOR_PATIENCE;
    loop {
        predecessor::await_end(&place.cluster()).await?;
        match attempt(place, keeper).await {
            Err(PrivatePostgresError::StartFailed { output, .. })
                if blames_predecessor(&output) && Instant::now() < deadline =>
            {
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
            result => return result,
        }
    }
}

fn blames_predecessor(output: &str) -> bool {
    output.contains("postmaster.pid\" already exists") || output.contains("is still in use")
}

async fn attempt(place: &Place, keeper: &Keeper) -> Result<Child, PrivatePostgresError> {
    let log_start = place.log.end();
    let mut command = place.user.command(&place.binaries.program("postgres"));
    command
        .args(config::arguments(place))
        .stdout(Stdio::from(place.log.writer()?))
        .stderr(Stdio::from(place.log.writer()?));
    // PostgreSQL's fast shutdown.
    let mut child = keeper.spawn(command, Signal::SIGINT).await?;
    match await_ready(place, &mut child, log_start).await {
        Ok(()) => Ok(child),
        Err(error) => {
            keeper.terminate(&mut child, STOP_PATIENCE).await;
            Err(error)
        }
    }
}

async fn await_ready(
    place: &Place,
    child: &mut Child,
    log_start: u64,
) -> Result<(), PrivatePostgresError> {
    let cluster = place.cluster();
    let start = Instant::now();
    let mut next_report = Duration::from_secs(3);
    loop {
        if holds_lock_file(&cluster, child) && accepts_connections(&place.socket_folder).await? {
            return Ok(());
        }
        let waited = start.elapsed();
        if waited > READY_PATIENCE {
            return Err(PrivatePostgresError::NotReady {
                seconds: READY_PATIENCE.as_secs(),
                log: place.log.path.clone(),
                output: place.log.tail(log_start),
            });
        }
        if waited > next_report {
            next_report = waited + Duration::from_secs(10);
            tracing::info!(
                seconds = waited.as_secs(),
                "PostgreSQL is recovering, after {} seconds still",
                waited.as_secs()
            );
        }
        // Quick at first: a start takes a tenth of a second.
        let pause = (waited / 10).clamp(Duration::from_millis(5), Duration::from_millis(250));
        tokio::select! {
            status = child.wait() => return Err(PrivatePostgresError::StartFailed {
                status,
                log: place.log.path.clone(),
                output: place.log.tail(log_start),
            }),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

fn holds_lock_file(cluster: &Path, child: &Child) -> bool {
    LockFile::read(cluster).is_some_and(|file| file.postmaster == child.pid)
}

/// Connects to our database, and makes it where it is missing: after initdb, or after a start that was interrupted
/// before it was made.
async fn accepts_connections(socket_folder: &Path) -> Result<bool, PrivatePostgresError> {
    let options = connect_options(socket_folder);
    match connect(&options).await {
        Ok(connection) => {
            // It has served its purpose.
            let _ = connection.close().await;
            Ok(true)
        }
        Err(error) if has_code(&error, "3D000") => create_database(&options).await.map(|()| true),
        // Starting up, shutting down, or taken by others.
        Err(error) if has_code(&error, "57P03") || has_code(&error, "53300") => Ok(false),
        Err(error @ sqlx::Error::Database(_)) => Err(PrivatePostgresError::Refused(error)),
        // A root that was stripped of its powers can't enter the folder.
        Err(sqlx::Error::Io(error)) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(PrivatePostgresError::Refused(error.into()))
        }
        Err(_) => Ok(false),
    }
}

async fn create_database(options: &PgConnectOptions) -> Result<(), PrivatePostgresError> {
    let create = async {
        let options = options.clone().database(MAINTENANCE_DATABASE);
        let mut connection = connect(&options).await?;
        let create = format!("CREATE DATABASE {DATABASE} TEMPLATE template0");
        let result = sqlx::query(sqlx::AssertSqlSafe(create))
            .execute(&mut connection)
            .await;
        connection.close().await?;
        result
    };
    create
        .await
        .map(|_| ())
        .map_err(PrivatePostgresError::Refused)
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    tokio::time::timeout(CONNECT_PATIENCE, options.connect())
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

fn has_code(error: &sqlx::Error, code: &str) -> bool {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .is_some_and(|found| found == code)
}
