//! The made-up world, read as the real one is.

mod oauth;
mod records;
mod routes;
mod services;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use kernel::Clock;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;

fn now() -> Timestamp {
    "2026-11-29T21:00:00Z".parse().unwrap()
}

fn later(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

fn world() -> Trackmania {
    Trackmania::new(1)
}

fn busy(world: &Trackmania) -> Arc<Map> {
    Arc::clone(world.busy_maps().nth(1).unwrap())
}

/// Whoever asks, of one router, which remembers what it has to.
struct Asker {
    router: Router,
    calls: Calls,
    clock: Clock,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

impl Asker {
    fn new() -> Self {
        Self::with(Conduct::default())
    }

    fn with(conduct: Conduct) -> Self {
        let (calls, clock) = (Calls::default(), Clock::manual(now()));
        Self {
            router: router(world(), conduct, calls.clone(), clock.clone()),
            calls,
            clock,
        }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 16 * 1024 * 1024).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.to_vec(),
        }
    }

    async fn get(&self, path: &str, authorization: &str) -> Answer {
        let request = Request::get(path)
            .header("user-agent", "Grandstand/0.1.0")
            .header("authorization", authorization);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, authorization: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path).header("authorization", authorization);
        self.send(request.body(body.into()).unwrap()).await
    }

    /// As it is presented.
    async fn token(&self, audience: &str) -> String {
        let body = json!({ "audience": audience }).to_string();
        let path = "/v2/authentication/token/basic";
        let told = self.post(path, &basic(SERVICE_ACCOUNT.1), body).await;
        assert_eq!(told.status, StatusCode::OK);
        presented(&told.json()["accessToken"])
    }
}

fn basic(password: &str) -> String {
    let pair = format!("{}:{password}", SERVICE_ACCOUNT.0);
    format!("Basic {}", STANDARD.encode(pair))
}

fn presented(token: &Value) -> String {
    format!("nadeo_v1 t={}", token.as_str().unwrap())
}
