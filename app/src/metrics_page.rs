//! `/metrics`, for Prometheus.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use http_api::telemetry::Metrics;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes(metrics: &Metrics) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(get_metrics))
        .with_state(metrics.clone())
}

/// Metrics
///
/// In the text format of Prometheus. Meant for the machine's own network: keep it from the outside in your proxy.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "getMetrics",
    tag = "Service",
    security(()),
    responses((status = 200, description = "All metrics", body = String, content_type = "text/plain")),
)]
async fn get_metrics(State(metrics): State<Metrics>) -> Response {
    let text = metrics.render();
    (
        [
            (
                header::CONTENT_TYPE,
                "text/plain; version=0.0.4; charset=utf-8",
            ),
            (header::CACHE_CONTROL, "no-store"),
        ],
        text,
    )
        .into_response()
}
