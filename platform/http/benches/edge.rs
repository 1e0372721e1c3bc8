//! What the edge adds to each request: the same handler bare, within the edge, and with both log lines written.
//! No sockets, so that nothing but our own work is measured.

use std::hint::black_box;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::routing::get;
use criterion::{Criterion, criterion_group, criterion_main};
use http_api::telemetry::{LogConfig, LogFormat, init_to, metrics_recorder};
use http_api::{EdgeConfig, apply};
use kernel::Clock;
use tower::Service as _;

fn request() -> Request {
    let mut request = Request::get("/boards/global/entries?limit=10")
        .header("host", "localhost:3000")
        .header("accept", "application/json")
        .body(Body::empty())
        .expect("a valid request");
    let peer: std::net::SocketAddr = ([127, 0, 0, 1], 4000).into();
    request.extensions_mut().insert(ConnectInfo(peer));
    request
}

fn measure(criterion: &mut Criterion, name: &str, router: &Router) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let runtime = runtime.expect("a runtime can be started");
    criterion.bench_function(name, |bencher| {
        bencher.iter(|| {
            let answer = runtime.block_on(router.clone().call(request()));
            black_box(answer).expect("routers are infallible")
        });
    });
}

fn edge(criterion: &mut Criterion) {
    static PAGE: [u8; 1024] = [b'x'; 1024];
    let bare = Router::new().route("/boards/{id}/entries", get(|| async { &PAGE[..] }));
    let metrics = metrics_recorder();
    let edge = apply(bare.clone(), EdgeConfig::new(Clock::system()));
    measure(criterion, "bare", &bare.with_state(()));
    measure(criterion, "edge", &edge);
    let log = LogConfig {
        level: "info".to_owned(),
        format: LogFormat::Json,
        service: "grandstand".to_owned(),
    };
    let log = init_to(&log, std::io::sink()).expect("the log starts");
    measure(criterion, "edge, logged", &edge);
    drop(log);
    black_box(metrics.render());
}

criterion_group!(benches, edge);
criterion_main!(benches);
