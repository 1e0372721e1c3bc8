//! All routes of the server, and the document that describes them.

use axum::Router;
use db::Database;
use http_api::telemetry::{Metrics, metrics_recorder};
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::config::{Config, Sources};
use crate::health::Health;
use crate::wiring::{Features, Ground};
use crate::{docs, metrics_page, openapi, pages};

/// Of a server with the default configuration.
const PUBLIC_URL: &str = "http://localhost:3000";

/// # Errors
/// If the document can't be written as JSON, which is a mistake in the code.
pub fn build(
    features: &Features,
    health: &Health,
    metrics: &Metrics,
    public_url: &str,
) -> serde_json::Result<Router> {
    let (router, document) = describe(features, health, metrics, public_url);
    Ok(router
        .merge(docs::routes(&document)?)
        .merge(pages::routes()))
}

/// What a server answers that doesn't serve the API.
pub fn build_without_api(health: &Health, metrics: &Metrics) -> Router {
    let (router, _) = health
        .routes()
        .merge(metrics_page::routes(metrics))
        .split_for_parts();
    router
}

fn describe(
    features: &Features,
    health: &Health,
    metrics: &Metrics,
    public_url: &str,
) -> (Router, OpenApi) {
    let (router, document) = OpenApiRouter::with_openapi(openapi::skeleton(public_url))
        .merge(features.routes())
        .merge(health.routes())
        .merge(metrics_page::routes(metrics))
        .split_for_parts();
    (router, openapi::complete(document))
}

/// The document of a server with the default configuration. Connects to nothing. To be called within a tokio
/// runtime.
///
/// # Errors
/// If a feature can't be made, which is a mistake in the code.
pub fn document() -> anyhow::Result<OpenApi> {
    // Any two will do: nothing is signed.
    let secrets = [("JWT_SECRET", "unused"), ("ACTION_TOKEN_SECRET", "unused")];
    let config = Config::load(&Sources::given(secrets))?;
    let secrets = config.secrets.obtain(&config.server.data_dir)?;
    let stopped = CancellationToken::new();
    stopped.cancel();
    let database = Database::unconnected();
    let ground = Ground::for_command(&config, database.clone())?;
    let accounts = ground.accounts(&config, &secrets);
    let features = Features::start(&config, &secrets, &ground, accounts, PUBLIC_URL, stopped);
    let health = Health::new(database, || false, || None);
    Ok(describe(&features, &health, &metrics_recorder(), PUBLIC_URL).1)
}
