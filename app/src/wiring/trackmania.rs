//! Trackmania, made from the configuration.

use std::num::NonZeroU32;

use outbound::SharedLimits;
use trackmania::{ExchangeConfig, NadeoConfig, Trackmania};

use super::Ground;
use crate::config::Config;

/// Calls under way at a time, of all servers. At two calls a second, more only help where answers are slow.
const NADEO_AT_A_TIME: NonZeroU32 = NonZeroU32::new(4).expect("four is not zero");
const EXCHANGE_AT_A_TIME: NonZeroU32 = NonZeroU32::new(2).expect("two is not zero");

pub fn feature(config: &Config, ground: &Ground, accounts: accounts::Accounts) -> Trackmania {
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
    Trackmania::new(
        ground.database.clone(),
        accounts,
        ground.jobs.clone(),
        ground.outside.clone(),
        ground.clock.clone(),
        trackmania::Config { nadeo, exchange },
    )
}
