//! Syncs that take longer than their turn.

use std::time::Duration;

use serde_json::json;
use wiremock::ResponseTemplate;

use super::{count, sync};
use crate::harness::{AoE4World, eventually, game};

#[tokio::test]
async fn a_slow_history_comes_over_some_at_a_time_so_that_no_turn_is_outlived() {
    let upstream = AoE4World::start().await;
    let app = upstream.server().await;
    let ada = app.register("Ada").await;
    ada.link_steam().await;
    upstream.play(1..=210);
    upstream.slow_down(&app.clock, Duration::from_secs(50));
    assert_eq!(
        sync(&ada).await,
        json!({ "synced": 100, "new": 100, "complete": false })
    );
    let state = ada.get("/games/sync").await.assert_ok();
    assert_eq!(
        (&state["running"], &state["complete"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(sync(&ada).await["new"], 100);
    assert_eq!(
        sync(&ada).await,
        json!({ "synced": 10, "new": 10, "complete": true })
    );
    assert_eq!(count(&ada).await, 210);
}

#[tokio::test]
async fn a_sync_that_outlived_its_turn_changes_nothing() {
    const OTHER: &str = "76561198000000003";
    let upstream = AoE4World::start().await;
    let app = upstream.server().await;
    let ada = app.register("Ada").await;
    ada.link_steam().await;
    upstream.play(1..=3);
    let nobodys = json!({ "profile_id": 9, "name": "Other", "steam_id": OTHER, "modes": {} });
    upstream.say_of(OTHER, nobodys).await;
    // A page that comes only when all else is over.
    let late =
        json!({ "page": 1, "per_page": 50, "count": 1, "total_count": 1, "games": [game(8)] });
    let late = ResponseTemplate::new(200)
        .set_body_json(late)
        .set_delay(Duration::from_secs(3));
    upstream.fail_after(0, [late]);
    let slow = async { ada.post("/games/sync").await.assert_ok() };
    let quick = async {
        eventually("the slow one has asked", async || {
            let asked = upstream.asked().await;
            asked
                .iter()
                .any(|path| path.contains("/games?"))
                .then_some(())
        })
        .await;
        app.advance(181);
        let other = json!({ "steamId": OTHER });
        ada.post("/link/steam").json(&other).await.assert_ok();
        sync(&ada).await
    };
    let (slow, quick) = tokio::join!(slow, quick);
    assert_eq!(
        (&slow["new"], &quick["complete"]),
        (&json!(0), &json!(true))
    );
    ada.get("/games/8")
        .await
        .assert_error(404, "game_not_found");
    let state = ada.get("/games/sync").await.assert_ok();
    assert_eq!(
        (&state["profileId"], &state["complete"]),
        (&json!(9), &json!(true))
    );
}
