use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::routing::{get, post};
use garde::Validate;
use http::Method;
use http_body_util::BodyExt as _;
use serde::Deserialize;
use tower::ServiceExt as _;

use super::*;
use crate::telemetry::metrics_recorder;
use crate::{ApiJson, ApiPath, ApiQuery, ClientIp};

mod limits;
mod refusals;

#[derive(Deserialize, Validate)]
struct Person {
    #[garde(length(min = 3))]
    name: String,
}

#[derive(Deserialize)]
struct Paging {
    limit: u32,
}

fn routes() -> Router {
    Router::new()
        .route(
            "/people",
            post(|ApiJson(person): ApiJson<Person>| async move { person.name }),
        )
        .route(
            "/people/{id}",
            get(|ApiPath(id): ApiPath<u32>| async move { id.to_string() }),
        )
        .route(
            "/search",
            get(|ApiQuery(paging): ApiQuery<Paging>| async move { paging.limit.to_string() }),
        )
        .route(
            "/raw",
            post(|body: bytes::Bytes| async move { body.len().to_string() }),
        )
        .route(
            "/slow",
            get(|| async { std::future::pending::<()>().await }),
        )
        .route(
            "/panics",
            get(|| async {
                if true {
                    panic!("on purpose")
                }
            }),
        )
        .route(
            "/ip",
            get(|ClientIp(ip): ClientIp| async move { ip.to_string() }),
        )
        .route("/health", get(|| async { "ok" }))
        .route("/events", get(|| async { away() }))
        .route("/away", get(|| async { away() }))
        .route(
            "/page",
            get(|| async {
                (
                    [(header::CONTENT_SECURITY_POLICY, "default-src 'self'")],
                    "hi",
                )
            }),
        )
}

fn away() -> ApiError {
    ApiError::new(ErrorKind::Unavailable, "away", "Try again soon.")
        .retry_after(Duration::from_millis(1))
}

fn config() -> EdgeConfig {
    EdgeConfig {
        request_timeout: Duration::from_millis(50),
        body_limit: 100,
        ..EdgeConfig::new(Clock::manual("2026-01-01T00:00:00Z".parse().unwrap()))
    }
}

