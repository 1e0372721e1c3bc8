//! How the server is doing: `/health` for dashboards, `/health/ready` for load balancers, `/health/live` for
//! whoever restarts it.
//!
//! Invariant: however often this is asked, PostgreSQL is asked once a second at most.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use db::Database;
use http::{HeaderValue, StatusCode, header};
use http_api::ErrorBody;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// How long PostgreSQL may take to answer `select 1`.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long an answer of PostgreSQL is passed on.
const FRESH: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    Ok,
    Error,
    /// Not configured, which never degrades.
    Disabled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    Degraded,
}

/// How the server and what it stands on are doing.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthView {
    pub status: Status,
    pub checks: Checks,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Checks {
    pub database: Check,
    pub redis: Check,
    pub queue: Check,
}

impl HealthView {
    /// `queue_is_reached` is none where this server runs no jobs.
    pub fn new(database_answers: bool, queue_is_reached: Option<bool>) -> Self {
        Self {
            status: if database_answers && queue_is_reached != Some(false) {
                Status::Ok
            } else {
                Status::Degraded
            },
            checks: Checks {
                database: if database_answers {
                    Check::Ok
                } else {
                    Check::Error
                },
                redis: Check::Disabled,
                queue: match queue_is_reached {
                    Some(true) => Check::Ok,
                    Some(false) => Check::Error,
                    None => Check::Disabled,
                },
            },
        }
    }
}

impl IntoResponse for HealthView {
    fn into_response(self) -> Response {
        answer(self.status == Status::Ok, Json(self))
    }
}

/// Whether the server lives, or may be sent requests.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadinessView {
    pub status: Status,
}

impl ReadinessView {
    pub fn new(good: bool) -> Self {
        Self {
            status: if good { Status::Ok } else { Status::Degraded },
        }
    }
}

impl IntoResponse for ReadinessView {
    fn into_response(self) -> Response {
        answer(self.status == Status::Ok, Json(self))
    }
}

/// 200 or 503; never from a cache.
pub fn answer(good: bool, body: impl IntoResponse) -> Response {
    let status = if good {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if !good {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// What the health routes look at. Cheap to clone.
#[derive(Clone)]
pub struct Health(Arc<Inner>);

struct Inner {
    database: Database,
    last: Mutex<Option<(Instant, bool)>>,
    features_are_ready: Box<dyn Fn() -> bool + Send + Sync>,
    queue_is_reached: Box<dyn Fn() -> Option<bool> + Send + Sync>,
    stopping: AtomicBool,
}

impl Health {
    pub fn new(
        database: Database,
        features_are_ready: impl Fn() -> bool + Send + Sync + 'static,
        queue_is_reached: impl Fn() -> Option<bool> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            database,
            last: Mutex::new(None),
            features_are_ready: Box::new(features_are_ready),
            queue_is_reached: Box::new(queue_is_reached),
            stopping: AtomicBool::new(false),
        }))
    }

    /// From here on no load balancer shall send anything.
    pub fn set_stopping(&self) {
        self.0.stopping.store(true, Ordering::Release);
    }

    /// Whether requests can be answered rightly.
    pub async fn is_ready(&self) -> bool {
        !self.0.stopping.load(Ordering::Acquire)
            && (self.0.features_are_ready)()
            && self.database_answers().await
    }

    async fn database_answers(&self) -> bool {
        // Whoever asks at the same time waits here for the one that asks PostgreSQL.
        let mut last = self.0.last.lock().await;
        if let Some((asked, answers)) = *last
            && asked.elapsed() < FRESH
        {
            return answers;
        }
        let answers = matches!(
            tokio::time::timeout(PATIENCE, self.0.database.ping()).await,
            Ok(Ok(()))
        );
        *last = Some((Instant::now(), answers));
        answers
    }

    pub fn routes(&self) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(get_health))
            .routes(routes!(get_health_below_api))
            .routes(routes!(get_live))
            .routes(routes!(get_ready))
            .with_state(self.clone())
    }
}

/// How the server is doing
///
/// For dashboards. A part that isn't configured is `disabled` and never degrades.
#[utoipa::path(
    get,
    path = "/health",
    operation_id = "getHealth",
    tag = "Service",
    security(()),
    responses(
        (status = 200, description = "All is well", body = HealthView),
        (status = 503, description = "Something that the server stands on is away", body = HealthView),
    ),
)]
async fn get_health(State(health): State<Health>) -> HealthView {
    let answers = health.database_answers().await;
    HealthView::new(answers, (health.0.queue_is_reached)())
}

/// How the server is doing
///
/// The same as `/health`, for proxies that pass on `/api` only.
#[utoipa::path(
    get,
    path = "/api/health",
    operation_id = "getApiHealth",
    tag = "Service",
    security(()),
    responses(
        (status = 200, description = "All is well", body = HealthView),
        (status = 503, description = "Something that the server stands on is away", body = HealthView),
    ),
)]
async fn get_health_below_api(state: State<Health>) -> HealthView {
    get_health(state).await
}

/// Whether the process serves
#[utoipa::path(
    get,
    path = "/health/live",
    operation_id = "getLiveness",
    tag = "Service",
    security(()),
    responses((status = 200, description = "It does", body = ReadinessView)),
)]
pub async fn get_live() -> ReadinessView {
    ReadinessView::new(true)
}

/// Whether the server can be sent requests
///
/// For load balancers: the boards are loaded, the database is there, and the server isn't stopping.
#[utoipa::path(
    get,
    path = "/health/ready",
    operation_id = "getReadiness",
    tag = "Service",
    security(()),
    responses(
        (status = 200, description = "It can", body = ReadinessView),
        (status = 503, description = "Not now", body = ReadinessView),
    ),
)]
async fn get_ready(State(health): State<Health>) -> ReadinessView {
    ReadinessView::new(health.is_ready().await)
}

/// What is answered while the database starts: that we live, and that everything else has to wait.
pub fn while_starting() -> Router {
    Router::new()
        .route("/health/live", get(get_live))
        .route("/health", get(async || HealthView::new(false, None)))
        .route("/api/health", get(async || HealthView::new(false, None)))
        .route("/health/ready", get(async || ReadinessView::new(false)))
        .route("/", any(starting))
        .route("/{*path}", any(starting))
}

async fn starting() -> Response {
    // Not an ApiError: that one would be logged as a fault, for each request of the first second.
    let body = ErrorBody {
        error: "The server is starting. Try again in a moment.".to_owned(),
        code: "starting".to_owned(),
        request_id: http_api::context::request_id(),
        details: Vec::new(),
    };
    answer(false, Json(body))
}
