//! Whether users can prove their accounts elsewhere.

use super::Finding::{self, Doubtful, Good};
use crate::config::Config;

const STEAM: &str = "https://steamcommunity.com/";

/// What only a person can tell: nothing is asked of anybody.
pub fn links(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let steam = &config.links.steam_openid_url;
    if !steam.starts_with(STEAM) {
        findings.push(Doubtful(format!(
            "STEAM_OPENID_URL is {steam}: whoever runs that says who owns which Steam account."
        )));
    }
    let here = config.server.address_at(config.server.port);
    for (is_client, name, provider) in [
        (config.links.discord_client.is_some(), "Discord", "discord"),
        (
            config.trackmania.client.is_some(),
            "Trackmania",
            "trackmania",
        ),
    ] {
        if is_client {
            findings.push(Good(format!(
                "Users can prove accounts at {name}, if the application there lists \
                 {here}/api/v1/link/{provider}/callback among its redirects."
            )));
        }
    }
    if config.is_production() && config.links.allow_unverified {
        findings.push(Doubtful(
            "ALLOW_UNVERIFIED_LINKS is true: users are believed which accounts elsewhere are theirs.".to_owned(),
        ));
    }
    findings
}
