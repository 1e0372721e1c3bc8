use std::time::Duration;

use kernel::UserId;
use live::{InboxTopic, UserEvent};
use serde_json::{Value, json};

use crate::harness::{EventStream, Player, TestApp};

fn event(topic: InboxTopic, key: &str, data: &Value) -> UserEvent {
    UserEvent::new(topic, key, data).unwrap()
}

fn id_of(player: &Player) -> UserId {
    player.id.parse().unwrap()
}

/// Nothing for a while.
async fn is_quiet(stream: &mut EventStream) {
    let next = stream.next_within(Duration::from_millis(200)).await;
    assert!(next.is_none(), "{next:?}");
}

#[tokio::test]
async fn what_concerns_a_user_reaches_all_streams_of_that_user_and_nobody_elses() {
    let first = TestApp::start().await;
    let second = first.neighbour().start().await;
    let (ada, bob) = (first.register("Ada").await, first.register("Bob").await);
    let mut of_ada = [
        ada.own_events("").await,
        ada.own_events("").await,
        ada.at(second.api()).own_events("").await,
    ];
    let mut of_bob = bob.own_events("").await;
    let data = json!({ "id": "job_1", "state": "running" });
    first
        .database
        .publish(&[id_of(&ada)], &event(InboxTopic::Jobs, "job_1", &data))
        .await;
    for stream in &mut of_ada {
        assert_eq!(stream.next_named("job").await, data);
        is_quiet(stream).await;
    }
    is_quiet(&mut of_bob).await;
}

#[tokio::test]
async fn a_stream_tells_only_of_the_topics_it_was_asked_for() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let mut all = ada.own_events("").await;
    let mut some = ada.own_events("?topics=presence,notifications").await;
    for topic in InboxTopic::ALL {
        let event = event(topic, "1", &json!(topic.name()));
        app.database.publish(&[id_of(&ada)], &event).await;
    }
    assert_eq!(all.next_named("presence").await, "presence");
    assert_eq!(all.next_named("job").await, "jobs");
    assert_eq!(all.next_named("notification").await, "notifications");
    assert_eq!(some.next_named("presence").await, "presence");
    assert_eq!(some.next_named("notification").await, "notifications");
}

#[tokio::test]
async fn an_unknown_topic_is_refused_by_naming_those_that_there_are() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let ticket = ada.event_ticket().await;
    for topics in ["scores", "presence,scores", "", "job"] {
        let answer = ada.get(&format!("/events?topics={topics}")).await;
        answer.assert_invalid("topics");
        let message = answer.json()["details"][0]["message"].to_string();
        assert!(
            message.contains("presence, jobs, notifications"),
            "{message}"
        );
        app.get(&format!("/events?topics={topics}&ticket={ticket}"))
            .await
            .assert_invalid("topics");
    }
    // The mistake did not cost the ticket.
    let call = app.get(&format!("/events?topics=jobs&ticket={ticket}"));
    EventStream::open(call).await.next_named("resync").await;
}

#[tokio::test]
async fn the_stream_is_opened_and_kept_alive_like_any_other() {
    let app = TestApp::builder()
        .setting("SSE_PING_INTERVAL", "1000")
        .start()
        .await;
    let mut events = app.register("Ada").await.own_events("").await;
    let header = |name: &str| events.headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("x-accel-buffering"), "no");
    assert!(events.raw.starts_with(": ok\n\nretry: 2000\n\n"));
    events.until_raw(": ping").await;
}

#[tokio::test]
async fn after_a_lost_connection_to_the_database_a_stream_is_told_to_read_anew() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let mut events = ada.own_events("").await;
    app.database.cut_off_listeners().await;
    events.next_named("resync").await;
    // And hears as before.
    let mut number = 0;
    loop {
        number += 1;
        let sent = event(InboxTopic::Jobs, "job_1", &json!(number));
        app.database.publish(&[id_of(&ada)], &sent).await;
        if events.next().await.name == "job" {
            break;
        }
    }
}

#[tokio::test]
async fn the_room_for_streams_is_shared_with_those_of_boards() {
    let app = TestApp::builder()
        .setting("SSE_MAX_PER_USER", "2")
        .setting("SSE_MAX_CONNECTIONS", "3")
        .start()
        .await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let mut oldest = ada.own_events("").await;
    let board = || EventStream::open(ada.get("/leaderboards/global/events"));
    let mut second = board().await;
    second.next().await;
    let mut third = board().await;
    third.next().await;
    oldest.ended().await;
    let own = bob.own_events("").await;
    // The gauges are of the whole process, so the cap has to show it.
    let mut refused = EventStream::open(bob.get("/events")).await;
    refused.ended().await;
    assert!(refused.retry().unwrap() >= Duration::from_secs(5));
    assert!(!refused.raw.contains("resync"));
    drop(own);
    is_quiet(&mut second).await;
    is_quiet(&mut third).await;
}
