//! What the log of a whole process tells of requests. One test, since a process has one log.

use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use http_api::telemetry::{LogConfig, LogFormat, init_to};
use http_api::{EdgeConfig, apply};
use kernel::Clock;
use serde_json::Value;
use tower::ServiceExt as _;

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("no writer panics")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn requests_and_panics_are_logged_without_what_is_secret() {
    let out = Written::default();
    let config = LogConfig {
        level: "info".to_owned(),
        format: LogFormat::Json,
        service: "grandstand".to_owned(),
    };
    let guard = init_to(&config, out.clone()).unwrap();
    let router = Router::new()
        .route("/unsubscribe/{token}", get(|| async { "gone" }))
        .route(
            "/panics",
            get(|| async {
                if true {
                    panic!("on purpose")
                }
            }),
        );
    let router = apply(router, EdgeConfig::new(Clock::system()));
    for path in [
        "/unsubscribe/hush1?ticket=hush2",
        "/panics",
        "/nowhere?ticket=hush3",
    ] {
        let request = Request::get(path).header("x-request-id", "req-1");
        let request = request.header("authorization", "Bearer hush4");
        router
            .clone()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
    }
    drop(guard);

    let text = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("hush"), "{text}");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told: Vec<String> = lines
        .iter()
        .map(|line| {
            assert_eq!(line["requestId"], "req-1");
            let data = &line["data"];
            format!(
                "{} {} {} {}",
                line["level"], line["message"], data["path"], data["status"]
            )
            .replace('"', "")
        })
        .collect();
    assert_eq!(
        told,
        [
            "info request received /unsubscribe/{token} null",
            "info request completed /unsubscribe/{token} 200",
            "info request received /panics null",
            "error unhandled panic null null",
            "info request completed /panics 500",
            "info request received /nowhere null",
            "info request completed /nowhere 404",
        ]
    );
    let panic = &lines[3]["data"];
    assert_eq!(panic["reason"], "on purpose");
    assert!(panic["location"].as_str().unwrap().contains("log.rs"));
    let completed = &lines[1]["data"];
    assert!(
        completed["durationMs"].is_number()
            && completed["ip"].is_string()
            && completed["method"] == "GET"
    );
}
