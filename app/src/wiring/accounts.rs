//! What accounts are made from.

use accounts::{Accepts, Config, DiscordClient, Issuer, LinksConfig};

use crate::config::{self, OidcIssuer, Secrets};

pub fn settings(config: &config::Config, secrets: &Secrets, public_url: &str) -> Config {
    let discord_client = config.links.discord_client.as_ref();
    let links = LinksConfig {
        public_url: public_url.to_owned(),
        steam_openid_url: config.links.steam_openid_url.clone(),
        discord_api_url: config.notifications.discord_api_url.clone(),
        discord_client: discord_client.map(|client| DiscordClient {
            id: client.id.clone(),
            secret: client.secret.clone(),
        }),
    };
    let defaults = Config::new(secrets.jwt.clone(), links);
    Config {
        jwt_expiry: config.accounts.jwt_expiry,
        refresh_token_expiry: config.accounts.refresh_token_expiry,
        issuers: config.accounts.issuers.iter().map(issuer).collect(),
        ..defaults
    }
}

pub fn issuer(configured: &OidcIssuer) -> Issuer {
    let accepts = match &configured.audience {
        Some(audience) => Accepts::Audience(audience.clone()),
        None => Accepts::Clients(configured.client_ids.clone()),
    };
    Issuer {
        admin_claim: configured
            .admin_claim
            .clone()
            .zip(configured.admin_value.clone()),
        jwks_url: configured.jwks_url.clone(),
        name_claim: configured.name_claim.clone(),
        ..Issuer::new(configured.issuer.clone(), accepts)
    }
}
