//! How often a caller may come.

use serde_json::json;

use crate::harness::{Answer, TestApp};

async fn limited(settings: &[(&str, &str)]) -> TestApp {
    let mut builder = TestApp::builder().setting("RATE_LIMIT_ENABLED", "true");
    for (name, value) in settings {
        builder = builder.setting(name, *value);
    }
    builder.start().await
}

#[track_caller]
fn assert_limited(answer: &Answer, limit: &str) -> u64 {
    answer.assert_error(429, "rate_limited");
    assert_eq!(answer.header("ratelimit-limit"), Some(limit));
    assert_eq!(answer.header("ratelimit-remaining"), Some("0"));
    assert!(
        answer
            .header("ratelimit-reset")
            .unwrap()
            .parse::<u64>()
            .unwrap()
            > 0
    );
    answer.header("retry-after").unwrap().parse().unwrap()
}

#[tokio::test]
async fn one_address_has_a_hundred_requests_a_minute() {
    let app = limited(&[]).await;
    let first = app.get("/leaderboards").await;
    first.assert_ok();
    assert_eq!(
        (
            first.header("ratelimit-limit"),
            first.header("ratelimit-remaining")
        ),
        (Some("100"), Some("99"))
    );
    for _ in 0..99 {
        app.get("/leaderboards").await.assert_ok();
    }
    let wait = assert_limited(&app.get("/leaderboards").await, "100");
    assert_limited(&app.get("/nothing").await, "100");
    // Whoever waits as long as they were told is let in.
    app.advance(wait);
    app.get("/leaderboards").await.assert_ok();
    assert_limited(&app.get("/leaderboards").await, "100");
    app.advance(60);
    for _ in 0..100 {
        app.get("/leaderboards").await.assert_ok();
    }
}

#[tokio::test]
async fn health_checks_and_metrics_are_never_limited() {
    let app = limited(&[("RATE_LIMIT_PER_IP", "1")]).await;
    for _ in 0..5 {
        for path in ["/health", "/health/live", "/health/ready", "/metrics"] {
            app.at_root(http::Method::GET, path)
                .await
                .assert_status(200);
        }
    }
}

#[tokio::test]
async fn a_player_sends_ten_scores_a_minute() {
    let app = limited(&[("RATE_LIMIT_PER_IP", "1000")]).await;
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let mut tokens = Vec::new();
    for _ in 0..11 {
        tokens.push(service.vouch(&ada, "chess", 1).await);
    }
    for token in &tokens[..10] {
        ada.submit(token, 1).await.assert_ok();
    }
    let wait = assert_limited(&ada.submit(&tokens[10], 1).await, "10");
    bob.score(&service, "chess", 1).await;
    app.advance(wait);
    ada.submit(&tokens[10], 1).await.assert_ok();
    assert_eq!(app.board("global").entry_of(&ada).await.score, 11);
}

#[tokio::test]
async fn the_limits_and_the_window_can_be_set() {
    let app = limited(&[
        ("RATE_LIMIT_SCORE_UPDATE", "2"),
        ("RATE_LIMIT_WINDOW_MS", "10000"),
        ("RATE_LIMIT_PER_IP", "1000"),
    ])
    .await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    for _ in 0..2 {
        ada.score(&service, "chess", 1).await;
    }
    let token = service.vouch(&ada, "chess", 1).await;
    assert_limited(&ada.submit(&token, 1).await, "2");
    app.advance(10);
    ada.submit(&token, 1).await.assert_ok();
}

#[tokio::test]
async fn a_game_service_with_a_valid_key_is_not_held_to_the_limit_by_address() {
    let app = limited(&[("RATE_LIMIT_PER_IP", "10")]).await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    for _ in 0..30 {
        service.vouch(&ada, "chess", 1).await;
    }
    // A key that isn't valid frees nobody.
    let body = json!({ "userId": ada.id, "gameId": "chess", "maxScore": 1 });
    let mut refused = false;
    for _ in 0..15 {
        let answer = app
            .post("/actions")
            .key("gsk_0000000000000000000000000000000000000000000")
            .json(&body)
            .await;
        refused |= answer.status == 429;
        assert!(matches!(answer.status.as_u16(), 401 | 429), "{answer:?}");
    }
    assert!(refused);
    service.vouch(&ada, "chess", 1).await;
}

#[tokio::test]
async fn what_stands_in_x_forwarded_for_is_believed_from_trusted_proxies_only() {
    let app = limited(&[("RATE_LIMIT_PER_IP", "3")]).await;
    let mut refused = 0;
    for number in 0..6 {
        let forged = format!("203.0.113.{number}");
        let answer = app
            .get("/leaderboards")
            .header("X-Forwarded-For", forged)
            .await;
        refused += usize::from(answer.status == 429);
    }
    assert_eq!(refused, 3, "the address is the socket's");

    let app = limited(&[
        ("RATE_LIMIT_PER_IP", "3"),
        ("TRUSTED_PROXIES", "127.0.0.0/8, ::1"),
    ])
    .await;
    for number in 0..6 {
        let client = format!("203.0.113.{number}");
        app.get("/leaderboards")
            .header("X-Forwarded-For", client)
            .await
            .assert_ok();
    }
    let mut refused = 0;
    for number in 0..6 {
        // A client may write what it likes in front; the proxy adds what it saw.
        let header = format!("198.51.100.{number}, 203.0.113.77");
        let answer = app
            .get("/leaderboards")
            .header("X-Forwarded-For", header)
            .await;
        refused += usize::from(answer.status == 429);
    }
    assert_eq!(refused, 3);
}
