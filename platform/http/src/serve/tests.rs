use std::time::Instant;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use bytes::Bytes;
use kernel::Clock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;
use crate::telemetry::metrics_recorder;
use crate::{EdgeConfig, apply};

struct Server {
    address: SocketAddr,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

const SHORT: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(10);

fn start(config: ServeConfig, drain: Duration) -> Server {
    let endless = || async {
        let chunk = Bytes::from(vec![b'x'; 64 * 1024]);
        Body::from_stream(futures_util::stream::repeat_with(move || {
            Ok::<_, io::Error>(chunk.clone())
        }))
    };
    let slow = || async {
        sleep(SHORT).await;
        "done"
    };
    let router = Router::new()
        .route(
            "/",
            get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }),
        )
        .route("/slow", get(slow))
        .route("/endless", get(endless))
        .route(
            "/never",
            get(|| async { std::future::pending::<()>().await }),
        )
        .route(
            "/take",
            post(|body: Bytes| async move { body.len().to_string() }),
        );
    let router = apply(router, EdgeConfig::new(Clock::system()));
    let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let task = tokio::spawn(serve(listener, router, config, shutdown.clone(), drain));
    Server {
        address,
        shutdown,
        task,
    }
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn stop(self) {
        self.shutdown.cancel();
        timeout(LONG, self.task)
            .await
            .expect("stops in time")
            .unwrap();
    }
}

/// Reads until `end` has come, or the connection has ended.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    let reading = async {
        while !String::from_utf8_lossy(&text).contains(end) {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(count) => text.extend_from_slice(&buffer[..count]),
            }
        }
    };
    timeout(LONG, reading).await.expect("comes in time");
    String::from_utf8_lossy(&text).into_owned()
}

const NEVER: &str = "\u{1}never\u{1}";

#[tokio::test]
async fn a_connection_serves_many_requests_and_knows_its_peer() {
    let server = start(ServeConfig::default(), LONG);
    let mut stream = server.connect().await;
    for _ in 0..3 {
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        let answer = read_until(&mut stream, "127.0.0.1").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    server.stop().await;
    assert_eq!(
        read_until(&mut stream, NEVER).await,
        "",
        "idle connections end at once"
    );
}

#[tokio::test]
async fn whoever_is_slow_to_ask_is_dropped() {
    let server = start(
        ServeConfig {
            header_timeout: SHORT,
            ..ServeConfig::default()
        },
        LONG,
    );
    let started = Instant::now();
    let mut slow = server.connect().await;
    let mut idle = server.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    read_until(&mut idle, "127.0.0.1").await;
    for _ in 0..2 {
        slow.write_all(b"GET / HTTP/1.1\r\nx: ").await.unwrap();
        sleep(SHORT / 4).await;
    }
    let answer = read_until(&mut slow, NEVER).await;
    assert!(!answer.contains("200"), "{answer}");
    read_until(&mut idle, NEVER).await;
    assert!(started.elapsed() >= SHORT && started.elapsed() < LONG);
    server.stop().await;
}

#[tokio::test]
async fn a_busy_connection_outlives_the_header_timeout() {
    let server = start(
        ServeConfig {
            header_timeout: SHORT,
            ..ServeConfig::default()
        },
        LONG,
    );
    let mut stream = server.connect().await;
    for _ in 0..5 {
        sleep(SHORT / 2).await;
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        let answer = read_until(&mut stream, "127.0.0.1").await;
        assert!(answer.contains("200"), "{answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn whoever_does_not_read_is_dropped_and_counted() {
    let metrics = metrics_recorder();
    let server = start(
        ServeConfig {
            write_timeout: SHORT,
            ..ServeConfig::default()
        },
        LONG,
    );
    let mut stream = server.connect().await;
    stream
        .write_all(b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let counted = async {
        while !metrics.render().contains("connections_stalled_total 1") {
            sleep(SHORT / 4).await;
        }
    };
    timeout(LONG, counted).await.expect("dropped in time");
    server.stop().await;
}

#[tokio::test]
async fn shutdown_lets_requests_end_and_refuses_new_ones() {
    let server = start(ServeConfig::default(), LONG);
    let mut stream = server.connect().await;
    stream
        .write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    sleep(SHORT / 4).await;
    let address = server.address;
    server.stop().await;
    let answer = read_until(&mut stream, NEVER).await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"),
        "{answer}"
    );
    assert!(answer.contains("connection: close"), "{answer}");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn what_does_not_end_is_cut_off() {
    let server = start(ServeConfig::default(), SHORT);
    let mut stream = server.connect().await;
    stream
        .write_all(b"GET /never HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    sleep(SHORT / 4).await;
    server.stop().await;
    assert_eq!(read_until(&mut stream, NEVER).await, "");
}

#[tokio::test]
async fn further_connections_wait_until_one_ends() {
    let server = start(
        ServeConfig {
            maximum_connections: 1,
            ..ServeConfig::default()
        },
        LONG,
    );
    let mut first = server.connect().await;
    first
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    read_until(&mut first, "127.0.0.1").await;
    let mut second = server.connect().await;
    second
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    assert!(timeout(SHORT, second.readable()).await.is_err());
    drop(first);
    assert!(read_until(&mut second, "127.0.0.1").await.contains("200"));
    drop(second);
    server.stop().await;
}

#[tokio::test]
async fn a_large_body_gets_its_answer() {
    let server = start(ServeConfig::default(), LONG);
    let body = vec![b'x'; 2 * 1024 * 1024];
    let declared = format!(
        "POST /take HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut chunked =
        b"POST /take HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n200000\r\n".to_vec();
    chunked.extend_from_slice(&body);
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    for message in [[declared.as_bytes(), &body].concat(), chunked] {
        let mut stream = server.connect().await;
        stream.write_all(&message).await.unwrap();
        let answer = read_until(&mut stream, "\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn whoever_asks_before_sending_too_much_is_told_at_once() {
    let server = start(ServeConfig::default(), LONG);
    let mut stream = server.connect().await;
    let head = b"POST /take HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2097152\r\n\r\n";
    stream.write_all(head).await.unwrap();
    let answer = read_until(&mut stream, "}").await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn nonsense_is_refused() {
    let server = start(ServeConfig::default(), LONG);
    let huge = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(64 * 1024));
    for (message, status) in [
        ("GARBAGE\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nhost: x\r\nx y: z\r\n\r\n", "400"),
        (
            "POST /take HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
            "400",
        ),
        (huge.as_str(), "431"),
    ] {
        let mut stream = server.connect().await;
        // The server may have closed before all of it was sent.
        let _ = stream.write_all(message.as_bytes()).await;
        let answer = read_until(&mut stream, "\r\n").await;
        assert!(answer.contains(status), "{answer}");
    }
    server.stop().await;
}
