use futures_util::future::join_all;

use crate::harness::{EventStream, TestApp};

fn with(ticket: &str) -> String {
    format!("/events?ticket={ticket}")
}

#[tokio::test]
async fn a_ticket_opens_one_stream_without_a_header() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let answer = ada.post("/events/ticket").await;
    let view = answer.assert_ok();
    assert_eq!(view["expiresIn"], 30);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let ticket = view["ticket"].as_str().unwrap();
    EventStream::open(app.get(&with(ticket)))
        .await
        .next_named("resync")
        .await;
    app.get(&with(ticket))
        .await
        .assert_error(401, "invalid_ticket");
    assert_eq!(
        app.database
            .count("select count(*) from event_tickets")
            .await,
        0
    );
}

#[tokio::test]
async fn a_ticket_is_good_on_every_server_and_once_in_all() {
    let first = TestApp::start().await;
    let second = first.neighbour().start().await;
    let ticket = first.register("Ada").await.event_ticket().await;
    EventStream::open(second.get(&with(&ticket)))
        .await
        .next_named("resync")
        .await;
    for server in [&first, &second] {
        server
            .get(&with(&ticket))
            .await
            .assert_error(401, "invalid_ticket");
    }
}

#[tokio::test]
async fn of_many_uses_at_the_same_moment_one_opens_a_stream() {
    let app = TestApp::start().await;
    let ticket = app.register("Ada").await.event_ticket().await;
    let opened = join_all((0..10).map(|_| app.get(&with(&ticket)).open())).await;
    let count = opened
        .into_iter()
        .filter(|answer| answer.as_ref().unwrap().status() == 200)
        .count();
    assert_eq!(count, 1);
}

#[tokio::test]
async fn an_old_ticket_and_a_made_up_one_open_nothing() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let ticket = ada.event_ticket().await;
    app.advance(30);
    app.get(&with(&ticket))
        .await
        .assert_error(401, "invalid_ticket");
    let fresh = ada.event_ticket().await;
    let changed = format!("{}{}", &fresh[..fresh.len() - 2], "AA");
    for other in [
        "",
        "tkt_",
        "nonsense",
        &changed,
        &fresh.to_uppercase(),
        &ada.token,
    ] {
        app.get(&with(other))
            .await
            .assert_error(401, "invalid_ticket");
    }
    EventStream::open(app.get(&with(&fresh))).await.next().await;
}

#[tokio::test]
async fn a_ticket_is_worth_no_more_than_the_sign_in_that_it_was_given_for() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let ticket = ada.event_ticket().await;
    app.post("/auth/logout")
        .json(&serde_json::json!({ "refreshToken": ada.refresh }))
        .await
        .assert_gone();
    app.get(&with(&ticket))
        .await
        .assert_error(401, "session_ended");
    ada.post("/events/ticket")
        .await
        .assert_error(401, "session_ended");
    ada.get("/events").await.assert_error(401, "session_ended");

    let bob = app.register("Bob").await;
    let ticket = bob.event_ticket().await;
    bob.delete("/me").await.assert_gone();
    app.get(&with(&ticket))
        .await
        .assert_error(401, "invalid_ticket");
    bob.post("/events/ticket")
        .await
        .assert_error(401, "session_ended");
}

#[tokio::test]
async fn only_the_fingerprint_of_a_ticket_is_kept_and_not_for_long() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let ticket = ada.event_ticket().await;
    let hex = hex::encode(&ticket);
    let found = format!(
        "select count(*) from event_tickets
         where encode(ticket_hash, 'hex') like '%{}%' or event_tickets::text like '%{ticket}%'",
        &hex[8..]
    );
    assert_eq!(app.database.count(&found).await, 0);
    let count = "select count(*) from event_tickets";
    assert_eq!(app.database.count(count).await, 1);
    ada.delete("/me").await.assert_gone();
    assert_eq!(app.database.count(count).await, 0);
}
