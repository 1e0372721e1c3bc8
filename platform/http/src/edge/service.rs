//! The layer itself.

use std::convert::Infallible;
use std::net::IpAddr;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use kernel::ErrorKind;
use tower::{Layer, Service};

use super::EdgeConfig;
use super::body::{self, Size};
use super::cross_origin::Mark;
use super::request_id::{REQUEST_ID, request_id};
use super::route::{Route, method_name};
use super::security::SecurityHeaders;
use crate::client_ip::{ClientIp, peer};
use crate::limit::{self, Quota, RateLimited};
use crate::{ApiError, context};

#[derive(Clone)]
pub(super) struct EdgeLayer(Arc<Edge>);

struct Edge {
    config: EdgeConfig,
    security: SecurityHeaders,
}

#[derive(Clone)]
pub(super) struct EdgeService<S> {
    inner: S,
    edge: Arc<Edge>,
    route: Arc<Route>,
}

impl EdgeLayer {
    pub(super) fn new(config: EdgeConfig, security: SecurityHeaders) -> Self {
        Self(Arc::new(Edge { config, security }))
    }
}

impl<S> Layer<S> for EdgeLayer {
    type Service = EdgeService<S>;

    fn layer(&self, inner: S) -> EdgeService<S> {
        EdgeService {
            inner,
            edge: Arc::clone(&self.0),
            route: Arc::default(),
        }
    }
}

/// What is remembered of a request until it is answered.
struct Arrival {
    started: Instant,
    method: &'static str,
    id: HeaderValue,
    client: IpAddr,
    /// Only where no route says what to log.
    path: Option<Box<str>>,
    wants_events: bool,
    quota: Option<Quota>,
    origin: Option<Mark>,
}

/// What is to be done about a request.
enum Work<F> {
    Handle(F),
    Answer(Response),
    Limit(RateLimited),
    /// Refused for its size, after the body has been read.
    Discard(Body, HeaderMap),
    /// It panicked before there was anything to wait for.
    Panicked,
}

impl<S> Service<Request> for EdgeService<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let edge = Arc::clone(&self.edge);
        let route = Arc::clone(&self.route);
        let mut arrival = edge.arrival(&route, &mut request);
        let work = match edge.admit(&mut arrival, &mut request) {
            Some(work) => work,
            None => {
                // The future is made here, as axum's services are never busy: a clone for later would cost more.
                let future = AssertUnwindSafe(|| self.inner.call(request));
                panic::catch_unwind(future).map_or(Work::Panicked, Work::Handle)
            }
        };
        let id = arrival.id.clone();
        Box::pin(context::scope(id, async move {
            arrival.log_received(&route);
            let response = edge.answer(&route, work).await;
            Ok(edge.finish(&route, arrival, response))
        }))
    }
}

impl Edge {
    fn arrival(&self, route: &Route, request: &mut Request) -> Arrival {
        let config = &self.config;
        let matched = route.template(request.extensions()) != super::route::UNMATCHED;
        let peer = peer(request.extensions()).unwrap_or(ClientIp::UNKNOWN.0);
        let headers = request.headers();
        let client = ClientIp::of(peer, headers, &config.trusted_proxies);
        let arrival = Arrival {
            started: Instant::now(),
            method: method_name(request.method()),
            id: request_id(headers.get(REQUEST_ID), &config.clock),
            client: client.0,
            path: (!matched && tracing::enabled!(tracing::Level::INFO)).then(|| {
                request
                    .uri()
                    .path()
                    .chars()
                    .take(256)
                    .collect::<String>()
                    .into()
            }),
            wants_events: wants_events(request),
            quota: None,
            origin: config.cross_origins.mark(headers),
        };
        request.extensions_mut().insert(client);
        arrival
    }

