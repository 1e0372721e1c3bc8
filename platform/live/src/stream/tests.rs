use std::future::poll_fn;

use futures_util::FutureExt;
use http_body::Body as _;
use kernel::UserId;
use tokio::time::advance;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::*;
use crate::capacity::{Capacity, Holder};
use crate::parse::EventParser;
use crate::topic::Topic;

const HOLDER: Holder = Holder::User(UserId::new(Uuid::nil()));
const SETTINGS: StreamSettings = StreamSettings {
    ping_interval: Duration::from_secs(15),
    maximum_life: Duration::from_secs(600),
};

async fn frame(body: &mut Body) -> Option<String> {
    let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
    let bytes = frame.expect("never fails").into_data().expect("data");
    Some(String::from_utf8(bytes.to_vec()).expect("UTF-8"))
}

fn idle(body: &mut Body) -> bool {
    frame(body).now_or_never().is_none()
}

fn open(topic: &Topic, capacity: &Capacity) -> Body {
    let permit = capacity.try_enter(HOLDER, None).expect("room");
    SETTINGS
        .respond(topic.subscribe(), permit, None)
        .into_body()
}

/// Opened and past its first bytes.
async fn opened(topic: &Topic, capacity: &Capacity) -> Body {
    let mut body = open(topic, capacity);
    assert_eq!(
        frame(&mut body).await.as_deref(),
        Some(": ok\n\nretry: 2000\n\n")
    );
    body
}

fn retry_of(text: &str) -> u64 {
    let mut parser = EventParser::new();
    assert!(parser.push(text.as_bytes()).is_empty());
    let time = parser.reconnection_time().expect("a retry");
    u64::try_from(time.as_millis()).expect("short")
}

async fn ends_with_retry(body: &mut Body, (from, to): (u64, u64)) {
    let last = frame(body).await.expect("a farewell");
    assert!((from..=to).contains(&retry_of(&last)), "{last}");
    assert!(body.is_end_stream());
    assert_eq!(frame(body).await, None);
}

fn has_stream_headers(response: &Response) {
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    assert!(!response.headers().contains_key("content-length"));
    // hyper would write a length that it can tell.
    assert_eq!(response.body().size_hint().exact(), None);
}

#[tokio::test(start_paused = true)]
async fn opens_at_once_with_the_snapshot_and_goes_on() {
    let topic = Topic::new(3);
    let permit = Capacity::new(1, 1).try_enter(HOLDER, None).expect("room");
    let mut subscription = topic.subscribe();
    assert!(!subscription.resume(Some(2), 3));
    subscription.start_with(3, Bytes::from_static(b"id: 3\ndata: snapshot\n\n"));
    let response = SETTINGS.respond(subscription, permit, None);
    has_stream_headers(&response);
    let mut body = response.into_body();
    assert_eq!(
        frame(&mut body).await.as_deref(),
        Some(": ok\n\nretry: 2000\n\n")
    );
    assert_eq!(
        frame(&mut body).await.as_deref(),
        Some("id: 3\ndata: snapshot\n\n")
    );
    assert!(idle(&mut body));
    topic.publish(4, Bytes::from_static(b"data: 4\n\n"));
    assert_eq!(frame(&mut body).await.as_deref(), Some("data: 4\n\n"));
}

#[tokio::test(start_paused = true)]
async fn who_is_current_gets_no_snapshot() {
    let topic = Topic::new(3);
    let permit = Capacity::new(1, 1).try_enter(HOLDER, None).expect("room");
    let mut subscription = topic.subscribe();
    assert!(subscription.resume(Some(3), 3));
    let mut body = SETTINGS.respond(subscription, permit, None).into_body();
    assert_eq!(
        frame(&mut body).await.as_deref(),
        Some(": ok\n\nretry: 2000\n\n")
    );
    assert!(idle(&mut body));
}

#[tokio::test(start_paused = true)]
async fn one_encoding_is_shared() {
    let topic = Topic::new(0);
    let capacity = Capacity::new(2, 2);
    let event = Bytes::from(vec![b'x'; 1000]);
    for _ in 0..2 {
        let permit = capacity.try_enter(HOLDER, None).expect("room");
        let mut body = EventBody::new(&SETTINGS, topic.subscribe().into(), permit, None, 0);
        topic.publish(topic.version() + 1, event.clone());
        let mut next = async || {
            let frame = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
            frame
                .and_then(Result::ok)
                .and_then(|frame| frame.into_data().ok())
        };
        next().await;
        let sent = next().await.expect("the event");
        assert_eq!(sent.as_ptr(), event.as_ptr());
    }
}

