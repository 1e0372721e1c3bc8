//! The limit by address, and who is free of it.

use super::*;
use crate::Rate;

fn limited(requests: u32) -> EdgeConfig {
    let config = config();
    let requests = NonZeroU32::new(requests).unwrap();
    let limiter = AdjustableLimiter::new("per_ip", config.clock.clone());
    let window = Duration::from_secs(60);
    limiter.set(Some(Rate { requests, window }));
    EdgeConfig {
        per_ip: Some(Arc::new(limiter)),
        trusted_proxies: "127.0.0.1".parse().unwrap(),
        ..config
    }
}

fn from(address: &str, path: &str, headers: &[(&str, &str)]) -> Request {
    let mut request = fetch(path, headers);
    let peer = std::net::SocketAddr::new(address.parse().unwrap(), 1);
    request.extensions_mut().insert(ConnectInfo(peer));
    request
}

#[tokio::test]
async fn callers_are_limited_by_their_own_address() {
    let metrics = metrics_recorder();
    let config = limited(2);
    let clock = config.clock.clone();
    let router = apply(routes(), config);
    for remaining in ["1", "0"] {
        let answer = send(
            &router,
            from("192.0.2.1", "/ip", &[("x-forwarded-for", "9.9.9.9")]),
        )
        .await;
        assert_eq!(answer.body, "192.0.2.1");
        assert_eq!(answer.header("ratelimit-remaining"), Some(remaining));
    }
    let answer = send(&router, from("192.0.2.1", "/ip", &[])).await;
    answer.is_error(429, "rate_limited");
    assert_eq!(
        (
            answer.header("retry-after"),
            answer.header("ratelimit-limit")
        ),
        (Some("30"), Some("2"))
    );
    assert!(
        metrics
            .render()
            .contains("rate_limit_hits_total{endpoint=\"/ip\"}")
    );

    assert_eq!(
        send(&router, from("192.0.2.2", "/ip", &[])).await.status,
        200
    );
    // Behind a trusted proxy, the client's own address counts.
    let answer = send(
        &router,
        from("127.0.0.1", "/ip", &[("x-forwarded-for", "192.0.2.1")]),
    )
    .await;
    assert_eq!(answer.status, 429);
    clock.advance(Duration::from_secs(30));
    assert_eq!(
        send(&router, from("192.0.2.1", "/ip", &[])).await.status,
        200
    );
}

#[tokio::test]
async fn a_network_of_version_six_is_one_caller() {
    let router = apply(routes(), limited(1));
    assert_eq!(
        send(&router, from("2001:db8::1", "/ip", &[])).await.status,
        200
    );
    assert_eq!(
        send(&router, from("2001:db8::2", "/ip", &[])).await.status,
        429
    );
    assert_eq!(
        send(&router, from("2001:db8:0:1::1", "/ip", &[]))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn health_and_those_with_a_key_are_free() {
    static ASKED: AtomicBool = AtomicBool::new(false);
    let exempt: Exempt = Arc::new(|_, headers| {
        ASKED.store(true, Ordering::Relaxed);
        headers.get("x-api-key").is_some_and(|key| key == "good")
    });
    let router = apply(
        routes(),
        EdgeConfig {
            exempt: Some(exempt),
            ..limited(1)
        },
    );
    for _ in 0..3 {
        assert_eq!(
            send(&router, from("192.0.2.1", "/health", &[]))
                .await
                .status,
            200
        );
        assert_eq!(
            send(&router, from("192.0.2.1", "/ip", &[("x-api-key", "good")]))
                .await
                .status,
            200
        );
    }
    assert!(ASKED.load(Ordering::Relaxed));
    assert_eq!(
        send(&router, from("192.0.2.1", "/ip", &[("x-api-key", "bad")]))
            .await
            .status,
        200
    );
    assert_eq!(
        send(&router, from("192.0.2.1", "/ip", &[("x-api-key", "bad")]))
            .await
            .status,
        429
    );
}

#[tokio::test]
async fn streams_of_events_are_put_off_without_an_error() {
    let router = apply(routes(), limited(1));
    let is_put_off = |answer: &Answer| {
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some("text/event-stream"))
        );
        let retry = answer.body.split("retry: ").nth(1).unwrap().trim();
        assert!((10_000..=20_000).contains(&retry.parse::<u32>().unwrap()));
        answer.is_secured();
    };
    // First the handler's 503, then the limit's 429.
    for _ in 0..2 {
        is_put_off(&send(&router, from("192.0.2.1", "/events", &[])).await);
    }
    is_put_off(
        &send(
            &router,
            from("192.0.2.1", "/away", &[("accept", "text/event-stream")]),
        )
        .await,
    );
    send(&router, from("192.0.2.1", "/away", &[]))
        .await
        .is_error(429, "rate_limited");
}
