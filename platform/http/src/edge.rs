//! What every request passes on its way in and out: its id, its client, limits, time, panics, security headers,
//! metrics and log lines. One pass by one hand-written layer, since each layer of a stack would cost each request
//! allocations of its own.
//!
//! Every answer, whatever became of the request, has `X-Request-Id` and the security headers, and every refusal has
//! the shape of [`ApiError`].

mod body;
mod cross_origin;
mod request_id;
mod route;
mod security;
mod service;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kernel::{Clock, ErrorKind, Networks};

use crate::{AdjustableLimiter, ApiError};
pub use cross_origin::{CrossOrigins, CrossOriginsError};
use security::SecurityHeaders;
use service::EdgeLayer;

/// Says whether a request is freed from the limit by address, by its path or by what its headers hold, such as a valid
/// API key. It is asked on the hot path, so it must answer from memory.
pub type Exempt = Arc<dyn Fn(&str, &HeaderMap) -> bool + Send + Sync>;

/// How requests are treated. [`EdgeConfig::new`] has the defaults.
#[derive(Clone)]
pub struct EdgeConfig {
    /// For the time in request ids.
    pub clock: Clock,
    /// Until the head of the answer is there, including the time the client takes to send its body. Bodies of
    /// answers, such as streams of events, may take longer.
    pub request_timeout: Duration,
    /// Bytes of a request's body.
    pub body_limit: usize,
    /// Whether browsers are told to insist on HTTPS. For production behind an `https` address only.
    pub strict_transport: bool,
    pub cross_origins: CrossOrigins,
    pub trusted_proxies: Networks,
    /// The limit on requests by address; `None` for no limit. Health checks and metrics aren't held to it.
    pub per_ip: Option<Arc<AdjustableLimiter<IpAddr>>>,
    pub exempt: Option<Exempt>,
    /// What a client that asks for events gets instead of a 429 or 503: browsers never come back after those.
    pub overload_stream: fn() -> Response,
}

impl EdgeConfig {
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            request_timeout: Duration::from_secs(30),
            body_limit: 64 * 1024,
            strict_transport: false,
            cross_origins: CrossOrigins::default(),
            trusted_proxies: Networks::default(),
            per_ip: None,
            exempt: None,
            overload_stream,
        }
    }
}

/// Puts the edge around all routes, and answers what no route does. To be called last: routes and layers that are
/// added to the result would be outside of the edge.
pub fn apply(router: Router, config: EdgeConfig) -> Router {
    let security = SecurityHeaders::new(config.strict_transport);
    let layer = EdgeLayer::new(config, security);
    router
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        // Handlers become services here. Otherwise that, and the layer with it, would be done again for each request.
        .with_state(())
        .layer(layer)
}

async fn not_found() -> ApiError {
    ApiError::new(
        ErrorKind::NotFound,
        "not_found",
        "There is nothing at this address.",
    )
}

async fn method_not_allowed() -> ApiError {
    ApiError::new(
        ErrorKind::MethodNotAllowed,
        "method_not_allowed",
        "This address does not answer to this method; see the Allow header.",
    )
}

/// A stream that ends at once and tells the client to come back later.
fn overload_stream() -> Response {
    let later = rand::Rng::random_range(&mut rand::rng(), 10_000..20_000);
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/event-stream"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (
        StatusCode::OK,
        headers,
        format!(": busy\nretry: {later}\n\n"),
    )
        .into_response()
}

#[cfg(test)]
mod tests;
