//! Age of Empires IV, made from the configuration.

use std::num::NonZeroU32;

use aoe4::{Aoe4, UpstreamConfig};
use outbound::SharedLimits;

use super::{Ground, PROJECT};
use crate::config::Config;

/// Calls to AoE4World under way at a time, of all servers.
const AOE4WORLD_AT_A_TIME: NonZeroU32 = NonZeroU32::new(2).expect("two is not zero");

pub fn feature(config: &Config, ground: &Ground, accounts: accounts::Accounts) -> Aoe4 {
    let section = &config.aoe4;
    let upstream = UpstreamConfig {
        url: section.aoe4world_url.clone(),
        limits: SharedLimits {
            per_second: section.aoe4world_requests_per_second,
            at_a_time: AOE4WORLD_AT_A_TIME,
        },
        contact: config
            .server
            .public_url
            .clone()
            .unwrap_or_else(|| PROJECT.to_owned()),
    };
    Aoe4::new(
        ground.database.clone(),
        accounts,
        ground.outside.clone(),
        ground.clock.clone(),
        aoe4::Config {
            upstream,
            unverified_links: config.links.allow_unverified,
        },
    )
}
