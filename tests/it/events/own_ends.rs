//! A stream of one's own ends with what allowed it, on every server.

use std::time::Duration;

use serde_json::json;

use crate::harness::{EventStream, PASSWORD, Player, TestApp, within};

async fn goes_on(stream: &mut EventStream) {
    let next = stream.next_within(Duration::from_millis(200)).await;
    assert!(next.is_none(), "{next:?}");
}

/// Here and there: what concerns the player, and a board watched while signed in.
async fn streams(player: &Player, there: &TestApp) -> Vec<EventStream> {
    let mut streams = Vec::new();
    for player in [player.clone(), player.at(there.api())] {
        streams.push(player.own_events("").await);
        let call = player.get("/leaderboards/global/events");
        let mut board = EventStream::open(call).await;
        board.next().await;
        streams.push(board);
    }
    streams
}

async fn all_end(streams: &mut [EventStream]) {
    for stream in streams {
        stream.ended().await;
        let wait = stream.retry().unwrap();
        assert!(wait <= Duration::from_secs(5), "{wait:?}");
    }
}

#[tokio::test]
async fn signing_out_ends_the_streams_of_that_device_on_every_server() {
    let first = TestApp::start().await;
    let second = first.neighbour().start().await;
    let ada = first.register("Ada").await;
    let phone = first.login(&ada.email, PASSWORD).await;
    let mut on_phone = streams(&phone, &second).await;
    let mut at_desk = streams(&ada, &second).await;
    first
        .post("/auth/logout")
        .json(&json!({ "refreshToken": phone.refresh }))
        .await
        .assert_gone();
    all_end(&mut on_phone).await;
    phone
        .get("/events")
        .await
        .assert_error(401, "session_ended");
    for stream in &mut at_desk {
        goes_on(stream).await;
    }
}

#[tokio::test]
async fn a_device_that_is_signed_out_from_another_loses_its_streams() {
    let first = TestApp::start().await;
    let second = first.neighbour().start().await;
    let ada = first.register("Ada").await;
    // The list is in the order of time.
    first.advance(1);
    let phone = first.login(&ada.email, PASSWORD).await;
    let mut on_phone = streams(&phone, &second).await;
    let list = ada.get("/auth/sessions").await.assert_ok();
    let newest = list["sessions"][0]["id"].as_str().unwrap();
    ada.delete(&format!("/auth/sessions/{newest}"))
        .await
        .assert_gone();
    all_end(&mut on_phone).await;
    ada.own_events("").await;
}

#[tokio::test]
async fn a_refresh_token_that_is_used_twice_ends_the_streams_too() {
    let first = TestApp::start().await;
    let second = first.neighbour().start().await;
    let ada = first.register("Ada").await;
    let mut streams = streams(&ada, &second).await;
    ada.refresh(&ada.refresh).await.assert_ok();
    goes_on(&mut streams[0]).await;
    ada.refresh(&ada.refresh)
        .await
        .assert_error(401, "refresh_token_reused");
    all_end(&mut streams).await;
    ada.get("/events").await.assert_error(401, "session_ended");
}

#[tokio::test]
async fn the_oldest_of_too_many_devices_loses_its_streams() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let mut oldest = ada.own_events("").await;
    // With that one as many as a user may have; ids are in the order of time.
    app.database
        .execute(&format!(
            "insert into sessions (id, user_id, created_at, last_used_at, expires_at)
             select ('ffffffff' || substr(gen_random_uuid()::text, 9))::uuid, '{}', now(), now(), now() + interval '1 day'
             from generate_series(1, 49)",
            ada.uuid()
        ))
        .await;
    app.advance(1);
    app.login(&ada.email, PASSWORD).await;
    oldest.ended().await;
}

#[tokio::test]
async fn deleting_the_account_ends_its_streams_on_every_server() {
    let first = TestApp::start().await;
    let second = first.neighbour().start().await;
    let (ada, bob) = (first.register("Ada").await, first.register("Bob").await);
    let mut of_ada = streams(&ada, &second).await;
    let mut of_bob = streams(&bob, &second).await;
    ada.at(second.api()).delete("/me").await.assert_gone();
    all_end(&mut of_ada).await;
    for stream in &mut of_bob {
        goes_on(stream).await;
    }
    ada.get("/events").await.assert_error(401, "session_ended");
}

#[tokio::test]
async fn a_stream_ends_with_the_access_token_it_was_opened_with() {
    let app = TestApp::builder().setting("JWT_EXPIRY", "1m").start().await;
    let ada = app.register("Ada").await;
    let ticket = ada.event_ticket().await;
    let mut long = ada.own_events("").await;
    app.advance(28);
    let mut by_ticket = EventStream::open(app.get(&format!("/events?ticket={ticket}"))).await;
    app.advance(30);
    // Two seconds are left.
    let mut brief = ada.own_events("").await;
    brief.ended().await;
    assert!(brief.retry().unwrap() <= Duration::from_secs(5));
    app.advance(2);
    ada.get("/events").await.assert_error(401, "token_expired");
    // Opened with half a minute left on clocks that really move.
    goes_on(&mut long).await;
    by_ticket.next_named("resync").await;
    goes_on(&mut by_ticket).await;
}

#[tokio::test]
async fn a_device_that_was_signed_out_in_a_missed_stretch_is_found_afterwards() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let mut of_ada = ada.own_events("").await;
    let mut of_bob = bob.own_events("").await;
    // Without a word, as if the word had been lost.
    app.database
        .execute(&format!(
            "delete from sessions where user_id = '{}'",
            ada.uuid()
        ))
        .await;
    goes_on(&mut of_ada).await;
    app.database.cut_off_listeners().await;
    of_ada.ended().await;
    of_bob.next_named("resync").await;
}

#[tokio::test]
async fn a_stop_of_the_server_ends_the_streams_cleanly() {
    let app = TestApp::start().await;
    let mut events = app.register("Ada").await.own_events("").await;
    let watching = async {
        within("the stream ends", events.ended()).await;
        assert!(events.retry().is_some() && events.raw.ends_with("\n\n"));
    };
    tokio::join!(app.stop(), watching);
}
