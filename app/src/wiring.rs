//! The features: how each is made from the configuration, and how they are joined.
//!
//! Invariant: this is the only place that knows all of them. Admin routes are guarded twice: by the extractor of
//! each handler, and here by one guard over all of them, so that none can be forgotten.

use std::sync::Arc;

use accounts::{Accepts, Accounts, Admin, Issuer};
use db::{Database, Notices};
use http_api::Rate;
use kernel::Clock;
use live::{Capacity, Hearing, Inboxes, Relay, StreamSettings};
use scores::Scores;
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;

use crate::config::{Config, OidcIssuer, Secrets};
use crate::events::Events;
use crate::overview::{
    LeaderboardsSection, Overview, PlaysSection, Section, SessionsSection, StreamsSection,
    UsersSection,
};
use crate::routes;
use crate::settings::Settings;

/// Who runs a server is found here by those whom it calls, where there is no PUBLIC_URL.
const PROJECT: &str = "self-hosted Grandstand";

/// Wrong passwords that one address may try for one e-mail in five minutes, where there are limits.
const LOGIN_ATTEMPTS: u32 = 10;

/// The running features. Cheap to clone.
#[derive(Clone)]
pub struct Features {
    pub accounts: Accounts,
    pub scores: Scores,
    pub settings: Settings,
    overview: Overview,
    events: Events,
}

impl Features {
    /// Starts the features on top of `accounts`, which was made with this `relay`, and joins them all. Boards are loaded in the background; see
    /// [`Features::is_ready`].
    pub fn start(
        config: &Config,
        secrets: &Secrets,
        database: Database,
        accounts: Accounts,
        relay: Relay,
        clock: Clock,
        shutdown: CancellationToken,
    ) -> Self {
        let capacity = Capacity::new(config.events.max_connections, config.events.max_per_user);
        tokio::spawn(capacity.clone().shut_down_on(shutdown.clone()));
        let scores = Scores::start(
            database.clone(),
            accounts.clone(),
            relay.clone(),
            clock.clone(),
            scores_config(config, secrets, capacity.clone()),
            shutdown.clone(),
        );
        accounts.register_user_data(Arc::new(scores.clone()));
        let (newcomers, changes) = (scores.clone(), scores.clone());
        accounts.on_signed_up(Arc::new(move |user, screen_name, avatar| {
            newcomers.signed_up(user, screen_name, avatar);
        }));
        accounts.on_profile_changed(Arc::new(move |user| changes.profile_changed(user)));
        let overview = overview(&accounts, &scores, capacity.clone(), &clock);
        let events = Events::start(
            accounts.clone(),
            Inboxes::new(relay.clone()),
            capacity,
            streams(config),
            clock.clone(),
            shutdown.clone(),
        );
        let settings = Settings::new(
            config,
            database.clone(),
            accounts.clone(),
            relay.clone(),
            clock,
        );
        follow_limits(&settings, &accounts, &scores);
        let hearing = accounts.hear(Hearing::new());
        let hearing = settings.hear(events.hear(scores.hear(hearing)));
        let notices = Notices::start(&database, &[live::CHANNEL], shutdown.clone());
        tokio::spawn(relay.run(database, notices, hearing, shutdown));
        Self {
            accounts,
            scores,
            settings,
            overview,
            events,
        }
    }

    /// Every route of every feature, below `/api/v1`.
    pub fn routes(&self) -> OpenApiRouter {
        let admin = OpenApiRouter::new()
            .merge(self.accounts.admin_routes())
            .merge(self.scores.admin_routes())
            .merge(routes::settings(&self.settings))
            .merge(routes::overview(&self.overview))
            .route_layer(
                axum::middleware::from_extractor_with_state::<Admin, Accounts>(
                    self.accounts.clone(),
                ),
            );
        OpenApiRouter::new()
            .merge(self.accounts.routes())
            .merge(self.scores.routes())
            .merge(routes::events(&self.events))
            .merge(admin)
    }

    /// Whether requests can be answered rightly.
    pub fn is_ready(&self) -> bool {
        self.scores.is_ready()
    }

    /// Writes what still waits. To be called once no more requests come in.
    pub async fn drain(&self) {
        self.scores.drain().await;
    }
}

/// Accounts, which the others stand on.
///
/// # Errors
/// When the outgoing HTTP client can't be set up.
pub fn accounts(
    config: &Config,
    secrets: &Secrets,
    database: &Database,
    clock: &Clock,
    relay: &Relay,
) -> Result<Accounts, outbound::Error> {
    let contact = config.server.public_url.as_deref().unwrap_or(PROJECT);
    let calling = outbound::Config {
        // Only an issuer on this machine may be configured without TLS.
        allow_http: config
            .accounts
            .issuers
            .iter()
            .any(|issuer| issuer.issuer.starts_with("http://")),
        ..outbound::Config::new(contact)
    };
    let outside = outbound::Client::new(calling, clock.clone())?;
    Ok(Accounts::new(
        database.clone(),
        clock.clone(),
        &outside,
        relay.clone(),
        accounts_config(config, secrets),
    ))
}

fn accounts_config(config: &Config, secrets: &Secrets) -> accounts::Config {
    let defaults = accounts::Config::new(secrets.jwt.clone());
    accounts::Config {
        jwt_expiry: config.accounts.jwt_expiry,
        refresh_token_expiry: config.accounts.refresh_token_expiry,
        issuers: config.accounts.issuers.iter().map(issuer).collect(),
        ..defaults
    }
}

fn overview(accounts: &Accounts, scores: &Scores, capacity: Capacity, clock: &Clock) -> Overview {
    let sections: Vec<Box<dyn Section>> = vec![
        Box::new(UsersSection(accounts.clone())),
        Box::new(SessionsSection(accounts.clone())),
        Box::new(PlaysSection(scores.clone())),
        Box::new(LeaderboardsSection(scores.clone())),
        Box::new(StreamsSection(capacity)),
    ];
    Overview::new(accounts.clone(), clock.clone(), sections)
}

fn follow_limits(settings: &Settings, accounts: &Accounts, scores: &Scores) {
    let (accounts, scores) = (accounts.clone(), scores.clone());
    settings.follow(move |present| {
        let limits = &present.limits;
        accounts.limit_login_attempts(if limits.enabled { LOGIN_ATTEMPTS } else { 0 });
        scores.limit_submissions(limits.enabled.then_some(Rate {
            requests: limits.score_update,
            window: limits.window,
        }));
    });
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

fn streams(config: &Config) -> StreamSettings {
    StreamSettings {
        ping_interval: config.events.ping_interval,
        ..StreamSettings::default()
    }
}

fn scores_config(config: &Config, secrets: &Secrets, capacity: Capacity) -> scores::Config {
    scores::Config {
        action_token_secret: secrets.action_token.clone(),
        action_token_ttl: config.scores.action_token_ttl,
        streams: streams(config),
        capacity,
    }
}
