use jiff::Timestamp;
use serde_json::{Value, json};

use crate::harness::TestApp;

#[tokio::test]
async fn a_game_service_vouches_for_a_player() {
    let app = TestApp::start().await;
    let service = app.game_service(&["chess"]).await;
    let ada = app.register("Ada").await;
    let token = service.vouch(&ada, "chess", 100).await;
    assert!(token.action_id.starts_with("chess/"));
    let (content, signature) = token.text.split_once(':').unwrap();
    let content =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, content).unwrap();
    let expires_at = app.now() + 300;
    assert_eq!(
        String::from_utf8(content).unwrap(),
        format!("{}:{}:100:{expires_at}", token.action_id, ada.id)
    );
    assert!(signature.len() == 64 && signature.bytes().all(|digit| digit.is_ascii_hexdigit()));
    assert_eq!(
        token.expires_at.parse::<Timestamp>().unwrap().as_second(),
        expires_at
    );
    assert!(token.expires_at.ends_with(".000Z"), "{}", token.expires_at);
    assert_eq!(
        app.database
            .count("select count(*) from consumed_tokens")
            .await,
        0,
        "nothing is stored"
    );
}

#[tokio::test]
async fn it_may_bring_an_id_and_a_time_of_its_own() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    let mut body = json!({ "userId": ada.id, "gameId": "chess", "maxScore": 1, "actionId": "chess/round-17", "ttlSeconds": 3600 });
    let token = service.vouch_with(&body).await;
    assert_eq!(token.action_id, "chess/round-17");
    assert_eq!(
        token.expires_at.parse::<Timestamp>().unwrap().as_second(),
        app.now() + 3600
    );
    for seconds in [json!(0), json!(3601), json!(-1), json!(1.5), json!("60")] {
        body["ttlSeconds"] = seconds;
        service
            .call(&body)
            .await
            .assert_error(422, "validation_failed");
    }
    body["ttlSeconds"] = Value::Null;
    let too_long = format!("chess/{}", "x".repeat(65));
    for id in [
        "",
        "round-17",
        "go/round-17",
        "chess/",
        "chess/a/b",
        "chess/a:b",
        "chess/é",
        "chess/a b",
        "/x",
        &too_long,
    ] {
        body["actionId"] = json!(id);
        service
            .call(&body)
            .await
            .assert_error(422, "validation_failed");
    }
}

#[tokio::test]
async fn it_vouches_for_its_own_games_only() {
    let app = TestApp::start().await;
    let (chess, all) = (
        app.game_service(&["chess"]).await,
        app.game_service(&[]).await,
    );
    let ada = app.register("Ada").await;
    let body = |game: &str| json!({ "userId": ada.id, "gameId": game, "maxScore": 1 });
    chess.call(&body("chess")).await.assert_created();
    chess
        .call(&body("Chess"))
        .await
        .assert_error(403, "game_not_allowed");
    chess
        .call(&body("go"))
        .await
        .assert_error(403, "game_not_allowed");
    all.call(&body("go")).await.assert_created();
}

#[tokio::test]
async fn what_is_no_game_no_player_or_no_maximum_is_refused() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    let with = |name: &str, value: Value| {
        let mut body = json!({ "userId": ada.id, "gameId": "chess", "maxScore": 1 });
        body[name] = value;
        service.call(&body)
    };
    for game in [
        json!(""),
        json!("a b"),
        json!("a/b"),
        json!("a:b"),
        json!("é"),
        json!("x".repeat(65)),
        json!(7),
        Value::Null,
    ] {
        with("gameId", game)
            .await
            .assert_error(422, "validation_failed");
    }
    for user in [
        json!(""),
        json!("nobody"),
        json!("ses_01h455vb4pex5vsknk084sn02q"),
        json!(ada.uuid()),
        Value::Null,
    ] {
        with("userId", user)
            .await
            .assert_error(422, "validation_failed");
    }
    for maximum in [
        json!(-1),
        json!(1.5),
        json!(9_007_199_254_740_992_u64),
        json!("10"),
        Value::Null,
    ] {
        with("maxScore", maximum)
            .await
            .assert_error(422, "validation_failed");
    }
    with("gameId", json!("A-z_0.9")).await.assert_created();
    with("maxScore", json!(9_007_199_254_740_991_u64))
        .await
        .assert_created();
    with("maxScore", json!(0)).await.assert_created();
}
