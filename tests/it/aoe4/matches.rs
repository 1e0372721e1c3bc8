//! What a player has played.

use serde_json::{Value, json};

use crate::harness::{AoE4World, page_of};

#[tokio::test]
async fn matches_are_listed_the_newest_first() {
    let upstream = AoE4World::start().await;
    let app = upstream.server().await;
    let ada = app.register("Ada").await;
    ada.link_steam().await;
    upstream.play(1..=45);
    // Two that began at the same moment.
    upstream.change(7, |game| {
        let began = crate::harness::game(8)["started_at"].clone();
        game["started_at"] = began;
    });
    ada.post("/games/sync").await.assert_ok();
    let mut seen = Vec::new();
    let mut path = "/games".to_owned();
    loop {
        let page = ada.get(&path).await.assert_ok();
        let (games, next) = page_of(&page, "games");
        assert!(games.len() <= 20);
        seen.extend(games.iter().map(|game| game["id"].as_u64().unwrap()));
        let Some(next) = next else { break };
        path = format!("/games?cursor={next}");
    }
    let all: Vec<u64> = (1..=45).rev().collect();
    assert_eq!(seen, all);
    let page = ada.get("/games?limit=1").await.assert_ok();
    let game = &page["games"][0];
    assert_eq!(
        *game,
        json!({
            "id": 45,
            "playedAt": game["playedAt"],
            "map": "Made-up Meadow",
            "kind": "rm_1v1",
            "civilization": "english",
            "opponentCivilizations": ["order_of_the_dragon"],
            "result": "loss",
            "rating": 1000,
            "ratingDiff": 12,
            "duration": 1200,
            "status": "raw",
            "reviewId": null,
        })
    );
    ada.get("/games?cursor=x")
        .await
        .assert_error(400, "invalid_cursor");
}

#[tokio::test]
async fn a_match_is_shown_with_everybody_in_it_to_its_player_alone() {
    let upstream = AoE4World::start().await;
    let app = upstream.server().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    ada.link_steam().await;
    upstream.play([4]);
    upstream.change(4, |game| {
        // As newer releases may tell it, and a single match is told in any case.
        game["teams"][1][0] = game["teams"][1][0]["player"].clone();
        game["teams"][1][0]["civilization"] = json!("tomorrows_civilization");
        game["teams"][1][0]["rating"] = Value::Null;
        game["map"] = json!("Tomorrow's Map");
        game["kind"] = json!("qm_9v9");
    });
    ada.post("/games/sync").await.assert_ok();
    let game = ada.get("/games/4").await.assert_ok();
    assert_eq!(
        (&game["map"], &game["kind"]),
        (&json!("Tomorrow's Map"), &json!("qm_9v9"))
    );
    assert_eq!(
        game["opponentCivilizations"],
        json!(["tomorrows_civilization"])
    );
    let other = &game["teams"][1][0];
    assert_eq!(
        (&other["name"], &other["rating"], &other["mmr"]),
        (&json!("Somebody"), &Value::Null, &json!(-7))
    );
    for path in ["/games/4", "/games/5", "/games/18446744073709551615"] {
        bob.get(path).await.assert_error(404, "game_not_found");
    }
    ada.get("/games/x").await.assert_error(404, "not_found");
}

#[tokio::test]
async fn matches_are_exported_and_go_with_their_player() {
    let upstream = AoE4World::start().await;
    let app = upstream.server().await;
    let ada = app.register("Ada").await;
    ada.link_steam().await;
    upstream.play(1..=3);
    ada.post("/games/sync").await.assert_ok();
    let export = ada.get("/me/export").await.assert_ok();
    assert_eq!(export["aoe4"]["games"].as_array().unwrap().len(), 3);
    ada.delete("/me").await.assert_gone();
    let left = "select (select count(*) from games) + (select count(*) from game_syncs)";
    assert_eq!(app.database.count(left).await, 0);
}
