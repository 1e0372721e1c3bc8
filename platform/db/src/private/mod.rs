//! The PostgreSQL that Grandstand starts itself, in its data folder, where no other is configured.
//!
//! Invariants:
//! - One data folder has one server and one PostgreSQL. The lock comes before everything else.
//! - PostgreSQL doesn't outlive us, however we end: the kernel shuts it down where we can't.
//! - If it ends while we run, it is started again, with growing pauses, until it stays or we stop.
//! - Its socket is its only door, and only our user and its own pass through it (see `config`).
//! - Durability is never traded for speed: fsync, full-page writes, data checksums, synchronous commits.

mod cluster;
mod config;
mod error;
mod find;
mod launch;
mod lock;
mod log;
mod place;
mod predecessor;
mod process;
mod socket;
mod supervise;
mod system;
mod user;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::sync::watch;

pub use self::error::PrivatePostgresError;
use self::place::Place;
use self::process::Keeper;
use self::supervise::Supervisor;

/// The superuser of the private cluster, and the only role that can log in.
const ROLE: &str = "grandstand";
const DATABASE: &str = "grandstand";

/// For looking at folders and running `postgres --version`; a network folder that hangs is the reason for a bound.
const PREPARATION_PATIENCE: Duration = Duration::from_secs(60);
/// For the last checkpoint. Container managers give ten to thirty seconds before they kill.
const STOP_PATIENCE: Duration = Duration::from_secs(20);

/// How the private PostgreSQL is doing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Condition {
    /// It takes connections.
    Running { process_id: u32 },
    /// It ended without being told to, and is being started again.
    Restarting,
    /// It is being stopped or has been, for good.
    Stopped,
}

/// A running private PostgreSQL. Stop it with [`stop`](Self::stop); dropping it blocks the thread until PostgreSQL
/// has shut down, 15 seconds at most, and is meant for failing tests and early returns.
#[derive(Debug)]
pub struct PrivatePostgres {
    place: Arc<Place>,
    keeper: Arc<Keeper>,
    condition: watch::Receiver<Condition>,
    supervisor: tokio::task::JoinHandle<()>,
    location: PathBuf,
}

impl PrivatePostgres {
    /// Starts PostgreSQL in the data folder; the first time, makes the folder and the database.
    ///
    /// Takes a tenth of a second, the first time one or two, and after a crash as long as recovery takes.
    pub async fn start(data_dir: &Path) -> Result<Self, PrivatePostgresError> {
        let data_dir = data_dir.to_owned();
        let settling = tokio::task::spawn_blocking(move || Place::settle(&data_dir));
        let (place, locks) = tokio::time::timeout(PREPARATION_PATIENCE, settling)
            .await
            .map_err(|_| PrivatePostgresError::PreparationTimedOut {
                seconds: PREPARATION_PATIENCE.as_secs(),
            })?
            // The runtime is shutting down.
            .map_err(|_| PrivatePostgresError::Stopping)??;
        let place = Arc::new(place);
        let keeper = Arc::new(Keeper::start(locks)?);
        cluster::ensure(&place, &keeper).await?;
        let child = launch::launch(&place, &keeper).await?;
        let process_id = child.process_id();
        let location = place.cluster();
        tracing::info!(
            process_id,
            location = %location.display(),
            major = place.binaries.major,
            "PostgreSQL {} runs in {}",
            place.binaries.major,
            location.display()
        );
        let (supervisor, condition) = Supervisor::new(place.clone(), keeper.clone(), child);
        Ok(Self {
            place,
            keeper,
            condition,
            supervisor: tokio::spawn(supervisor.run()),
            location,
        })
    }

    /// How to reach the database. They stay the same when PostgreSQL is started again.
    pub fn connect_options(&self) -> PgConnectOptions {
        connect_options(&self.place.socket_folder)
    }

    /// The cluster's folder, which isn't in the data folder where PostgreSQL's user can't reach that.
    pub fn location(&self) -> &Path {
        &self.location
    }

    /// The folder with PostgreSQL's programs, such as `pg_dump` (not every package has all of them).
    pub fn programs(&self) -> &Path {
        &self.place.binaries.folder
    }

    /// Tells of each change, and the present state.
    pub fn condition(&self) -> watch::Receiver<Condition> {
        self.condition.clone()
    }

    /// Returns when the PostgreSQL that runs now has ended, for whatever reason.
    pub fn exited(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut condition = self.condition.clone();
        async move {
            let now = *condition.borrow_and_update();
            // An error means that the supervisor is gone, and PostgreSQL with it.
            let _ = condition.wait_for(|condition| *condition != now).await;
        }
    }

    /// Shuts PostgreSQL down: connections are ended, what is committed is checkpointed. Then releases the lock.
    ///
    /// # Errors
    /// If it had to be killed; it has ended then too.
    pub async fn stop(self) -> Result<(), PrivatePostgresError> {
        self.supervisor.abort();
        let keeper = self.keeper.clone();
        let ended_cleanly = tokio::task::spawn_blocking(move || keeper.end(STOP_PATIENCE))
            .await
            .map_err(|_| PrivatePostgresError::Stopping)?;
        if !ended_cleanly {
            return Err(PrivatePostgresError::KilledAtStop {
                seconds: STOP_PATIENCE.as_secs(),
            });
        }
        tracing::info!("PostgreSQL has shut down");
        Ok(())
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        self.supervisor.abort();
        self.keeper.end(Duration::from_secs(5));
    }
}

/// The PostgreSQL that a start on this folder would use: its programs' folder and its major version. Changes
/// nothing. Blocks.
///
/// # Errors
/// If there is none that fits.
pub fn programs(data_dir: &Path) -> Result<(PathBuf, u32), PrivatePostgresError> {
    place::programs(data_dir)
}

/// How to reach the PostgreSQL of the server that runs on this folder: for commands beside it.
///
/// # Errors
/// If it can't be told where that is.
pub fn running(data_dir: &Path) -> Result<PgConnectOptions, PrivatePostgresError> {
    Ok(connect_options(&place::socket_folder(data_dir)?))
}

fn connect_options(socket_folder: &Path) -> PgConnectOptions {
    // Every value that the environment could bend (PGHOST, PGPORT, PGSSLMODE, …) is given.
    PgConnectOptions::new_without_pgpass()
        .socket(socket_folder)
        .port(5432)
        .username(ROLE)
        .database(DATABASE)
        .ssl_mode(PgSslMode::Disable)
}
