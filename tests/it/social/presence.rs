use serde_json::{Value, json};

use crate::harness::{Player, TestApp};

async fn say(player: &Player, body: Value) -> Value {
    player.put("/presence").json(&body).await.assert_ok()
}

async fn seen_by(viewer: &Player, user: &Player) -> Value {
    let path = format!("/presence?userIds={}", user.id);
    viewer.get(&path).await.assert_ok()["users"][0].clone()
}

#[tokio::test]
async fn a_heartbeat_shows_what_somebody_is_doing_for_two_minutes() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let body = json!({ "status": "playing", "gameId": "chess", "context": "Level 3" });
    let said = say(&ada, body).await;
    assert_eq!(said["status"], "playing");
    assert_eq!(
        seen_by(&bob, &ada).await,
        json!({
            "userId": ada.id,
            "status": "playing",
            "gameId": "chess",
            "context": "Level 3",
            "expiresAt": said["expiresAt"],
        })
    );
    app.advance(119);
    assert_eq!(seen_by(&bob, &ada).await["status"], "playing");
    app.advance(1);
    assert_eq!(
        seen_by(&bob, &ada).await,
        json!({
            "userId": ada.id,
            "status": "offline",
            "gameId": null,
            "context": null,
            "expiresAt": null,
        })
    );
}

#[tokio::test]
async fn another_heartbeat_puts_it_off_and_says_anew() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    say(&ada, json!({ "status": "playing", "context": "Level 3" })).await;
    app.advance(100);
    say(&ada, json!({ "status": "home" })).await;
    app.advance(100);
    let seen = seen_by(&ada, &ada).await;
    assert_eq!(seen["status"], "home");
    assert_eq!(seen["context"], Value::Null);
}

#[tokio::test]
async fn the_invisible_are_offline_to_all_but_themselves() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    assert_eq!(
        say(&ada, json!({ "status": "invisible" })).await["status"],
        "invisible"
    );
    assert_eq!(seen_by(&bob, &ada).await["status"], "offline");
    let page = format!("/users/{}", ada.id);
    let by_others = bob.get(&page).await.assert_ok();
    assert_eq!(by_others["presence"]["status"], "offline");
    let by_herself = ada.get(&page).await.assert_ok();
    assert_eq!(by_herself["presence"]["status"], "invisible");
}

#[tokio::test]
async fn what_no_heartbeat_may_say() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let refused = async |body: Value, field: &str| {
        let answer = ada.put("/presence").json(&body).await;
        answer.assert_invalid(field);
        answer.text()
    };
    let known = refused(json!({ "status": "dancing" }), "status").await;
    for status in ["home", "game_lobby", "high_scores", "away", "invisible"] {
        assert!(known.contains(status), "{known}");
    }
    refused(json!({ "status": "offline" }), "status").await;
    for context in [
        "two\nlines",
        "a\u{0}zero",
        "\u{202e}backwards",
        &"é".repeat(81),
    ] {
        refused(json!({ "status": "home", "context": context }), "context").await;
    }
    assert_eq!(seen_by(&ada, &ada).await["status"], "offline");
}

#[tokio::test]
async fn what_looks_like_markup_stays_the_text_that_it_is() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let context = "<b>Level & \"3\"</b>";
    say(&ada, json!({ "status": "home", "context": context })).await;
    assert_eq!(seen_by(&ada, &ada).await["context"], context);
}

#[tokio::test]
async fn a_question_is_about_a_hundred_users_at_the_most() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let ids = |count: usize| {
        let id = |number: usize| format!("usr_01h455vb4pex5vsknk084s{number:04}");
        (0..count).map(id).collect::<Vec<_>>().join(",")
    };
    let ask = async |ids: &str| ada.get(&format!("/presence?userIds={ids}")).await;
    let answer = ask(&ids(100)).await.assert_ok();
    let users = answer["users"].as_array().unwrap();
    assert_eq!(users.len(), 100);
    assert!(users.iter().all(|user| user["status"] == "offline"));
    ask(&ids(101)).await.assert_invalid("userIds");
    ask("").await.assert_invalid("userIds");
    ask("usr_1,nonsense").await.assert_invalid("userIds");
    ada.get("/presence")
        .await
        .assert_error(400, "invalid_query");
}

#[tokio::test]
async fn presence_is_seen_on_every_server() {
    let first = TestApp::start().await;
    let second = first.neighbour().start().await;
    let (ada, bob) = (first.register("Ada").await, first.register("Bob").await);
    say(&ada, json!({ "status": "away" })).await;
    let seen = seen_by(&bob.at(second.api()), &ada).await;
    assert_eq!(seen["status"], "away");
}
