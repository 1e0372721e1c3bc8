use axum::{Router, routing::get};
use http_api::telemetry::*;
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mode = std::env::args().nth(1).unwrap();
    static PAGE: [u8; 1024] = [b'x'; 1024];
    let bare = Router::new().route("/boards/{id}/entries", get(|| async { &PAGE[..] }));
    if mode == "bare" {
        let l = tokio::net::TcpListener::bind("127.0.0.1:4801").await.unwrap();
        axum::serve(l, bare).await.unwrap();
    } else {
        let _m = metrics_recorder();
        let _g = init(&LogConfig { level: mode, format: LogFormat::Json, service: "x".into() }).unwrap();
        let app = http_api::apply(bare, http_api::EdgeConfig::new(kernel::Clock::system()));
        let l = http_api::listen("127.0.0.1:4801".parse().unwrap()).unwrap();
        http_api::serve(l, app, Default::default(), Default::default(), std::time::Duration::from_secs(1)).await;
    }
}
