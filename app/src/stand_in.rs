//! The made-up AoE4World of `serve --demo`, in the place of the real one.

use anyhow::Context;
use demo::aoe4world::{AoE4World, StandIn};
use kernel::Clock;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::server::DEMO_SEED;

/// # Errors
/// If it can't listen.
pub async fn start(clock: &Clock, shutdown: &CancellationToken) -> anyhow::Result<StandIn> {
    let world = AoE4World::new(DEMO_SEED);
    let stand_in = StandIn::start(world, clock.clone(), shutdown.clone())
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

/// The same configuration, with matches from there if there is one.
pub fn instead(config: &Config, stand_in: Option<&StandIn>) -> Config {
    let mut config = config.clone();
    if let Some(stand_in) = stand_in {
        config.aoe4.aoe4world_url.clone_from(&stand_in.url);
    }
    config
}
