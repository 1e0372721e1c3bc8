//! Servers inside a program: many at once, each with its own folder, started again on what they left.

use std::path::Path;

use grandstand::Server;
use grandstand::config::{Config, Sources};
use kernel::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn config(data_dir: &Path) -> Config {
    let data_dir = data_dir.display().to_string();
    let pairs = [
        ("PORT", "0"),
        ("BIND_ADDRESS", "127.0.0.1"),
        ("DATA_DIR", &data_dir),
        ("DRAIN_TIMEOUT", "5s"),
    ];
    Config::load(&Sources::given(pairs)).expect("a valid configuration")
}

/// The status and the whole answer.
async fn get(server: &Server, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(server.address())
        .await
        .expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    (status.expect("a status"), answer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_live_side_by_side_and_again() {
    let folders = [
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    ];
    let clock = Clock::manual("2026-11-21T10:00:00Z".parse().expect("a time"));
    let (first, second) = tokio::join!(
        Server::start(config(folders[0].path()), clock.clone()),
        Server::start(config(folders[1].path()), clock.clone()),
    );
    let (first, second) = (first.expect("the first"), second.expect("the second"));
    first.ready().await;
    assert_ne!(first.address(), second.address());
    for path in [
        "/health",
        "/api/health",
        "/health/live",
        "/health/ready",
        "/",
        "/setup",
        "/docs/",
        "/metrics",
    ] {
        let (status, answer) = get(&first, path).await;
        assert_eq!(status, 200, "{path}: {answer}");
    }
    let (status, answer) = get(&first, "/setup").await;
    assert!(
        status == 200 && answer.contains("form-action 'none'"),
        "a policy of its own: {answer}"
    );
    let (status, answer) = get(&first, "/nowhere").await;
    assert!(
        status == 404 && answer.contains("\"not_found\""),
        "{answer}"
    );
    // Whatever there is below /admin, a stranger isn't told.
    for path in [
        "/api/v1/admin/api-keys",
        "/api/v1/admin/leaderboards/global/sync",
    ] {
        assert!([401, 405].contains(&get(&first, path).await.0), "{path}");
    }

    let refused = Server::start(config(folders[0].path()), clock.clone()).await;
    let message = refused.err().expect("a refusal").to_string();
    assert!(message.contains("is already using"), "{message}");
    assert_eq!(
        get(&first, "/health").await.0,
        200,
        "the refused one left it alone"
    );

    first.stop().await;
    let again = Server::start(config(folders[0].path()), clock)
        .await
        .expect("a second start");
    assert_eq!(get(&again, "/health").await.0, 200);
    assert_eq!(get(&second, "/health").await.0, 200);
    tokio::join!(again.stop(), second.stop());
}