/// What a client gets.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    #[track_caller]
    fn is_error(&self, status: u16, code: &str) {
        let json = self.json();
        assert_eq!(
            (self.status, json["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.body
        );
        assert!(
            json["error"]
                .as_str()
                .is_some_and(|text| text.ends_with('.')),
            "{json}"
        );
        assert_eq!(json["requestId"].as_str(), self.header("x-request-id"));
        assert_eq!(self.header("content-type"), Some("application/json"));
        self.is_secured();
    }

    #[track_caller]
    fn is_secured(&self) {
        for name in [
            "x-request-id",
            "x-content-type-options",
            "x-frame-options",
            "referrer-policy",
            "content-security-policy",
            "permissions-policy",
            "cross-origin-resource-policy",
        ] {
            assert_eq!(self.headers.get_all(name).iter().count(), 1, "{name}");
        }
    }
}

async fn send(router: &Router, request: Request) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

fn request(method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

fn fetch(path: &str, headers: &[(&str, &str)]) -> Request {
    request(Method::GET, path, headers, Body::empty())
}

#[tokio::test]
async fn request_ids_are_taken_when_sane_and_made_otherwise() {
    let router = apply(routes(), config());
    let longest = "a".repeat(128);
    for sane in ["abc", "A.b_c-9", longest.as_str()] {
        let answer = send(&router, fetch("/health", &[("x-request-id", sane)])).await;
        assert_eq!(answer.header("x-request-id"), Some(sane));
    }
    let too_long = "a".repeat(129);
    for odd in [
        "",
        "a b",
        "a\"b",
        "a/b",
        "<script>",
        "a,b",
        "{}",
        "\t",
        too_long.as_str(),
    ] {
        let answer = send(&router, fetch("/health", &[("x-request-id", odd)])).await;
        let id: kernel::RequestId = answer.header("x-request-id").unwrap().parse().unwrap();
        assert_eq!(id.uuid().get_version_num(), 7);
    }
    let first = send(&router, fetch("/health", &[])).await;
    let second = send(&router, fetch("/health", &[])).await;
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn every_answer_is_secured_and_a_page_keeps_its_own_policy() {
    let router = apply(routes(), config());
    let answer = send(&router, fetch("/health", &[])).await;
    answer.is_secured();
    assert_eq!(answer.header("strict-transport-security"), None);
    let page = send(&router, fetch("/page", &[])).await;
    page.is_secured();
    assert_eq!(
        page.header("content-security-policy"),
        Some("default-src 'self'")
    );

    let strict = apply(
        routes(),
        EdgeConfig {
            strict_transport: true,
            ..config()
        },
    );
    let answer = send(&strict, fetch("/health", &[])).await;
    assert!(answer.header("strict-transport-security").is_some());
}

#[tokio::test]
async fn requests_are_counted_by_their_route() {
    let metrics = metrics_recorder();
    let router = Router::new().route("/counted/{id}", get(|| async {}));
    let router = apply(router, config());
    for path in ["/counted/1", "/counted/2", "/counted-not"] {
        send(&router, fetch(path, &[])).await;
    }
    send(&router, request(Method::POST, "/counted/3", &[], "")).await;
    send(
        &router,
        request(Method::from_bytes(b"BREW").unwrap(), "/counted/3", &[], ""),
    )
    .await;
    let text = metrics.render();
    for line in [
        "http_requests_total{method=\"GET\",path=\"/counted/{id}\",status=\"200\"} 2",
        "http_requests_total{method=\"POST\",path=\"/counted/{id}\",status=\"405\"} 1",
        "http_requests_total{method=\"OTHER\",path=\"/counted/{id}\",status=\"405\"} 1",
        "http_request_duration_seconds_count{method=\"GET\",path=\"/counted/{id}\"} 2",
        "http_request_duration_seconds_bucket{method=\"GET\",path=\"/counted/{id}\",le=\"0.0005\"}",
        "# HELP http_requests_total Requests answered",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(text.contains("path=\"unmatched\",status=\"404\"") && !text.contains("counted-not"));
}

#[tokio::test]
async fn origins_are_answered_as_configured() {
    let origin = ("origin", "https://game.example");
    let asks = [origin, ("access-control-request-method", "POST")];
    let ask = || request(Method::OPTIONS, "/people", &asks, "");

    let closed = apply(routes(), config());
    let answer = send(&closed, fetch("/health", &[origin])).await;
    assert_eq!(
        (
            answer.header("access-control-allow-origin"),
            answer.header("vary")
        ),
        (None, None)
    );
    send(&closed, ask())
        .await
        .is_error(405, "method_not_allowed");

    let listed = EdgeConfig {
        cross_origins: "https://game.example".parse().unwrap(),
        ..config()
    };
    let listed = apply(routes(), listed);
    let answer = send(&listed, ask()).await;
    answer.is_secured();
    assert_eq!(answer.status, 204);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("https://game.example")
    );
    assert_eq!(
        answer.header("access-control-allow-credentials"),
        Some("true")
    );
    assert!(
        answer
            .header("access-control-allow-headers")
            .unwrap()
            .contains("authorization")
    );
    // Errors can be read, too.
    let answer = send(&listed, fetch("/nowhere", &[origin])).await;
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("https://game.example")
    );
    assert!(
        answer
            .header("access-control-expose-headers")
            .unwrap()
            .contains("x-request-id")
    );
    for other in [
        "https://evil.example",
        "https://game.example.evil",
        "null",
        "http://game.example",
    ] {
        let answer = send(&listed, fetch("/health", &[("origin", other)])).await;
        assert_eq!(
            answer.header("access-control-allow-origin"),
            None,
            "{other}"
        );
        assert_eq!(answer.header("vary"), Some("origin"));
    }

    let open = apply(
        routes(),
        EdgeConfig {
            cross_origins: "*".parse().unwrap(),
            ..config()
        },
    );
    let answer = send(&open, ask()).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
}