    /// What stands between a request and its handler; `None` when nothing does.
    fn admit<F>(&self, arrival: &mut Arrival, request: &mut Request) -> Option<Work<F>> {
        let origin = arrival.origin.as_ref();
        if let Some(answer) =
            origin.and_then(|mark| mark.preflight(request.method(), request.headers()))
        {
            return Some(Work::Answer(answer));
        }
        match self.limit(arrival.client, request) {
            None => {}
            Some(Ok(quota)) => arrival.quota = Some(quota),
            Some(Err(limited)) => return Some(Work::Limit(limited)),
        }
        match body::limit(request, self.config.body_limit) {
            Size::Fits => None,
            Size::TooLarge => {
                let headers = std::mem::take(request.headers_mut());
                Some(Work::Discard(std::mem::take(request.body_mut()), headers))
            }
        }
    }

    fn limit(&self, client: IpAddr, request: &Request) -> Option<Result<Quota, RateLimited>> {
        let limiter = self.config.per_ip.as_ref()?;
        let path = request.uri().path();
        if path.starts_with("/health") || path == "/api/health" || path == "/metrics" {
            return None;
        }
        if self
            .config
            .exempt
            .as_ref()
            .is_some_and(|exempt| exempt(path, request.headers()))
        {
            return None;
        }
        limiter.count(&ClientIp(client).subnet()).transpose()
    }

    async fn answer<F>(&self, route: &Route, work: Work<F>) -> Response
    where
        F: Future<Output = Result<Response, Infallible>>,
    {
        let limit = self.config.request_timeout;
        match work {
            Work::Handle(future) => {
                let caught = AssertUnwindSafe(future).catch_unwind();
                match tokio::time::timeout(limit, caught).await {
                    Ok(Ok(Ok(response))) => response,
                    // Logged by the hook that `telemetry::init` sets, which alone knows where it was.
                    Ok(Err(_)) => ApiError::internal().into_response(),
                    Err(_) => timed_out().into_response(),
                }
            }
            Work::Answer(response) => response,
            Work::Limit(limited) => {
                limit::report(route.name());
                ApiError::from(limited).into_response()
            }
            Work::Discard(body, headers) => {
                // In time or not, the answer is the same.
                let _ = tokio::time::timeout(limit, body::discard(body, &headers)).await;
                body::too_large(self.config.body_limit).into_response()
            }
            Work::Panicked => ApiError::internal().into_response(),
        }
    }

    fn finish(&self, route: &Route, arrival: Arrival, mut response: Response) -> Response {
        let refused = [
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::SERVICE_UNAVAILABLE,
        ];
        if arrival.wants_events && refused.contains(&response.status()) {
            response = (self.config.overload_stream)();
        }
        let elapsed = arrival.started.elapsed();
        route.count(arrival.method, response.status(), elapsed.as_secs_f64());
        arrival.log_completed(route, response.status(), elapsed);
        let headers = response.headers_mut();
        self.security.write_to(headers);
        headers.insert(REQUEST_ID, arrival.id);
        if let Some(quota) = arrival.quota {
            quota.write_to(headers);
        }
        if let Some(mark) = arrival.origin {
            mark.write_to(headers);
        }
        response
    }
}

impl Arrival {
    fn path<'a>(&'a self, route: &'a Route) -> &'a str {
        self.path.as_deref().unwrap_or_else(|| route.name())
    }

    // Neither has the query string, nor what stands for a route's parameters: both may hold tokens.
    fn log_received(&self, route: &Route) {
        tracing::info!(
            method = self.method,
            path = self.path(route),
            ip = %self.client,
            "request received"
        );
    }

    fn log_completed(&self, route: &Route, status: StatusCode, elapsed: Duration) {
        tracing::info!(
            method = self.method,
            path = self.path(route),
            status = status.as_u16(),
            durationMs = milliseconds(elapsed),
            ip = %self.client,
            "request completed"
        );
    }
}

/// To a thousandth, which is more than enough to read.
fn milliseconds(elapsed: Duration) -> f64 {
    (elapsed.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

fn timed_out() -> ApiError {
    ApiError::new(
        ErrorKind::Timeout,
        "request_timeout",
        "The request took too long. Try again in a moment.",
    )
}

/// Whether this is a browser's EventSource or the like.
fn wants_events(request: &Request) -> bool {
    request.method() == Method::GET
        && (request.uri().path().ends_with("/events")
            || request
                .headers()
                .get(header::ACCEPT)
                .is_some_and(|accept| accept.as_bytes().starts_with(b"text/event-stream")))
}
