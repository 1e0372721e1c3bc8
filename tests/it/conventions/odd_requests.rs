use http::Method;

use crate::harness::{TestApp, eventually};

#[tokio::test]
async fn head_answers_as_get_without_a_body() {
    let app = TestApp::start().await;
    for path in [
        "/health",
        "/api/v1/leaderboards",
        "/api/v1/leaderboards/global/entries",
        "/",
    ] {
        let answer = app.at_root(Method::HEAD, path).await;
        assert!(answer.assert_status(200).body.is_empty(), "{path}");
    }
    let answer = app.at_root(Method::HEAD, "/nothing").await;
    assert!(answer.assert_status(404).body.is_empty());
}

#[tokio::test]
async fn head_of_a_stream_takes_no_place() {
    let app = TestApp::builder()
        .setting("SSE_MAX_CONNECTIONS", "1")
        .start()
        .await;
    for _ in 0..3 {
        app.call(Method::HEAD, "/leaderboards/global/events")
            .await
            .assert_status(200);
    }
    eventually("there is room for a stream", async || {
        let mut events = app.events("global").await;
        events
            .next_within(std::time::Duration::from_millis(500))
            .await
    })
    .await;
}

#[tokio::test]
async fn addresses_that_nobody_would_type_are_404_or_400() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let (shouted, long) = (ada.id.to_uppercase(), "x".repeat(5_000));
    for path in [
        "/leaderboards/a%2Fb/entries",
        "/leaderboards/..%2f..%2fetc%2fpasswd",
        "/leaderboards/%e2%80%ae/entries",
        "/leaderboards/%ff/entries",
        "/leaderboards/%00/entries",
        &format!("/leaderboards/{long}/entries"),
        &format!("/leaderboards/global/entries/{shouted}"),
        &format!("/leaderboards/global/entries/{}x", ada.id),
        &format!("/leaderboards/global/entries/%20{}", ada.id),
    ] {
        app.get(path).await.assert_error(404, "not_found");
    }
    for query in [
        "?period=2147483648",
        "?period=-2147483649",
        "?period=1.5",
        "?period=",
        "?limit=%00",
        "?limit=5&limit=5",
        "?%ff=1",
    ] {
        app.get(&format!("/leaderboards/global/entries{query}"))
            .await
            .assert_error(400, "invalid_query");
    }
    for period in ["1", "-1", "2147483647"] {
        let query = format!("/leaderboards/global/entries?period={period}");
        app.get(&query).await.assert_error(404, "period_not_found");
    }
}

#[tokio::test]
async fn nobody_speaks_for_two_at_once() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let (ada, eve) = (app.register("Ada").await, app.register("Eve").await);
    let token = service.vouch(&ada, "chess", 5).await;
    // A key beside a person's token adds no rights, and takes none.
    ada.submit(&token, 5).key(&service.key).await.assert_ok();
    let two = eve
        .get("/me")
        .header("Authorization", format!("Bearer {}", ada.token));
    two.await.assert_error(401, "invalid_token");
}
