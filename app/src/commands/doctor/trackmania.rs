//! Whether Trackmania's services are there, and take us.

use ::trackmania::Problem;

use super::Finding::{self, Bad, Doubtful, Good};
use crate::config::Config;
use crate::wiring;

/// Logs in as the server would, and keeps nothing of it. A service that is away is no reason not to run: it comes back.
pub async fn trackmania(config: &Config) -> Vec<Finding> {
    let section = &config.trackmania;
    let (has_account, has_client) = (section.nadeo_account.is_some(), section.client.is_some());
    if !has_account && !has_client {
        return vec![Good(
            "Trackmania isn't asked for records: there is no NADEO_LOGIN.".to_owned(),
        )];
    }
    let probe = match wiring::trackmania_probe(config) {
        Ok(probe) => probe,
        Err(error) => return vec![Bad(error.to_string())],
    };
    let live = async {
        match has_account {
            true => nadeo(config, probe.live().await),
            false => Doubtful(
                "There is no NADEO_LOGIN, so there are no records. Make a service account at \
                 https://www.trackmania.com/player/service-account."
                    .to_owned(),
            ),
        }
    };
    let public_api = async {
        match has_client {
            true => public_api(config, probe.public_api().await),
            false => Doubtful(
                "There is no TRACKMANIA_CLIENT_ID, so drivers have no names and nobody can link an account. Make an \
                 application at https://api.trackmania.com/manager."
                    .to_owned(),
            ),
        }
    };
    let exchange = async { exchange(config, probe.exchange().await) };
    let (live, public_api, exchange) = tokio::join!(live, public_api, exchange);
    vec![live, public_api, exchange]
}

fn nadeo(config: &Config, outcome: Result<(), Problem>) -> Finding {
    let section = &config.trackmania;
    match outcome {
        Ok(()) => Good("Nadeo takes NADEO_LOGIN, and Live answers.".to_owned()),
        Err(Problem::Refused) => Bad(
            "NADEO_LOGIN: Nadeo doesn't take it or NADEO_PASSWORD. It must be a service account, made at \
             https://www.trackmania.com/player/service-account; a player's own account is refused."
                .to_owned(),
        ),
        Err(Problem::Away(why)) => Doubtful(format!(
            "Nadeo's services: {why} Check that this machine may call out to {} and {}.",
            section.nadeo_core_url, section.nadeo_live_url
        )),
    }
}

fn public_api(config: &Config, outcome: Result<(), Problem>) -> Finding {
    match outcome {
        Ok(()) => Good("Trackmania's public API takes TRACKMANIA_CLIENT_ID.".to_owned()),
        Err(Problem::Refused) => Bad(
            "TRACKMANIA_CLIENT_ID: Trackmania's public API doesn't take it or TRACKMANIA_CLIENT_SECRET. Look both up at \
             https://api.trackmania.com/manager; the application must be confidential."
                .to_owned(),
        ),
        Err(Problem::Away(why)) => Doubtful(format!(
            "Trackmania's public API: {why} Check that this machine may call out to {}.",
            config.trackmania.public_api_url
        )),
    }
}

fn exchange(config: &Config, outcome: Result<(), Problem>) -> Finding {
    let url = &config.trackmania.exchange_url;
    match outcome {
        Ok(()) => Good(format!("Trackmania Exchange answers at {url}.")),
        Err(Problem::Refused) => Bad(format!("Trackmania Exchange refuses us at {url}.")),
        Err(Problem::Away(why)) => Doubtful(format!(
            "{why} Check that this machine may call out to {url}; mappers and maps can't be looked up without it."
        )),
    }
}
