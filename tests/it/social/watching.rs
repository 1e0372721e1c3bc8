//! Changes of presence, as those see them who follow and are connected.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{EventStream, Player, TestApp};

async fn say(player: &Player, status: &str, context: &str) {
    player
        .put("/presence")
        .json(&json!({ "status": status, "context": context }))
        .await
        .assert_ok();
}

async fn follow(player: &Player, target: &Player) {
    let path = format!("/following/{}", target.id);
    player.put(&path).await.assert_ok();
}

/// Nothing for a while.
async fn is_quiet(stream: &mut EventStream) {
    let next = stream.next_within(Duration::from_millis(300)).await;
    assert!(next.is_none(), "{next:?}");
}

#[tokio::test]
async fn followers_hear_of_changes_and_not_of_heartbeats() {
    let app = TestApp::start().await;
    let (ada, bob, eve) = (
        app.register("Ada").await,
        app.register("Bob").await,
        app.register("Eve").await,
    );
    follow(&bob, &ada).await;
    let mut of_bob = bob.own_events("?topics=presence").await;
    let mut of_eve = eve.own_events("?topics=presence").await;
    say(&ada, "home", "").await;
    let told = of_bob.next_named("presence").await;
    assert_eq!(told["userId"], ada.id);
    assert_eq!(told["status"], "home");
    assert!(told["expiresAt"].is_string());
    app.advance(30);
    say(&ada, "home", "").await;
    is_quiet(&mut of_bob).await;
    say(&ada, "home", "tea").await;
    assert_eq!(of_bob.next_named("presence").await["context"], "tea");
    say(&ada, "invisible", "").await;
    assert_eq!(
        of_bob.next_named("presence").await,
        json!({
            "userId": ada.id,
            "status": "offline",
            "gameId": null,
            "context": null,
            "expiresAt": null,
        })
    );
    is_quiet(&mut of_bob).await;
    is_quiet(&mut of_eve).await;
}

#[tokio::test]
async fn who_sends_nothing_more_goes_offline_once_after_the_time() {
    let first = TestApp::start().await;
    let second = first.neighbour().start().await;
    let (ada, bob) = (first.register("Ada").await, first.register("Bob").await);
    follow(&bob, &ada).await;
    let mut of_bob = bob.own_events("?topics=presence").await;
    // Both servers have had heartbeats, and both look after her.
    say(&ada, "home", "").await;
    assert_eq!(of_bob.next_named("presence").await["status"], "home");
    say(&ada.at(second.api()), "home", "").await;
    first.advance(119);
    is_quiet(&mut of_bob).await;
    first.advance(2);
    assert_eq!(of_bob.next_named("presence").await["status"], "offline");
    is_quiet(&mut of_bob).await;
    say(&ada, "home", "").await;
    assert_eq!(of_bob.next_named("presence").await["status"], "home");
}

#[tokio::test]
async fn closing_the_last_tab_is_no_leaving_before_the_time_is_over() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    follow(&bob, &ada).await;
    let mut of_bob = bob.own_events("?topics=presence").await;
    let (first_tab, last_tab) = (ada.own_events("").await, ada.own_events("").await);
    say(&ada, "home", "").await;
    assert_eq!(of_bob.next_named("presence").await["status"], "home");
    drop(first_tab);
    app.advance(100);
    say(&ada, "home", "").await;
    drop(last_tab);
    // A reload, or a page that is opened a moment later, is no absence.
    app.advance(119);
    is_quiet(&mut of_bob).await;
    let asked = format!("/presence?userIds={}", ada.id);
    let seen = bob.get(&asked).await.assert_ok();
    assert_eq!(seen["users"][0]["status"], "home");
    app.advance(2);
    assert_eq!(of_bob.next_named("presence").await["status"], "offline");
    let seen = bob.get(&asked).await.assert_ok();
    assert_eq!(seen["users"][0]["status"], "offline");
}

#[tokio::test]
async fn followers_on_other_servers_hear_too() {
    let first = TestApp::start().await;
    let second = first.neighbour().start().await;
    let (ada, bob) = (first.register("Ada").await, first.register("Bob").await);
    follow(&bob, &ada).await;
    let mut of_bob = bob.at(second.api()).own_events("?topics=presence").await;
    // The servers have to have met first.
    let mut tries = 0;
    let told: Value = loop {
        tries += 1;
        say(&ada, "home", &tries.to_string()).await;
        if let Some(event) = of_bob.next_within(Duration::from_millis(300)).await {
            break event.data;
        }
        assert!(tries < 60, "nothing was told");
    };
    assert_eq!(told["userId"], ada.id);
}

#[tokio::test]
async fn who_is_blocked_sees_one_leave_and_nothing_more() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    follow(&bob, &ada).await;
    let mut of_bob = bob.own_events("?topics=presence").await;
    say(&ada, "home", "").await;
    assert_eq!(of_bob.next_named("presence").await["status"], "home");
    ada.put(&format!("/blocks/{}", bob.id)).await.assert_gone();
    assert_eq!(of_bob.next_named("presence").await["status"], "offline");
    say(&ada, "playing", "").await;
    is_quiet(&mut of_bob).await;
}
