//! The features: how each is made from the configuration, and how they are joined.
//!
//! Invariant: this is the only place that knows all of them. Admin routes are guarded twice: by the extractor of
//! each handler, and here by one guard over all of them, so that none can be forgotten.

use std::sync::Arc;

use accounts::{Accepts, Accounts, Admin, Issuer};
use db::{Database, Notices};
use jobs::Jobs;
use kernel::Clock;
use live::{Capacity, Hearing, Inboxes, Relay, StreamSettings};
use scores::Scores;
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;

use crate::config::{Config, OidcIssuer, Secrets};
use crate::events::Events;
use crate::jobs_api::JobsApi;
use crate::routes;

/// Who runs a server is found here by those whom it calls, where there is no PUBLIC_URL.
const PROJECT: &str = "self-hosted Grandstand";

/// The running features. Cheap to clone.
#[derive(Clone)]
pub struct Features {
    pub accounts: Accounts,
    pub scores: Scores,
    events: Events,
    pub jobs: Jobs,
    jobs_api: JobsApi,
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
        let channels: Vec<&str> = jobs::CHANNELS.into_iter().chain([live::CHANNEL]).collect();
        let notices = Notices::start(&database, &channels, shutdown.clone());
        let jobs = Jobs::new(database.clone(), clock.clone(), notices.clone());
        let jobs_api = JobsApi {
            jobs: jobs.clone(),
            database: database.clone(),
            accounts: accounts.clone(),
            clock: clock.clone(),
        };
        accounts.register_user_data(Arc::new(jobs_api.clone()));
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
        let inboxes = Inboxes::new(relay.clone());
        let events = Events::start(
            accounts.clone(),
            inboxes.clone(),
            capacity,
            streams(config),
            clock,
            shutdown.clone(),
        );
        let hearing = events.hear(scores.hear(accounts.hear(Hearing::new())));
        jobs_api.tell_owners(inboxes);
        tokio::spawn(relay.run(database, notices, hearing, shutdown));
        Self {
            accounts,
            scores,
            events,
            jobs,
            jobs_api,
        }
    }

    /// Every route of every feature, below `/api/v1`.
    pub fn routes(&self) -> OpenApiRouter {
        let admin = OpenApiRouter::new()
            .merge(self.accounts.admin_routes())
            .merge(self.scores.admin_routes())
            .merge(self.jobs_api.admin_routes())
            .route_layer(
                axum::middleware::from_extractor_with_state::<Admin, Accounts>(
                    self.accounts.clone(),
                ),
            );
        OpenApiRouter::new()
            .merge(self.accounts.routes())
            .merge(self.scores.routes())
            .merge(routes::events(&self.events))
            .merge(self.jobs_api.routes())
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
        login_attempts: if config.limits.enabled {
            defaults.login_attempts
        } else {
            0
        },
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

fn streams(config: &Config) -> StreamSettings {
    StreamSettings {
        ping_interval: config.events.ping_interval,
        ..StreamSettings::default()
    }
}

fn scores_config(config: &Config, secrets: &Secrets, capacity: Capacity) -> scores::Config {
    let limits = &config.limits;
    scores::Config {
        action_token_secret: secrets.action_token.clone(),
        action_token_ttl: config.scores.action_token_ttl,
        submissions: limits
            .enabled
            .then_some((limits.score_update, limits.window)),
        streams: streams(config),
        capacity,
        serve_boards: config.jobs.roles.api,
    }
}
