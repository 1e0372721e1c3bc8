//! Settings that may change while the server runs: the configuration's, and over it what the table `settings` holds.
//!
//! Invariants:
//! - What is in force was read from PostgreSQL, by one reader at a time, so that the later of two reads stays.
//! - Every server hears of a change with its COMMIT, and reads anew; also whenever it may have missed one.
//! - A value that this release's rules refuse, such as one of another release, is passed over, and the configuration's
//!   holds.

mod error;
mod store;
mod value;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use accounts::Accounts;
use axum::extract::FromRef;
use db::Database;
use kernel::{Clock, UserId};
use live::{Hearing, Relay};
use parking_lot::RwLock;
use serde_json::{Value, json};
use sqlx::PgExecutor;

pub use self::error::SettingsError;
use self::store::Stored;
pub use self::value::as_json;
use crate::config::{Config, Origin, RunTime};

/// What servers tell each other.
const CHANGED: &str = "settings changed";
/// Between two tries to read while the database is away.
const RETRY: Duration = Duration::from_secs(1);

type Follower = Arc<dyn Fn(&RunTime) + Send + Sync>;

/// Cheap to clone.
#[derive(Clone)]
pub struct Settings(Arc<Inner>);

struct Inner {
    config: Config,
    database: Database,
    accounts: Accounts,
    relay: Relay,
    clock: Clock,
    in_force: RwLock<RunTime>,
    followers: RwLock<Vec<Follower>>,
    reading: tokio::sync::Mutex<()>,
}

/// A setting with its value, and who it has it from.
pub struct InForce {
    pub name: &'static str,
    pub value: Value,
    pub origin: Origin,
    /// Where it is set in the database.
    pub stored: Option<Stored>,
}

impl Settings {
    /// With the configuration's values, until they are read.
    pub fn new(
        config: &Config,
        database: Database,
        accounts: Accounts,
        relay: Relay,
        clock: Clock,
    ) -> Self {
        let in_force = RunTime {
            limits: config.limits.clone(),
            schedules: config.jobs.schedules.clone(),
            entries: Vec::new(),
        };
        Self(Arc::new(Inner {
            config: config.clone(),
            database,
            accounts,
            relay,
            clock,
            in_force: RwLock::new(in_force),
            followers: RwLock::default(),
            reading: tokio::sync::Mutex::default(),
        }))
    }

    /// Calls `follower` with what is in force, now and after each look at the table, whether or not something was
    /// changed. It must not block.
    pub fn follow(&self, follower: impl Fn(&RunTime) + Send + Sync + 'static) {
        let mut followers = self.0.followers.write();
        follower(&self.0.in_force.read());
        followers.push(Arc::new(follower));
    }

    /// What other servers tell.
    #[must_use]
    pub fn hear(&self, hearing: Hearing) -> Hearing {
        let (changed, missed) = (self.clone(), self.clone());
        hearing
            .told(CHANGED, move |()| {
                tokio::spawn(changed.clone().read_at_last());
            })
            .missed(move || {
                tokio::spawn(missed.clone().read_at_last());
            })
    }

    async fn read_at_last(self) {
        while let Err(error) = self.read().await {
            if self.0.database.pool().is_closed() {
                return;
            }
            tracing::warn!(%error, "settings could not be read; trying again");
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Reads the table, and has everybody follow it.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn read(&self) -> Result<Vec<InForce>, db::Error> {
        let _alone = self.0.reading.lock().await;
        let stored = store::all(self.0.database.pool()).await?;
        let present = valid(&self.0.config, &stored);
        *self.0.in_force.write() = present.clone();
        let followers = self.0.followers.read().clone();
        for follower in followers {
            follower(&present);
        }
        Ok(list(&present, stored))
    }

    /// Sets each of these, or takes back what was set where there is no value, all or none of them. In force on this
    /// server when it returns, on the others a moment later.
    ///
    /// # Errors
    /// [`SettingsError::Invalid`] with everything that is wrong; and when the database is away.
    pub async fn change(
        &self,
        admin: UserId,
        changes: BTreeMap<String, Option<Value>>,
    ) -> Result<Vec<InForce>, SettingsError> {
        let now = self.0.clock.now();
        let mut tx = self.0.database.begin().await?;
        store::lock(&mut *tx).await?;
        let stored = store::all(&mut *tx).await?;
        let before = valid(&self.0.config, &stored);
        let mut wanted = before.stored();
        value::put_into(&mut wanted, &changes)?;
        let after = RunTime::over(&self.0.config, &wanted)?;
        let mut any = false;
        for (name, value) in &changes {
            let same = stored.get(name).map(|stored| &stored.value) == value.as_ref();
            if same {
                continue;
            }
            any = true;
            match value {
                Some(value) => store::put(&mut *tx, name, value, admin, now).await?,
                None => store::delete(&mut *tx, name).await?,
            }
            let ((from, _), (to, source)) = (in_force(&before, name), in_force(&after, name));
            let data = json!({ "from": from, "to": to, "source": value::source_name(&source) });
            accounts::audit::record(&mut tx, now, Some(admin), "setting.changed", name, data)
                .await?;
        }
        if any {
            self.0.relay.tell_in(&mut tx, CHANGED, &()).await?;
        }
        tx.commit().await?;
        Ok(self.read().await?)
    }
}

/// What is in force over this configuration, for whoever looks once.
///
/// # Errors
/// When the database is away.
pub async fn look(config: &Config, executor: impl PgExecutor<'_>) -> Result<RunTime, db::Error> {
    let stored = store::all(executor).await?;
    Ok(valid(config, &stored))
}

/// What is in force with these; those that can't be are left out.
fn valid(config: &Config, stored: &BTreeMap<String, Stored>) -> RunTime {
    let mut texts: BTreeMap<_, _> = texts(stored);
    loop {
        match RunTime::over(config, &texts) {
            Ok(present) => return present,
            Err(error) => {
                let named = error.problems.iter().filter_map(|it| it.name.as_ref());
                let wrong: Vec<_> = named.filter(|name| texts.contains_key(*name)).collect();
                tracing::warn!(settings = ?wrong, "settings of the database can't be, and are passed over");
                let before = texts.len();
                for name in wrong {
                    texts.remove(name);
                }
                if texts.len() == before {
                    // None of those that are left is to blame alone.
                    texts.clear();
                }
            }
        }
    }
}

fn texts(stored: &BTreeMap<String, Stored>) -> BTreeMap<String, String> {
    let values = stored.iter();
    values
        .filter_map(|(name, stored)| Some((name.clone(), value::as_text(&stored.value)?)))
        .collect()
}

fn in_force(present: &RunTime, name: &str) -> (Value, Origin) {
    let entry = present.entries.iter().find(|entry| entry.name == name);
    entry.map_or((Value::Null, Origin::Unset), |entry| {
        (as_json(entry.value.as_deref()), entry.source.clone())
    })
}

fn list(present: &RunTime, mut stored: BTreeMap<String, Stored>) -> Vec<InForce> {
    let entries = present.entries.iter();
    entries
        .map(|entry| InForce {
            name: entry.name,
            value: as_json(entry.value.as_deref()),
            origin: entry.source.clone(),
            stored: stored
                .remove(entry.name)
                .filter(|_| entry.source == Origin::Database),
        })
        .collect()
}

impl FromRef<Settings> for Accounts {
    fn from_ref(settings: &Settings) -> Self {
        settings.0.accounts.clone()
    }
}
