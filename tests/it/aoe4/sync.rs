//! Bringing matches over from AoE4World.

mod turns;

use futures_util::future::join_all;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::harness::{AoE4World, Player, TestApp, page_of};

async fn sync(player: &Player) -> Value {
    player.post("/games/sync").await.assert_ok()
}

/// How many matches of the player are here, and all of them once.
async fn count(player: &Player) -> usize {
    let mut ids = Vec::new();
    let mut path = "/games?limit=100".to_owned();
    loop {
        let page = player.get(&path).await.assert_ok();
        let (games, next) = page_of(&page, "games");
        ids.extend(games.iter().map(|game| game["id"].as_u64().unwrap()));
        let Some(next) = next else { break };
        path = format!("/games?limit=100&cursor={next}");
    }
    let listed = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), listed);
    listed
}

/// Without the minute's pause in between.
fn pause(app: &TestApp) {
    app.advance(31);
}

#[tokio::test]
async fn matches_come_over_page_by_page_and_then_only_what_is_new() {
    let upstream = AoE4World::start().await;
    let app = upstream.server().await;
    let ada = app.register("Ada").await;
    ada.link_steam().await;
    upstream.play(1..=120);
    let before = ada.get("/games/sync").await.assert_ok();
    assert_eq!(
        (&before["complete"], &before["games"]),
        (&json!(false), &json!(0))
    );
    assert_eq!(
        sync(&ada).await,
        json!({ "synced": 120, "new": 120, "complete": true })
    );
    assert_eq!(count(&ada).await, 120);
    let state = ada.get("/games/sync").await.assert_ok();
    assert_eq!(state["games"], 120);
    assert_eq!(
        (&state["complete"], &state["error"]),
        (&json!(true), &Value::Null)
    );

    upstream.play(121..=123);
    pause(&app);
    let again = sync(&ada).await;
    assert_eq!(
        (&again["new"], &again["complete"]),
        (&json!(3), &json!(true))
    );
    assert_eq!(count(&ada).await, 123);
    let asked = upstream.asked().await;
    // The player once, three pages, and what began in the last hours before the newest.
    assert_eq!(asked.len(), 1 + 3 + 3, "{asked:?}");
    assert!(!asked[3].contains("since"), "{asked:?}");
    assert!(asked[4].contains("&since="), "{asked:?}");
    for agent in upstream.agents().await {
        let agent = agent.to_lowercase();
        for word in ["fetch", "spider", "crawler", "scraper", "bot"] {
            assert!(!agent.contains(word), "{agent}");
        }
    }
}

#[tokio::test]
async fn a_match_that_ends_is_written_anew() {
    let upstream = AoE4World::start().await;
    let app = upstream.server().await;
    let ada = app.register("Ada").await;
    ada.link_steam().await;
    upstream.play([1, 2]);
    upstream.change(2, |game| {
        game["ongoing"] = json!(true);
        game["duration"] = Value::Null;
        for team in [0, 1] {
            game["teams"][team][0]["player"]["result"] = Value::Null;
        }
    });
    sync(&ada).await;
    let running = ada.get("/games/2").await.assert_ok();
    assert_eq!(
        (&running["result"], &running["duration"]),
        (&Value::Null, &Value::Null)
    );
    upstream.change(2, |game| {
        game["ongoing"] = json!(false);
        game["duration"] = json!(900);
        game["teams"][0][0]["player"]["result"] = json!("win");
    });
    pause(&app);
    assert_eq!(sync(&ada).await["new"], 0);
    let ended = ada.get("/games/2").await.assert_ok();
    assert_eq!(
        (&ended["result"], &ended["duration"]),
        (&json!("win"), &json!(900))
    );
}

