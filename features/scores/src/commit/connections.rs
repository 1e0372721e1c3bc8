//! The connections that batches are written on.
//!
//! Where PostgreSQL shares two processors with us, one batch at a time is written, on the same connection: a second beside it
//! takes its processor from those who send the next plays, and two backends push each other out of the processors' caches.
//! Measured at 64 connections: a third more scores a second. While a batch waits rather than works, for a slow
//! COMMIT or a distant PostgreSQL, or where there are processors enough, a second one is written beside it.

use std::thread::available_parallelism;
use std::time::Duration;

use db::{Database, Error};
use sqlx::pool::PoolConnection;
use sqlx::{Connection, PgConnection, Postgres};
use tokio::sync::{Mutex, MutexGuard};

use crate::store;

/// With so many processors, one is left for whoever isn't writing while two batches are.
const ENOUGH_PROCESSORS: usize = 3;

#[derive(Debug)]
pub struct Connections {
    database: Database,
    first: Slot,
    second: Slot,
    has_enough_processors: bool,
    pace: parking_lot::Mutex<Pace>,
}

/// What the time of a batch goes into, for one batch or for the last ones on average.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// PostgreSQL reads and writes, the players being locked.
    pub worked: Duration,
    /// The way there and back, and COMMIT.
    pub waited: Duration,
}

/// Empty before the first batch, and after an error.
type Slot = Mutex<Option<PoolConnection<Postgres>>>;

/// A connection for one batch. Unless it is [given back](Self::give_back), it is closed: a transaction may be half-way through.
pub struct Lease<'a> {
    slot: MutexGuard<'a, Option<PoolConnection<Postgres>>>,
    connection: PoolConnection<Postgres>,
    pace: &'a parking_lot::Mutex<Pace>,
}

impl Connections {
    pub fn new(database: Database) -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self {
            database,
            first: Slot::default(),
            second: Slot::default(),
            has_enough_processors: processors >= ENOUGH_PROCESSORS,
            pace: parking_lot::Mutex::default(),
        }
    }

    /// Waits for a connection that no other batch is on; a `fresh` one where those that were idle may be dead.
    ///
    /// # Errors
    /// When PostgreSQL can't be reached.
    pub async fn lease(&self, fresh: bool) -> Result<Lease<'_>, Error> {
        let two = self.has_enough_processors || self.pace.lock().mostly_waits();
        let mut slot = match self.first.try_lock() {
            Ok(first) => first,
            Err(_) if two => self.second.lock().await,
            Err(_) => self.first.lock().await,
        };
        let connection = match slot.take() {
            Some(connection) if !fresh => connection,
            _ => open(&self.database).await?,
        };
        Ok(Lease {
            slot,
            connection,
            pace: &self.pace,
        })
    }
}

impl Lease<'_> {
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// For the next batch. `pace` is that of this one, if it was measured.
    pub fn give_back(mut self, pace: Option<Pace>) {
        if let Some(latest) = pace {
            let mut pace = self.pace.lock();
            *pace = pace.followed_by(latest);
        }
        *self.slot = Some(self.connection);
    }
}

impl Pace {
    fn mostly_waits(self) -> bool {
        self.waited > self.worked
    }

    /// The average when one more batch has come, in which it weighs an eighth: one that was held up says little.
    fn followed_by(self, latest: Self) -> Self {
        let mix = |average: Duration, latest: Duration| (average * 7 + latest) / 8;
        Self {
            worked: mix(self.worked, latest.worked),
            waited: mix(self.waited, latest.waited),
        }
    }
}

/// A connection that answers, with settings for batches. After PostgreSQL was away, those that were idle in the pool are dead.
async fn open(database: &Database) -> Result<PoolConnection<Postgres>, Error> {
    let mut tried = 0;
    loop {
        let mut connection = database.pool().acquire().await?;
        match connection.ping().await {
            Ok(()) => {
                // The pool must not get it back with these settings.
                connection.close_on_drop();
                store::commit::prepare_connection(&mut connection).await?;
                return Ok(connection);
            }
            Err(error) if tried > database.pool().size() => return Err(error.into()),
            Err(_) => {
                connection.close_on_drop();
                tried += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(worked: u64, waited: u64) -> Pace {
        Pace {
            worked: Duration::from_micros(worked),
            waited: Duration::from_micros(waited),
        }
    }

    #[test]
    fn a_slow_disk_is_worth_a_second_connection_and_a_hiccup_is_not() {
        let quick = (0..50).fold(Pace::default(), |pace, _| {
            pace.followed_by(self::pace(1_500, 300))
        });
        assert!(!quick.mostly_waits());
        assert!(!quick.followed_by(pace(1_500, 8_000)).mostly_waits());
        let slow = (0..20).fold(quick, |pace, _| pace.followed_by(self::pace(1_500, 5_000)));
        assert!(slow.mostly_waits());
    }
}
