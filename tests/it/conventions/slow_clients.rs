use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{TestApp, eventually, within};

#[tokio::test]
async fn a_client_that_never_ends_its_request_is_cut_off_while_others_are_served() {
    let app = TestApp::start().await;
    let address = app.base.trim_start_matches("http://").to_owned();
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream
            .write_all(b"GET /api/v1/leaderboards HTTP/1.1\r\nHost: slow\r\nX-Slow: ")
            .await
            .unwrap();
        slow.push(stream);
    }
    app.get("/leaderboards").await.assert_ok();
    for mut stream in slow {
        let mut rest = Vec::new();
        // Closed or reset, with or without a last word.
        let _ = within("the slow client is cut off", stream.read_to_end(&mut rest)).await;
        let rest = String::from_utf8_lossy(&rest);
        assert!(
            rest.is_empty() || rest.starts_with("HTTP/1.1 408"),
            "{rest}"
        );
    }
    // The connection that we kept may be closed in the moment in which it is used again.
    eventually("others are served", async || {
        app.get("/leaderboards").attempt().await.ok()
    })
    .await
    .assert_ok();
}

#[tokio::test]
async fn garbage_instead_of_http_harms_nobody() {
    let app = TestApp::start().await;
    let address = app.base.trim_start_matches("http://").to_owned();
    let huge = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nX-Huge: {}\r\n\r\n",
        "x".repeat(1_000_000)
    );
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        huge.as_bytes(),
    ] {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        let _ = stream.write_all(garbage).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = within("the server hangs up", stream.read_to_end(&mut answer)).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{answer}"
        );
    }
    app.get("/leaderboards").await.assert_ok();
}

#[tokio::test]
async fn a_body_that_breaks_off_is_400() {
    let app = TestApp::start().await;
    let address = app.base.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream
        .write_all(format!("{head}nonsense\r\n").as_bytes())
        .await
        .unwrap();
    let mut answer = Vec::new();
    let _ = within("the server answers", stream.read_to_end(&mut answer)).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.starts_with("HTTP/1.1 400") && answer.contains("malformed_body"),
        "{answer}"
    );
}