#[tokio::test]
async fn a_sync_that_breaks_off_keeps_what_came_and_goes_on_there() {
    let upstream = AoE4World::start().await;
    let app = upstream.server().await;
    let ada = app.register("Ada").await;
    ada.link_steam().await;
    upstream.play(1..=260);
    let away = || ResponseTemplate::new(503).set_body_string("<html>away</html>");
    // It is asked twice for each page, and stays away for a while.
    upstream.fail_after(2, (0..4).map(|_| away()));
    let broken = ada.post("/games/sync").await;
    let broken = broken.assert_error(503, "aoe4world_unavailable");
    let sentence = broken["error"].as_str().unwrap();
    assert!(sentence.contains("100 matches came through"), "{sentence}");
    let state = ada.get("/games/sync").await.assert_ok();
    assert_eq!(
        (&state["games"], &state["complete"]),
        (&json!(100), &json!(false))
    );
    assert!(state["error"].as_str().unwrap().contains("503"), "{state}");

    pause(&app);
    ada.post("/games/sync")
        .await
        .assert_error(503, "aoe4world_unavailable");
    // Meanwhile others were played, which shifts the pages.
    upstream.play(261..=270);
    app.advance(600);
    let rest = sync(&ada).await;
    assert_eq!(rest["complete"], true);
    assert_eq!(count(&ada).await, 260);
    pause(&app);
    assert_eq!(sync(&ada).await["new"], 10);
    assert_eq!(count(&ada).await, 270);
}

#[tokio::test]
async fn a_long_history_comes_over_some_at_a_time() {
    let upstream = AoE4World::start().await;
    let app = upstream.server().await;
    let ada = app.register("Ada").await;
    ada.link_steam().await;
    upstream.play(1..=620);
    assert_eq!(
        sync(&ada).await,
        json!({ "synced": 500, "new": 500, "complete": false })
    );
    // At once, if one likes.
    assert_eq!(
        sync(&ada).await,
        json!({ "synced": 120, "new": 120, "complete": true })
    );
    assert_eq!(count(&ada).await, 620);
}

