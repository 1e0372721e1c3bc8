use http::Method;
use serde_json::json;

use crate::harness::{TestDatabase, TestProcess, eventually};

#[tokio::test]
async fn metrics_count_what_happened_by_route_and_never_by_address() {
    let database = TestDatabase::create().await;
    let server = TestProcess::builder()
        .database(&database)
        .setting("RATE_LIMIT_ENABLED", "true")
        .setting("RATE_LIMIT_SCORE_UPDATE", "2")
        .setting("RATE_LIMIT_PER_IP", "1000")
        .start()
        .await;
    let service = server.game_service(&[]).await;
    let ada = server.register("Ada").await;
    let token = service.vouch(&ada, "chess", 1).await;
    ada.submit(&token, 1).await.assert_ok();
    ada.submit(&token, 1).await.assert_ok();
    ada.submit(&token, 1)
        .await
        .assert_error(429, "rate_limited");
    let bob = server.register("Bob").await;
    bob.submit(&token, 1)
        .await
        .assert_error(403, "action_token_wrong_user");
    bob.submit_text("nonsense", &json!(1))
        .await
        .assert_error(400, "action_token_malformed");
    server.board("global").entry_of(&ada).await;
    server
        .get("/nothing-of-this-name")
        .await
        .assert_error(404, "not_found");
    let mut events = server.events("global").await;
    events.next().await;

    let entry = "path=\"/api/v1/leaderboards/{id}/entries/{userId}\"";
    for (name, labels, at_least) in [
        (
            "http_requests_total",
            &[
                "method=\"POST\"",
                "path=\"/api/v1/scores\"",
                "status=\"200\"",
            ][..],
            2.0,
        ),
        ("http_requests_total", &[entry, "method=\"GET\""], 1.0),
        (
            "http_request_duration_seconds_count",
            &["path=\"/api/v1/scores\"", "method=\"POST\""],
            3.0,
        ),
        ("sse_connections_active", &[], 1.0),
        ("score_updates_total", &["status=\""], 2.0),
        ("action_token_validations_total", &["result=\"valid\""], 1.0),
        (
            "action_token_validations_total",
            &["result=\"wrong_user\""],
            1.0,
        ),
        (
            "action_token_validations_total",
            &["result=\"malformed\""],
            1.0,
        ),
        ("rate_limit_hits_total", &["endpoint=\"scores\""], 1.0),
        ("group_commit_batch_size_count", &[], 1.0),
        ("group_commit_duration_seconds_count", &[], 1.0),
    ] {
        let value = server.metric(name, labels).await;
        assert!(value >= at_least, "{name} {labels:?}: {value}");
    }
    eventually("the gauges are measured", async || {
        let players = server.metric("rank_index_players", &[]).await;
        let pool = server.metric("db_pool_connections", &[]).await;
        (players >= 2.0 && pool >= 1.0 && server.metric("rank_index_bytes", &[]).await > 0.0)
            .then_some(())
    })
    .await;
    let text = server.at_root(Method::GET, "/metrics").await.text();
    for private in [
        &ada.id,
        "nothing-of-this-name",
        &token.action_id,
        "@example.com",
    ] {
        assert!(!text.contains(private), "{private}: {text}");
    }
    for line in text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        assert!(
            line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(),
            "{line}"
        );
    }
    drop(events);
    eventually("a stream that ends is counted out", async || {
        (server.metric("sse_connections_active", &[]).await == 0.0).then_some(())
    })
    .await;
}
