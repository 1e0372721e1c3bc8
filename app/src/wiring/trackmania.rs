//! Trackmania, made from the configuration, joined with notifications, and asked by accounts whose an account there is.

use std::num::NonZeroU32;

use ::accounts::{NoAnswer, TrackmaniaAccount, TrackmaniaAccounts};
use ::jobs::{Done, JobError, Registry, Running};
use db::Database;
use futures_util::future::BoxFuture;
use kernel::{Clock, ErrorKind, Failure};
use notifications::Notifications;
use notifications::event::{CHECKS_MISSED, Event, MAP_RECORD, RECORD_LOST};
use outbound::SharedLimits;
use trackmania::{About, Driver, ExchangeConfig, NadeoConfig, Probe, TellUsers, Trackmania};

use super::Ground;
use super::ground::calling;
use crate::config::Config;

/// Calls under way at a time, of all servers. At two calls a second, more only help where answers are slow.
const NADEO_AT_A_TIME: NonZeroU32 = NonZeroU32::new(4).expect("four is not zero");
const EXCHANGE_AT_A_TIME: NonZeroU32 = NonZeroU32::new(2).expect("two is not zero");

fn services(config: &Config) -> (NadeoConfig, ExchangeConfig) {
    let section = &config.trackmania;
    let nadeo = NadeoConfig {
        core_url: section.nadeo_core_url.clone(),
        live_url: section.nadeo_live_url.clone(),
        public_url: section.public_api_url.clone(),
        account: section.nadeo_account.clone(),
        client: section.client.clone(),
        limits: SharedLimits {
            per_second: section.nadeo_requests_per_second,
            at_a_time: NADEO_AT_A_TIME,
        },
    };
    let exchange = ExchangeConfig {
        url: section.exchange_url.clone(),
        limits: SharedLimits {
            per_second: section.exchange_requests_per_second,
            at_a_time: EXCHANGE_AT_A_TIME,
        },
    };
    (nadeo, exchange)
}

pub fn feature(
    config: &Config,
    ground: &Ground,
    accounts: accounts::Accounts,
    public_url: &str,
) -> Trackmania {
    let (nadeo, exchange) = services(config);
    Trackmania::new(
        ground.database.clone(),
        accounts,
        ground.jobs.clone(),
        ground.outside.clone(),
        ground.clock.clone(),
        trackmania::Config {
            nadeo,
            exchange,
            public_url: public_url.to_owned(),
            unverified_links: config.links.allow_unverified,
        },
    )
}

/// For a look at whether its services take us.
///
/// # Errors
/// When the outgoing HTTP client can't be set up.
pub fn trackmania_probe(config: &Config) -> Result<Probe, outbound::Error> {
    let clock = Clock::system();
    let client = outbound::Client::new(calling(config), clock.clone())?;
    let (nadeo, exchange) = services(config);
    Ok(Probe::new(client, clock, nadeo, exchange))
}

/// What it needs to tell somebody of a daily run.
#[derive(Clone)]
struct Telling {
    database: Database,
    notifications: Notifications,
}

/// Adds the handlers of what users are told.
pub fn register_jobs(registry: &mut Registry, database: &Database, notifications: &Notifications) {
    let telling = Telling {
        database: database.clone(),
        notifications: notifications.clone(),
    };
    registry.register(telling, tell);
}

/// In the order of their ids, so that two jobs never wait for each other.
async fn tell(mut job: TellUsers, telling: Telling, running: Running) -> Result<Done, JobError> {
    job.to.sort_unstable_by_key(|to| to.user);
    let event = event(job.about, &job.title, &job.body);
    let mut tx = telling.database.begin().await?;
    for to in job.to {
        let event = event.clone().link(&to.link).about(to.fact);
        telling
            .notifications
            .notify(&mut tx, to.user, &event)
            .await?;
    }
    running.complete(tx).await
}

fn event(about: About, title: &str, body: &str) -> Event {
    let kind = match about {
        About::MapRecords => &MAP_RECORD,
        About::Places => &RECORD_LOST,
        About::MissedChecks => &CHECKS_MISSED,
    };
    Event::new(kind, title, body)
}

/// What accounts asks of Trackmania.
pub struct Drivers(pub Trackmania);

impl TrackmaniaAccounts for Drivers {
    fn sign_in_url(&self, redirect_uri: &str, state: &str) -> Result<String, NoAnswer> {
        let url = self.0.sign_in_url(redirect_uri, state);
        url.map_err(no_answer)
    }

    fn of_code<'a>(
        &'a self,
        code: &'a str,
        redirect_uri: &'a str,
    ) -> BoxFuture<'a, Result<Option<TrackmaniaAccount>, NoAnswer>> {
        Box::pin(async move {
            let driver = self.0.driver_of_code(code, redirect_uri).await;
            driver.map(account).map_err(no_answer)
        })
    }

    fn named<'a>(
        &'a self,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<TrackmaniaAccount>, NoAnswer>> {
        Box::pin(async move {
            let driver = self.0.driver_named(name).await;
            driver.map(account).map_err(no_answer)
        })
    }
}

fn account(driver: Option<Driver>) -> Option<TrackmaniaAccount> {
    driver.map(|driver| TrackmaniaAccount {
        id: driver.account,
        name: driver.name,
    })
}

fn no_answer(error: trackmania::Error) -> NoAnswer {
    match error {
        trackmania::Error::Database(error) => NoAnswer::Database(error),
        error if error.kind() == ErrorKind::Conflict => NoAnswer::NotConfigured,
        error => NoAnswer::Away {
            cause: error.to_string(),
            wait: error.retry_after(),
        },
    }
}
