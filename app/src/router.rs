//! All routes of the server, and the document that describes them.

use axum::Router;
use db::Database;
use http_api::telemetry::{Metrics, metrics_recorder};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::health::Health;
use crate::wiring::Features;
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
    let features = Features::unconnected(PUBLIC_URL)?;
    let health = Health::new(Database::unconnected(), || false, || None);
    Ok(describe(&features, &health, &metrics_recorder(), PUBLIC_URL).1)
}
