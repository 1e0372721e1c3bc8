//! Floor 3: Trackmania: maps, their records, and what happens on them.
//!
//! See README.md for the invariants.

mod actions;
mod asking;
mod error;
mod jobs;
pub mod model;
mod routes;
mod store;
mod upstream;

use std::ops::Deref;
use std::sync::Arc;

use accounts::Accounts;
use axum::extract::FromRef;
use db::Database;
use kernel::Clock;
use moka::sync::Cache;

pub use crate::actions::drivers::Driver;
pub use crate::error::Error;
pub use crate::jobs::{About, CheckDrivers, PurgeTrackmania, RunMapperAlerts, TellUsers};
pub use crate::model::run::{DayOfRuns, RunKind};
pub use crate::upstream::{Account, ExchangeConfig, NadeoConfig, Probe, Problem};

use crate::actions::maps::Found;
use crate::asking::Asking;
use crate::upstream::{Exchange, Nadeo};

/// Pages of maps that are remembered.
const FOUND_MAPS: u64 = 200;

/// How this feature is set up.
#[derive(Clone, Debug)]
pub struct Config {
    pub nadeo: NadeoConfig,
    pub exchange: ExchangeConfig,
    /// Where links lead to, without a slash at its end.
    pub public_url: String,
    /// Whether an account at Trackmania may be watched that nobody has proven to be theirs.
    pub unverified_links: bool,
}

/// The feature, running. Cheap to clone.
#[derive(Clone)]
pub struct Trackmania(Arc<Inner>);

pub struct Inner {
    database: Database,
    accounts: Accounts,
    jobs: ::jobs::Jobs,
    clock: Clock,
    nadeo: Nadeo,
    exchange: Exchange,
    asking: Asking,
    found_maps: Cache<String, Found>,
    public_url: String,
    unverified_links: bool,
}

impl Trackmania {
    pub fn new(
        database: Database,
        accounts: Accounts,
        jobs: ::jobs::Jobs,
        outside: outbound::Client,
        clock: Clock,
        config: Config,
    ) -> Self {
        Self(Arc::new(Inner {
            nadeo: Nadeo::new(
                outside.clone(),
                database.clone(),
                clock.clone(),
                config.nadeo,
            ),
            exchange: Exchange::new(outside, database.clone(), config.exchange),
            asking: Asking::new(),
            found_maps: Cache::new(FOUND_MAPS),
            public_url: config.public_url,
            unverified_links: config.unverified_links,
            database,
            accounts,
            jobs,
            clock,
        }))
    }
}

impl Trackmania {
    /// What the day's runs of a kind came to, for administrators.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn day_overview(
        &self,
        kind: RunKind,
        day: kernel::Day,
    ) -> Result<Option<DayOfRuns>, db::Error> {
        store::runs::of_day(self.database.pool(), kind, day).await
    }
}

impl Deref for Trackmania {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl FromRef<Trackmania> for Accounts {
    fn from_ref(trackmania: &Trackmania) -> Self {
        trackmania.accounts.clone()
    }
}
