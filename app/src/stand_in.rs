//! The made-up services of `serve --demo`, in the place of the real ones.
//!
//! Invariant: who says where something comes from is heard, with a made-up world too.

use std::num::NonZeroU32;

use ::trackmania::Account;
use anyhow::Context;
use demo::aoe4world::{self, AoE4World};
use demo::trackmania::{self, APPLICATION, Conduct, SERVICE_ACCOUNT, Trackmania};
use kernel::{Clock, Secret};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::server::DEMO_SEED;

/// What is our own bears more than what isn't.
const PER_SECOND: NonZeroU32 = NonZeroU32::new(50).expect("fifty is not zero");
/// As those of the real one are, but by minutes rather than hours: a newcomer doesn't wait for so long.
const CONDUCT: Conduct = Conduct {
    latency: std::time::Duration::ZERO,
    late: 60,
    is_forgetful: true,
};

/// Those that are in force.
#[derive(Default)]
pub struct StandIns {
    aoe4world: Option<aoe4world::StandIn>,
    trackmania: Option<trackmania::StandIn>,
}

/// What they tell of.
#[derive(Debug, Default)]
pub struct MadeUp {
    pub aoe4world: Option<AoE4World>,
    pub trackmania: Option<Trackmania>,
}

impl StandIns {
    /// # Errors
    /// If they can't listen.
    pub async fn start(
        config: &Config,
        clock: &Clock,
        shutdown: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let mut all = Self::default();
        if !config.aoe4.aoe4world_is_chosen {
            all.aoe4world = Some(start_aoe4world(clock, shutdown).await?);
        }
        if !config.trackmania.is_chosen {
            all.trackmania = Some(start_trackmania(clock, shutdown).await?);
        }
        Ok(all)
    }

    /// The same configuration, with what there is from them.
    pub fn instead(&self, config: &Config) -> Config {
        let mut config = config.clone();
        if let Some(stand_in) = &self.aoe4world {
            config.aoe4.aoe4world_url.clone_from(&stand_in.url);
        }
        if let Some(stand_in) = &self.trackmania {
            let section = &mut config.trackmania;
            section.nadeo_core_url.clone_from(&stand_in.url);
            section.nadeo_live_url.clone_from(&stand_in.url);
            section.public_api_url.clone_from(&stand_in.url);
            section.exchange_url.clone_from(&stand_in.url);
            section.nadeo_account = Some(account(SERVICE_ACCOUNT));
            section.client = Some(account(APPLICATION));
            section.nadeo_requests_per_second = PER_SECOND;
            section.exchange_requests_per_second = PER_SECOND;
        }
        config
    }

    pub fn into_parts(self) -> (MadeUp, Vec<JoinHandle<()>>) {
        let mut tasks = Vec::new();
        let aoe4world = self.aoe4world.map(|stand_in| {
            tasks.push(stand_in.serving);
            stand_in.world
        });
        let trackmania = self.trackmania.map(|stand_in| {
            tasks.push(stand_in.serving);
            stand_in.world
        });
        let made_up = MadeUp {
            aoe4world,
            trackmania,
        };
        (made_up, tasks)
    }
}

async fn start_aoe4world(
    clock: &Clock,
    shutdown: &CancellationToken,
) -> anyhow::Result<aoe4world::StandIn> {
    let world = AoE4World::new(DEMO_SEED);
    let stand_in = aoe4world::StandIn::start(world, clock.clone(), shutdown.clone())
        .await
        .context("there is no free port for the made-up AoE4World")?;
    let steam_ids: Vec<&str> = stand_in.world.suggested().map(|(id, _)| id).collect();
    tracing::info!(
        url = stand_in.url,
        steam_ids = steam_ids.join(" "),
        "AoE4World is made up; link one of these Steam accounts to bring its matches over"
    );
    Ok(stand_in)
}

async fn start_trackmania(
    clock: &Clock,
    shutdown: &CancellationToken,
) -> anyhow::Result<trackmania::StandIn> {
    let world = Trackmania::new(DEMO_SEED);
    let stand_in = trackmania::StandIn::start(world, CONDUCT, clock.clone(), shutdown.clone())
        .await
        .context("there is no free port for the made-up Trackmania")?;
    let drivers: Vec<&str> = stand_in
        .world
        .suggested_drivers()
        .map(|one| one.1)
        .collect();
    tracing::info!(
        url = stand_in.url,
        mapper = stand_in.world.suggested_mapper(),
        drivers = drivers.join(", "),
        "Trackmania is made up; look for records on this mapper's maps, and link one of these drivers"
    );
    Ok(stand_in)
}

fn account((name, password): (&str, &str)) -> Account {
    Account {
        name: name.to_owned(),
        password: Secret::new(password),
    }
}
