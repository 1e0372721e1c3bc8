use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;

use super::*;

fn event(version: u64) -> Bytes {
    version.to_string().into()
}

fn ready(subscription: &mut Subscription) -> Option<Bytes> {
    subscription
        .next()
        .now_or_never()
        .map(|event| event.expect("open"))
}

#[test]
fn a_slow_reader_gets_the_newest_only() {
    let topic = Topic::new(0);
    let mut subscription = topic.subscribe();
    assert_eq!(ready(&mut subscription), None);
    for version in 1..=5 {
        assert!(topic.publish(version, event(version)));
    }
    assert_eq!(ready(&mut subscription), Some(event(5)));
    assert_eq!(ready(&mut subscription), None);
}

#[test]
fn what_is_overtaken_is_not_published() {
    let topic = Topic::new(3);
    assert!(!topic.publish(3, event(3)));
    assert!(topic.publish(5, event(5)));
    assert!(!topic.publish(4, event(4)));
    assert!(!topic.publish(5, event(5)));
    assert_eq!(topic.version(), 5);
}

#[test]
fn only_a_current_id_resumes() {
    let topic = Topic::new(10);
    let resumes = |id, current| topic.subscribe().resume(id, current);
    assert!(!resumes(None, 10));
    assert!(resumes(Some(10), 10));
    assert!(
        !resumes(Some(9), 10),
        "unknown what changed before the start"
    );
    assert!(topic.publish(12, event(12)));
    assert!(!resumes(Some(11), 14), "missed the event");
    assert!(resumes(Some(12), 14));
    assert!(resumes(Some(13), 14), "from a snapshot between two events");
    assert!(!resumes(Some(15), 14), "newer than the state");
    assert!(!resumes(Some(u64::MAX), 14));
}

#[test]
fn a_resumed_reader_gets_what_follows_its_id() {
    let topic = Topic::new(10);
    let mut subscription = topic.subscribe();
    assert!(topic.publish(11, event(11)));
    assert!(subscription.resume(Some(11), 11));
    assert_eq!(ready(&mut subscription), None);
    assert!(topic.publish(12, event(12)));
    assert_eq!(ready(&mut subscription), Some(event(12)));
}

#[test]
fn a_snapshot_comes_first_and_what_it_includes_not_again() {
    let topic = Topic::new(10);
    let mut subscription = topic.subscribe();
    assert!(topic.publish(11, event(11)));
    subscription.start_with(12, Bytes::from_static(b"snapshot"));
    assert!(topic.publish(12, event(12)));
    assert_eq!(
        ready(&mut subscription),
        Some(Bytes::from_static(b"snapshot"))
    );
    assert_eq!(ready(&mut subscription), None);
    assert!(topic.publish(13, event(13)));
    assert_eq!(ready(&mut subscription), Some(event(13)));
}

#[test]
fn a_topic_that_has_sent_nothing_sends_nothing() {
    let topic = Topic::new(10);
    let mut subscription = topic.subscribe();
    // From a state that lags behind the one that the topic began with.
    subscription.start_with(8, event(8));
    assert_eq!(ready(&mut subscription), Some(event(8)));
    assert_eq!(ready(&mut subscription), None);
}

#[test]
fn a_closed_topic_ends_its_readers() {
    let topic = Topic::new(0);
    let mut subscription = topic.subscribe();
    topic.close();
    assert_eq!(subscription.next().now_or_never(), Some(None));
    assert_eq!(topic.subscribe().next().now_or_never(), Some(None));
    assert!(!topic.publish(1, event(1)));
}

#[test]
fn places_are_used_again_and_given_back() {
    let topic = Topic::new(0);
    let first = topic.subscribe();
    let second = topic.subscribe();
    drop(first);
    let third = topic.subscribe();
    assert_eq!((third.place, topic.subscribers()), (0, 2));
    drop((second, third));
    assert_eq!(topic.subscribers(), 0);
    assert_eq!(topic.0.lock().waiting.capacity(), 0);
}

#[tokio::test]
async fn more_readers_than_one_batch_are_all_woken() {
    let topic = Topic::new(0);
    let readers: Vec<_> = (0..WAKE_BATCH * 3 + 1)
        .map(|_| {
            let mut subscription = topic.subscribe();
            tokio::spawn(async move { subscription.next().await })
        })
        .collect();
    tokio::task::yield_now().await;
    topic.publish(1, event(1));
    for reader in readers {
        assert_eq!(reader.await.expect("no panic"), Some(event(1)));
    }
}

/// Readers come, leave and resume while a publisher races ahead, on real threads: each must come to
/// the last state, and never go back on the way.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_state_always_arrives() {
    const LAST: u64 = 20_000;
    let state = Arc::new(AtomicU64::new(0));
    let topic = Topic::new(0);

    let readers: Vec<_> = (0..64_u64)
        .map(|reader| {
            let (state, topic) = (state.clone(), topic.clone());
            tokio::spawn(async move {
                let mut seen = None;
                loop {
                    let mut subscription = topic.subscribe();
                    let current = state.load(Ordering::SeqCst);
                    if !subscription.resume(seen, current) {
                        subscription.start_with(current, event(current));
                        seen = None;
                    }
                    // Some reconnect after each event, others stay.
                    for _ in 0..reader % 8 + 1 {
                        if seen == Some(LAST) {
                            return;
                        }
                        let next = subscription.next().await.expect("open");
                        let next = str::from_utf8(&next).ok().and_then(|id| id.parse().ok());
                        assert!(next > seen, "{next:?} after {seen:?}");
                        seen = next;
                    }
                }
            })
        })
        .collect();
    let publisher = std::thread::spawn(move || {
        for version in 1..=LAST {
            state.store(version, Ordering::SeqCst);
            // Most states are never published, as pacing has it; the last one is.
            if version % 7 == 0 || version == LAST {
                topic.publish(version, event(version));
                std::thread::yield_now();
            }
        }
    });
    let all = async {
        for reader in readers {
            reader.await.expect("no reader goes back");
        }
    };
    tokio::time::timeout(Duration::from_secs(60), all)
        .await
        .expect("every reader comes to the last state");
    publisher.join().expect("publisher doesn't panic");
}
