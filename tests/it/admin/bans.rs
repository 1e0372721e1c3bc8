//! Who is banned gets in nowhere, on any server, and is told why.

use serde_json::{Value, json};

use super::{Elsewhere, ban, unban};
use crate::harness::{Answer, EventStream, PASSWORD, Player, TestApp, eventually, page_of};

const REASON: &str = "Cheated in round 7.";

#[track_caller]
fn assert_banned(answer: &Answer) {
    let body = answer.assert_error(403, "account_banned");
    assert!(body["error"].as_str().unwrap().contains(REASON), "{body}");
}

async fn log_in(app: &TestApp, player: &Player, password: &str) -> Answer {
    let body = json!({ "email": player.email, "password": password });
    app.post("/auth/login").json(&body).await
}

/// The word of it takes a moment to come to another server.
async fn banned_at(there: &TestApp, player: &Player) {
    let player = player.at(there.api());
    eventually("the other server refuses the token", async || {
        let answer = player.get("/me").await;
        (answer.status == 403).then(|| assert_banned(&answer))
    })
    .await;
}

#[tokio::test]
async fn the_banned_are_refused_everywhere_and_told_why() {
    let app = TestApp::start().await;
    let there = app.neighbour().start().await;
    let (admin, ada) = (app.admin().await, app.register("Ada").await);
    ban(&admin, &ada, REASON).await;
    for path in ["/me", "/links", "/auth/sessions", "/events"] {
        assert_banned(&ada.get(path).await);
    }
    // Also where anybody may read: a token that isn't good is refused, not ignored.
    assert_banned(&ada.get("/leaderboards/global/events").await);
    banned_at(&there, &ada).await;
    for app in [&app, &there] {
        assert_banned(&ada.at(app.api()).refresh(&ada.refresh).await);
        assert_banned(&log_in(app, &ada, PASSWORD).await);
        // Nobody learns of it who doesn't know the password.
        log_in(app, &ada, "not the password")
            .await
            .assert_error(401, "invalid_credentials");
    }
    // A server that starts later knows it before its first answer.
    let later = app.neighbour().start_loading().await;
    assert_banned(&ada.at(later.api()).get("/me").await);
}

#[tokio::test]
async fn a_score_of_the_banned_is_not_counted_even_with_a_token_from_before() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let service = admin.game_service(&[]).await;
    let ada = app.register("Ada").await;
    ada.score(&service, "chess", 5).await;
    let token = service.vouch(&ada, "chess", 10).await;
    ban(&admin, &ada, REASON).await;
    assert_banned(&ada.submit(&token, 10).await);
    assert_eq!(app.board("chess").entry_of(&ada).await.score, 5);
    unban(&admin, &ada).await;
    let ada = app.login(&ada.email, PASSWORD).await;
    ada.submit(&token, 10).await.assert_ok();
}

#[tokio::test]
async fn a_ban_ends_the_streams_on_every_server() {
    let app = TestApp::start().await;
    let there = app.neighbour().start().await;
    let (admin, ada) = (app.admin().await, app.register("Ada").await);
    let ticket = ada.event_ticket().await;
    let mut streams = vec![ada.own_events("").await];
    let ada_there = ada.at(there.api());
    streams.push(ada_there.own_events("").await);
    let board = ada_there.get("/leaderboards/global/events");
    streams.push(EventStream::open(board).await);
    streams[2].next().await;
    ban(&admin, &ada, REASON).await;
    for stream in &mut streams {
        stream.ended().await;
    }
    // A ticket from before opens none.
    assert_banned(&there.get(&format!("/events?ticket={ticket}")).await);
}

#[tokio::test]
async fn a_ban_that_was_not_heard_is_found_afterwards() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let mut stream = ada.own_events("").await;
    app.database
        .execute(&format!(
            "update users set banned_at = now(), ban_reason = '{REASON}' where id = '{0}';
             update sessions set revoked_at = now() where user_id = '{0}'",
            ada.uuid()
        ))
        .await;
    ada.get("/me").await.assert_ok();
    // What asks the database knows it without a word.
    assert_banned(&ada.get("/admin/users").await);
    app.database.cut_off_listeners().await;
    stream.ended().await;
    banned_at(&app, &ada).await;
}

#[tokio::test]
async fn people_of_another_issuer_can_be_banned_too() {
    let (elsewhere, app) = Elsewhere::start().await;
    let admin = app.admin().await;
    let bob = elsewhere.user(&app, "auth0|bob").await;
    let ticket = bob.event_ticket().await;
    let mut stream = bob.own_events("").await;
    ban(&admin, &bob, REASON).await;
    stream.ended().await;
    assert_banned(&bob.get("/me").await);
    assert_banned(&app.get(&format!("/events?ticket={ticket}")).await);
    unban(&admin, &bob).await;
    bob.get("/me").await.assert_ok();
}

#[tokio::test]
async fn who_is_forgiven_signs_in_again_on_every_server() {
    let app = TestApp::start().await;
    let there = app.neighbour().start().await;
    let (admin, ada) = (app.admin().await, app.register("Ada").await);
    ban(&admin, &ada, REASON).await;
    banned_at(&there, &ada).await;
    unban(&admin, &ada).await;
    // Devices that were signed in before stay signed out.
    ada.refresh(&ada.refresh)
        .await
        .assert_error(401, "invalid_refresh_token");
    let again = app.login(&ada.email, PASSWORD).await;
    again.get("/auth/sessions").await.assert_ok();
    eventually("the other server has heard", async || {
        let answer = again.at(there.api()).get("/me").await;
        (answer.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_ban_is_shown_and_each_change_of_it_is_an_act() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.register("Ada").await);
    ban(&admin, &ada, "First.").await;
    app.advance(60);
    ban(&admin, &ada, "Second.").await;
    ban(&admin, &ada, "Second.").await;
    let found = admin
        .get(&format!("/admin/users?query={}", ada.id))
        .await
        .assert_ok();
    let banned = page_of(&found, "users").0[0]["banned"].clone();
    assert_eq!(banned["reason"], "Second.");
    let at: jiff::Timestamp = banned["at"].as_str().unwrap().parse().unwrap();
    assert_eq!(at.as_second(), app.now() - 60, "a ban keeps its time");
    unban(&admin, &ada).await;
    unban(&admin, &ada).await;
    let acts: Vec<(String, Value)> =
        sqlx::query_as("select action, data from audit_log where subject = $1 order by id")
            .bind(&ada.id)
            .fetch_all(&app.database.pool)
            .await
            .unwrap();
    let act = |action: &str, reason: &str| (action.to_owned(), json!({ "reason": reason }));
    assert_eq!(
        acts,
        [
            act("user.banned", "First."),
            act("user.banned", "Second."),
            act("user.unbanned", "Second."),
        ]
    );
}
