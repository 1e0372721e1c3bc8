use std::future::poll_fn;

use futures_util::FutureExt;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::parse::EventParser;

fn user(number: u128) -> UserId {
    UserId::new(Uuid::from_u128(number))
}

fn inboxes() -> Inboxes {
    Inboxes::new(Relay::new())
}

fn topics(topics: &[InboxTopic]) -> InboxTopics {
    topics.iter().copied().collect()
}

fn all() -> InboxTopics {
    topics(&InboxTopic::ALL)
}

fn event(topic: InboxTopic, key: impl fmt::Display, data: &Value) -> UserEvent {
    UserEvent::new(topic, key, data).expect("JSON")
}

/// What is there to be read now, as its name and data.
fn read(inbox: &mut Inbox) -> Vec<(String, Value)> {
    let mut parser = EventParser::new();
    let mut messages = Vec::new();
    while let Some(next) = poll_fn(|context| inbox.poll_next(context)).now_or_never() {
        messages.extend(parser.push(&next.expect("not overflowed")));
    }
    let read = messages.into_iter();
    read.map(|message| {
        let data = serde_json::from_str(&message.data).expect("JSON");
        (message.name, data)
    })
    .collect()
}

fn is_ended(inbox: &mut Inbox) -> bool {
    poll_fn(|context| inbox.poll_next(context)).now_or_never() == Some(None)
}

/// One that has read its first `resync`.
fn open(inboxes: &Inboxes, number: u128, topics: InboxTopics) -> Inbox {
    let mut inbox = inboxes.open(user(number), topics);
    assert_eq!(read(&mut inbox), [("resync".to_owned(), json!({}))]);
    inbox
}

#[test]
fn an_event_reaches_all_streams_of_its_users_and_of_nobody_else() {
    let inboxes = inboxes();
    let mut desk = open(&inboxes, 1, all());
    let mut phone = open(&inboxes, 1, all());
    let mut friend = open(&inboxes, 2, all());
    let mut stranger = open(&inboxes, 3, all());
    let data = json!({ "status": "playing" });
    inboxes.publish(
        &[user(1), user(2)],
        &event(InboxTopic::Presence, "usr_1", &data),
    );
    for inbox in [&mut desk, &mut phone, &mut friend] {
        assert_eq!(read(inbox), [("presence".to_owned(), data.clone())]);
    }
    assert_eq!(read(&mut stranger), []);
}

#[test]
fn a_stream_gets_only_the_topics_that_it_asked_for() {
    let inboxes = inboxes();
    let mut jobs = open(&inboxes, 1, topics(&[InboxTopic::Jobs]));
    let mut others = open(
        &inboxes,
        1,
        topics(&[InboxTopic::Presence, InboxTopic::Notifications]),
    );
    for topic in InboxTopic::ALL {
        inboxes.publish(&[user(1)], &event(topic, 1, &json!(topic.name())));
    }
    assert_eq!(read(&mut jobs), [("job".to_owned(), json!("jobs"))]);
    let names: Vec<String> = read(&mut others)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["presence", "notification"]);
}

#[test]
fn news_of_the_same_thing_takes_the_place_of_what_was_not_sent_yet() {
    let inboxes = inboxes();
    let mut inbox = open(&inboxes, 1, all());
    for done in 0..1000 {
        for job in ["job_1", "job_2"] {
            let progress = event(InboxTopic::Jobs, job, &json!({ "id": job, "done": done }));
            inboxes.publish(&[user(1)], &progress);
        }
    }
    // The same key of another topic is another thing.
    inboxes.publish(
        &[user(1)],
        &event(InboxTopic::Notifications, "job_1", &json!(1)),
    );
    let job = |id: &str| ("job".to_owned(), json!({ "id": id, "done": 999 }));
    let notification = ("notification".to_owned(), json!(1));
    assert_eq!(read(&mut inbox), [job("job_1"), job("job_2"), notification]);
}

#[test]
fn a_reader_who_is_too_slow_is_ended_and_holds_nobody_up() {
    let inboxes = inboxes();
    let mut slow = open(&inboxes, 1, all());
    let mut quick = open(&inboxes, 1, all());
    let publish = |number: usize| {
        inboxes.publish(
            &[user(1)],
            &event(InboxTopic::Notifications, number, &json!(number)),
        );
    };
    for number in 0..CAPACITY {
        publish(number);
        assert_eq!(read(&mut quick).len(), 1);
    }
    publish(CAPACITY);
    assert_eq!(read(&mut quick).len(), 1);
    assert!(is_ended(&mut slow));
    let mut back = open(&inboxes, 1, all());
    publish(0);
    assert_eq!(read(&mut back).len(), 1);
}

#[test]
fn after_a_missed_stretch_comes_a_resync_and_nothing_older() {
    let inboxes = inboxes();
    let mut inbox = open(&inboxes, 1, all());
    let publish = |number: u8| {
        inboxes.publish(&[user(1)], &event(InboxTopic::Jobs, number, &json!(number)));
    };
    publish(1);
    inboxes.resync(InboxTopic::Presence);
    publish(2);
    assert_eq!(read(&mut inbox), [("resync".to_owned(), json!({}))]);
    publish(3);
    assert_eq!(read(&mut inbox), [("job".to_owned(), json!(3))]);
}

#[tokio::test]
async fn whoever_waits_is_woken() {
    let inboxes = inboxes();
    let mut inbox = open(&inboxes, 1, all());
    let waiting =
        tokio::spawn(async move { poll_fn(|context| inbox.poll_next(context)).await.is_some() });
    tokio::task::yield_now().await;
    inboxes.publish(&[user(1)], &event(InboxTopic::Jobs, 1, &json!(1)));
    assert!(waiting.await.expect("no panic"));
}

#[test]
fn what_is_too_long_becomes_a_word_to_read_again() {
    let inboxes = inboxes();
    let mut inbox = open(&inboxes, 1, all());
    let long = json!("x".repeat(MAX_DATA));
    inboxes.publish(&[user(1)], &event(InboxTopic::Jobs, "job_1", &long));
    let again = json!({ "id": "job_1", "readAgain": true });
    assert_eq!(read(&mut inbox), [("job".to_owned(), again)]);
}

#[test]
fn the_longest_event_for_the_most_users_fits_between_servers() {
    let users: Vec<UserId> = (0..USERS_PER_MESSAGE as u128)
        .map(|number| user(u128::MAX - number))
        .collect();
    let data = json!("x".repeat(MAX_DATA - 2));
    let event = event(InboxTopic::Notifications, "\u{1}".repeat(200), &data);
    let letter = serde_json::to_string(&Letter {
        users: users.as_slice(),
        event: &event,
    });
    let length = letter.expect("JSON").len();
    assert!(length > MAX_DATA && length <= crate::MAX_BODY, "{length}");
}

#[test]
fn a_stream_that_is_gone_leaves_nothing() {
    let inboxes = inboxes();
    let (one, other) = (open(&inboxes, 1, all()), open(&inboxes, 1, all()));
    drop(one);
    assert_eq!(inboxes.0.open.lock().len(), 1);
    drop(other);
    assert!(inboxes.0.open.lock().is_empty());
}
