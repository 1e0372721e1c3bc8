use std::time::Duration;

use crate::harness::{EventStream, TestApp, eventually};

#[tokio::test]
async fn one_address_too_many_closes_its_oldest_stream() {
    let app = TestApp::builder()
        .setting("SSE_MAX_PER_USER", "3")
        .start()
        .await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = app.events("global").await;
        stream.next().await;
        streams.push(stream);
    }
    let mut newest = app.events("global").await;
    newest.next().await;
    streams[0].ended().await;
    assert!(streams[0].retry().is_some());
    for stream in &mut streams[1..] {
        assert!(
            stream
                .next_within(Duration::from_millis(100))
                .await
                .is_none()
        );
    }
    // Whoever is signed in counts for themselves.
    let ada = app.register("Ada").await;
    EventStream::open(ada.get("/leaderboards/global/events"))
        .await
        .next()
        .await;
    assert!(
        streams[1]
            .next_within(Duration::from_millis(100))
            .await
            .is_none()
    );
}

#[tokio::test]
async fn a_full_server_answers_200_with_a_retry_and_ends() {
    let app = TestApp::builder()
        .setting("SSE_MAX_CONNECTIONS", "1")
        .start()
        .await;
    let mut first = app.events("global").await;
    first.next().await;
    let ada = app.register("Ada").await;
    let mut refused = EventStream::open(ada.get("/leaderboards/global/events")).await;
    refused.ended().await;
    let wait = refused.retry().unwrap();
    assert!(wait >= Duration::from_secs(5), "{wait:?}");
    drop(first);
    eventually("a client that is gone frees its place", async || {
        let mut stream = EventStream::open(ada.get("/leaderboards/global/events")).await;
        stream.next_within(Duration::from_millis(500)).await
    })
    .await;
}

#[tokio::test]
async fn a_stream_is_never_refused_by_429() {
    let app = TestApp::builder()
        .setting("RATE_LIMIT_ENABLED", "true")
        .setting("RATE_LIMIT_PER_IP", "2")
        .start()
        .await;
    for _ in 0..5 {
        let stream = app
            .get("/leaderboards/global/events")
            .header("Accept", "text/event-stream");
        let stream = EventStream::open(stream).await;
        drop(stream);
    }
    let mut refused = EventStream::open(
        app.get("/leaderboards/global/events")
            .header("Accept", "text/event-stream"),
    )
    .await;
    refused.ended().await;
    assert!(refused.retry().unwrap() >= Duration::from_secs(5));
    app.get("/leaderboards")
        .await
        .assert_error(429, "rate_limited");
}