#[tokio::test(start_paused = true)]
async fn silence_is_broken_within_the_interval() {
    let topic = Topic::new(0);
    let mut body = opened(&topic, &Capacity::new(1, 1)).await;
    for _ in 0..5 {
        let before = Instant::now();
        assert!(idle(&mut body));
        assert_eq!(frame(&mut body).await.as_deref(), Some(": ping\n\n"));
        let silence = before.elapsed();
        assert!(silence >= Duration::from_secs(12), "{silence:?}");
        assert!(silence <= Duration::from_millis(15_001), "{silence:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_puts_the_ping_off() {
    let topic = Topic::new(0);
    let mut body = opened(&topic, &Capacity::new(1, 1)).await;
    for version in 1..=10 {
        advance(Duration::from_secs(8)).await;
        topic.publish(version, Bytes::from_static(b"data\n\n"));
        assert_eq!(frame(&mut body).await.as_deref(), Some("data\n\n"));
        assert!(idle(&mut body));
    }
    let before = Instant::now();
    assert_eq!(frame(&mut body).await.as_deref(), Some(": ping\n\n"));
    assert!(before.elapsed() >= Duration::from_secs(12));
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_of_age() {
    let topic = Topic::new(0);
    let start = Instant::now();
    let mut body = opened(&topic, &Capacity::new(1, 1)).await;
    let last = loop {
        let next = frame(&mut body).await.expect("a farewell first");
        if next != ": ping\n\n" {
            break next;
        }
    };
    assert!((2000..=5000).contains(&retry_of(&last)));
    assert_eq!(frame(&mut body).await, None);
    let life = start.elapsed().as_secs();
    assert!((600..=660).contains(&life), "{life}");
}

#[tokio::test(start_paused = true)]
async fn shutdown_wakes_and_ends_streams() {
    let topic = Topic::new(0);
    let capacity = Capacity::new(8, 8);
    let mut body = opened(&topic, &capacity).await;
    let shutdown = CancellationToken::new();
    tokio::spawn(capacity.clone().shut_down_on(shutdown.clone()));
    let start = Instant::now();
    let client = tokio::spawn(async move { ends_with_retry(&mut body, (2000, 5000)).await });
    tokio::task::yield_now().await;
    shutdown.cancel();
    client.await.expect("ends");
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(capacity.active(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_closed_topic_ends_the_stream() {
    let topic = Topic::new(0);
    let capacity = Capacity::new(8, 8);
    let mut body = opened(&topic, &capacity).await;
    topic.close();
    ends_with_retry(&mut body, (2000, 5000)).await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_what_allowed_it_does() {
    let topic = Topic::new(0);
    let capacity = Capacity::new(8, 8);
    let permit = capacity.try_enter(HOLDER, None).expect("room");
    let good_for = Some(Duration::from_secs(5));
    let mut body = SETTINGS
        .respond(topic.subscribe(), permit, good_for)
        .into_body();
    frame(&mut body).await;
    let start = Instant::now();
    ends_with_retry(&mut body, (2000, 5000)).await;
    assert!((5000..=5002).contains(&start.elapsed().as_millis()));
}

#[tokio::test(start_paused = true)]
async fn the_oldest_of_a_holder_makes_room() {
    let topic = Topic::new(0);
    let capacity = Capacity::new(8, 1);
    let mut old = opened(&topic, &capacity).await;
    let mut new = opened(&topic, &capacity).await;
    ends_with_retry(&mut old, (10_000, 20_000)).await;
    assert!(idle(&mut new));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_goes_away_leaves_nothing() {
    let topic = Topic::new(0);
    let capacity = Capacity::new(8, 8);
    let mut body = opened(&topic, &capacity).await;
    assert!(idle(&mut body));
    assert_eq!((capacity.active(), topic.subscribers()), (1, 1));
    drop(body);
    assert_eq!((capacity.active(), topic.subscribers()), (0, 0));
}

#[tokio::test]
async fn overload_is_said_politely() {
    let response = overloaded();
    has_stream_headers(&response);
    ends_with_retry(&mut response.into_body(), (10_000, 20_000)).await;
}

#[test]
fn jitter_covers_its_range_and_no_more() {
    assert_eq!(between(SOON, 0), 2000);
    assert_eq!(between(SOON, u32::MAX), 4999);
    assert_eq!(between((7, 7), u32::MAX), 7);
}

#[test]
fn a_stream_is_small() {
    assert!(size_of::<EventBody>() <= 256, "{}", size_of::<EventBody>());
}

#[tokio::test(start_paused = true)]
async fn senseless_settings_do_no_harm() {
    let topic = Topic::new(0);
    let capacity = Capacity::new(8, 8);
    for time in [Duration::ZERO, Duration::MAX] {
        let settings = StreamSettings {
            ping_interval: time,
            maximum_life: Duration::MAX,
        };
        let permit = capacity.try_enter(HOLDER, None).expect("room");
        let mut body = settings
            .respond(topic.subscribe(), permit, None)
            .into_body();
        frame(&mut body).await;
        assert!(idle(&mut body));
    }
}