#[tokio::test]
async fn whoever_is_not_the_linked_steam_account_is_nobody() {
    let upstream = AoE4World::start().await;
    let app = upstream.server().await;
    upstream.play([1]);
    for (number, steam_id) in (10..).zip([
        Value::Null,
        json!("76561198000000099"),
        json!(""),
        json!(76561198000000011_u64),
    ]) {
        let linked = format!("765611980000000{number}");
        let profile =
            json!({ "profile_id": 4_001, "name": "Ada", "steam_id": steam_id, "modes": {} });
        upstream.say_of(&linked, profile).await;
        let player = app.register("Player").await;
        let link = json!({ "steamId": linked });
        player.post("/link/steam").json(&link).await.assert_ok();
        player
            .post("/games/sync")
            .await
            .assert_error(409, "aoe4_profile_not_found");
    }
    let asked = upstream.asked().await;
    assert!(
        asked.iter().all(|path| !path.contains("/games")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn what_no_text_of_postgresql_can_hold_holds_up_nothing() {
    let upstream = AoE4World::start().await;
    let app = upstream.server().await;
    let ada = app.register("Ada").await;
    ada.link_steam().await;
    upstream.play([1]);
    upstream.change(1, |game| {
        game["map"] = json!("Dry\0 Arabia");
        game["teams"][0][0]["player"]["name"] = json!("\0[\u{202e}] 🐑");
        game["odd\0"] = json!(["\0"]);
    });
    assert_eq!(sync(&ada).await["new"], 1);
    let shown = ada.get("/games/1").await.assert_ok();
    assert_eq!(shown["map"], "Dry Arabia");
    assert_eq!(shown["teams"][0][0]["name"], "[\u{202e}] 🐑");
}

#[tokio::test]
async fn one_sync_runs_at_a_time_with_a_pause_between() {
    let upstream = AoE4World::start().await;
    let app = upstream.server().await;
    let other = app.neighbour().setting("AOE4WORLD_URL", upstream.uri());
    let other = other.start().await;
    let ada = app.register("Ada").await;
    ada.link_steam().await;
    upstream.play(1..=60);
    let there = ada.at(&other);
    let answers = join_all((0..8).map(|number| {
        let player = if number % 2 == 0 { &ada } else { &there };
        async move { player.post("/games/sync").await }
    }))
    .await;
    let (done, refused): (Vec<_>, Vec<_>) = answers
        .iter()
        .partition(|answer| answer.status.as_u16() == 200);
    assert_eq!(done.len(), 1);
    for answer in refused {
        assert_eq!(answer.status.as_u16(), 429);
        assert!(answer.header("Retry-After").is_some());
        let code = answer.json()["code"].clone();
        assert!(
            code == "sync_running" || code == "synced_just_now",
            "{code}"
        );
    }
    let asked = upstream.asked().await;
    assert_eq!(asked.len(), 1 + 2, "{asked:?}");
    pause(&app);
    sync(&there).await;
    // A server that died in the middle holds it up for some minutes at the most.
    app.database
        .execute("update game_syncs set busy_until = busy_until + interval '3 minutes'")
        .await;
    pause(&app);
    ada.post("/games/sync")
        .await
        .assert_error(429, "sync_running");
    app.advance(180);
    sync(&ada).await;
}

#[tokio::test]
async fn whoever_says_when_to_come_back_is_left_alone_until_then() {
    let upstream = AoE4World::start().await;
    let app = upstream.server().await;
    let ada = app.register("Ada").await;
    ada.link_steam().await;
    upstream.play(1..=60);
    for (answer, wait) in [
        (
            ResponseTemplate::new(429).insert_header("Retry-After", "77"),
            "77",
        ),
        (ResponseTemplate::new(429), "30"),
    ] {
        upstream.fail_after(0, [answer]);
        let refused = ada.post("/games/sync").await;
        refused.assert_error(503, "aoe4world_unavailable");
        assert_eq!(refused.header("Retry-After"), Some(wait));
        let asked = upstream.asked().await.len();
        // Nobody asks before that, which is longer than anybody waits.
        pause(&app);
        ada.post("/games/sync")
            .await
            .assert_error(503, "aoe4world_unavailable");
        assert_eq!(upstream.asked().await.len(), asked);
        app.database.execute("truncate call_paces").await;
        pause(&app);
    }
    assert_eq!(sync(&ada).await["new"], 60);
}

#[tokio::test]
async fn what_is_no_page_is_not_taken_for_one() {
    let upstream = AoE4World::start().await;
    let app = upstream.server().await;
    let ada = app.register("Ada").await;
    ada.link_steam().await;
    upstream.play([1]);
    let json = |body: Value| ResponseTemplate::new(200).set_body_json(body);
    for strange in [
        json(json!({ "error": "Invalid api_key" })),
        json(json!([])),
        json(json!({ "games": 1 })),
        ResponseTemplate::new(200).set_body_string("<html>a moment please</html>"),
        ResponseTemplate::new(418),
        json(json!({ "games": [], "fill": "x".repeat(3 * 1024 * 1024) })),
    ] {
        upstream.fail_after(0, [strange]);
        ada.post("/games/sync")
            .await
            .assert_error(503, "aoe4world_unavailable");
        pause(&app);
    }
    // A match that can't be read doesn't hold up the others.
    upstream.play([2]);
    upstream.change(1, |game| game["teams"] = json!("none"));
    assert_eq!(
        sync(&ada).await,
        json!({ "synced": 1, "new": 1, "complete": true })
    );
}

#[tokio::test]
async fn whose_matches_nobody_knows() {
    let upstream = AoE4World::start().await;
    let app = upstream.server().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    ada.post("/games/sync")
        .await
        .assert_error(409, "steam_not_linked");
    bob.post("/link/steam")
        .json(&json!({ "steamId": "76561198000000002" }))
        .await
        .assert_ok();
    bob.post("/games/sync")
        .await
        .assert_error(409, "aoe4_profile_not_found");
    app.get("/games").await.assert_error(401, "unauthenticated");
    // Another account is another history.
    bob.link_steam().await;
    upstream.play([1]);
    assert_eq!(sync(&bob).await["new"], 1);
}
