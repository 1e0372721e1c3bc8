use reqwest::Method;
use serde_json::json;

use crate::harness::{Api, SentAway, TestDatabase, TestProcess, eventually, process};

const MADE: &str = "select (select count(*) from users where demo) + (select count(*) from leaderboards where demo)";

#[tokio::test]
async fn a_newcomer_sees_boards_move_and_clear_takes_away_exactly_the_demo() {
    let database = TestDatabase::create().await;
    let server = TestProcess::builder().database(&database).start().await;
    let service = server.game_service(&[]).await;
    let ada = server.register("Ada").await;
    ada.score(&service, "chess", 42).await;
    let before = contents(&database).await;
    let plain = server.terminate().await;

    let server = plain.again().argument("--demo").start().await;
    let mut events = server.events("global").await;
    let first = events.next().await;
    assert!(
        first.data["entries"].as_array().unwrap().len() == 10,
        "it is filled at once: {}",
        first.data
    );
    // Within a minute; in fact much sooner.
    let moved = events.next().await;
    assert!(!moved.data["changes"].as_array().unwrap().is_empty());
    let boards = server.get("/leaderboards").await.assert_ok()["leaderboards"]
        .as_array()
        .unwrap()
        .len();
    assert!(boards > 2, "{boards}");
    assert!(database.count(MADE).await > 10);
    // A real player among them.
    ada.at(&server).get("/me").await.assert_ok();
    assert_eq!(server.board("chess").entry_of(&ada).await.score, 42);
    let demo = server.terminate().await;

    let output = demo.again().run(&["demo", "clear"]).await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(database.count(MADE).await, 0);
    assert_eq!(contents(&database).await, before);
}

#[tokio::test]
async fn clear_beside_a_running_server_empties_its_boards_too() {
    let database = TestDatabase::create().await;
    let server = demo(&database).start().await;
    let demo = server.terminate().await;
    let server = TestProcess::builder().database(&database).start().await;
    assert!(!server.board("global").entries().await.is_empty());
    let output = demo.again().run(&["demo", "clear"]).await;
    assert!(output.status.success(), "{output:?}");
    eventually("the server shows no ghosts", async || {
        server
            .board("global")
            .entries()
            .await
            .is_empty()
            .then_some(())
    })
    .await;
    let again = server.run(&["demo", "clear"]).await;
    assert!(again.status.success(), "{again:?}");
}

#[tokio::test]
async fn a_newcomer_links_a_made_up_account_and_gets_matches_and_a_review() {
    let database = TestDatabase::create().await;
    let server = demo(&database)
        // What runs beside us is reached all the same.
        .setting("HTTP_PROXY", "http://127.0.0.1:1")
        .start()
        .await;
    let steam_id = made_up_accounts(&server)[0].clone();
    let ada = server.register("Ada").await;
    ada.post("/link/steam")
        .json(&json!({ "steamId": steam_id }))
        .await
        .assert_ok();
    let synced = ada.post("/games/sync").await.assert_ok();
    assert_eq!(synced["complete"], true, "{synced}");
    assert!(synced["new"].as_u64().unwrap() > 100, "{synced}");
    assert_eq!(synced["new"], synced["synced"]);
    let page = ada.get("/games?limit=100").await.assert_ok();
    let games = page["games"].as_array().unwrap();
    assert_eq!(games.len(), 100);
    // Of one in twenty the summary is never published.
    let over = games.iter().filter(|game| game["kind"] == "rm_1v1");
    let old: Vec<u64> = over
        .skip(20)
        .take(3)
        .map(|game| game["id"].as_u64().unwrap())
        .collect();
    for id in &old {
        ada.post(&format!("/games/{id}/review"))
            .await
            .assert_status(202);
    }
    let reviews = eventually("the matches are reviewed", async || {
        let mut reviews = Vec::new();
        for id in &old {
            let asked = ada.post(&format!("/games/{id}/review")).await;
            let review = asked.json()["reviewId"].as_str()?.to_owned();
            reviews.push(ada.get(&format!("/reviews/{review}")).await.assert_ok());
        }
        Some(reviews)
    })
    .await;
    let seen = reviews.iter().find(|review| !review["timeline"].is_null());
    let seen = seen.expect("one of them can be looked into");
    assert!(seen["scores"]["overall"].is_u64(), "{}", seen["scores"]);
    assert!(!seen["keyMoments"].as_array().unwrap().is_empty());
    eventually("the player is told", async || {
        let history = ada.get("/notifications").await.assert_ok();
        (history["notifications"][0]["event"] == "review_ready").then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_aoe4world_that_was_chosen_is_asked_instead() {
    let database = TestDatabase::create().await;
    let server = demo(&database)
        .setting("AOE4WORLD_URL", "http://127.0.0.1:1")
        .start()
        .await;
    assert_eq!(made_up_accounts(&server), [""; 0]);
    let ada = server.register("Ada").await;
    ada.post("/link/steam")
        .json(&json!({ "steamId": "76561202255200001" }))
        .await
        .assert_ok();
    ada.post("/games/sync")
        .await
        .assert_error(503, "aoe4world_unavailable");
}

#[tokio::test]
async fn a_newcomer_finds_made_up_maps_their_records_and_what_is_new_there() {
    let database = TestDatabase::create().await;
    let server = demo(&database).start().await;
    let log = server.log();
    let told = |name: &str| {
        let mut told = log.iter().filter_map(|line| line["data"][name].as_str());
        told.next().expect("the start tells of it").to_owned()
    };
    let (mapper, drivers) = (told("mapper"), told("drivers"));
    let found = server.get("/maps?query=teapot").await.assert_ok();
    let maps = found["maps"].as_array().unwrap();
    assert_eq!(maps.len(), 6);
    let mut seen = Vec::new();
    for map in maps {
        assert_eq!(map["authors"][0]["name"], mapper, "{map}");
        let uid = map["uid"].as_str().unwrap();
        let path = format!("/maps/{uid}/records?limit=5");
        let told = server.get(&path).await.assert_ok();
        assert_eq!(told["map"]["name"], map["name"]);
        assert_eq!(told["map"]["author"]["name"], mapper);
        let records = told["records"].as_array().unwrap();
        assert_eq!(records.len(), 5);
        let names = records.iter().filter_map(|record| record["name"].as_str());
        seen.extend(names.map(str::to_owned));
    }
    for driver in drivers.split(", ") {
        let places = seen.iter().filter(|name| *name == driver).count();
        assert!(places > 0, "{driver} is nowhere among the best: {seen:?}");
    }
    let ada = server.register("Ada").await;
    let asked = ada.post("/maps/search").json(&json!({ "mapper": mapper }));
    let job = asked.await.assert_status(202).json()["jobId"].clone();
    let path = format!("/jobs/{}", job.as_str().unwrap());
    let result = eventually("the search ends", async || {
        let job = ada.get(&path).await.assert_ok();
        (job["state"] == "succeeded").then(|| job["result"].clone())
    })
    .await;
    assert_eq!(
        (&result["complete"], &result["maps"]),
        (&json!(true), &json!(12))
    );
    let new = result["total"].as_u64().unwrap();
    assert!(new > 300, "six busy maps in a day: {new}");
}

#[tokio::test]
async fn a_newcomer_proves_to_be_a_made_up_driver() {
    let database = TestDatabase::create().await;
    let server = demo(&database).start().await;
    let ada = server.register("Ada").await;
    let sent = SentAway::by(&ada.get("/link/trackmania/start").await);
    let (made_up, path) = sent.location.split_once("/oauth").unwrap();
    let made_up = Api::new(made_up);
    let page = made_up.at_root(Method::GET, &format!("/oauth{path}")).await;
    let page = page.assert_status(200).text();
    let link = page.split("<a href=\"").nth(1).unwrap();
    let (link, name) = link.split_once("\">").unwrap();
    let name = name.split('<').next().unwrap();
    let link = link.replace("&amp;", "&");
    let chosen = made_up.at_root(Method::GET, &link).await;
    let back = chosen.header("location").unwrap();
    let (address, query) = back.split_once('?').unwrap();
    assert!(
        address.ends_with("/api/v1/link/trackmania/callback"),
        "{back}"
    );
    let linked = sent.back(&server, "/link/trackmania/callback", query);
    let linked = linked.await.assert_ok();
    assert_eq!(
        (&linked["username"], &linked["verified"]),
        (&json!(name), &json!(true))
    );
    // And only named, they are the same.
    let bob = server.register("Bob").await;
    let named = bob
        .post("/link/trackmania")
        .json(&json!({ "username": name }));
    named.await.assert_error(409, "identity_taken");
}

#[tokio::test]
async fn a_trackmania_exchange_that_was_chosen_is_asked_instead() {
    let database = TestDatabase::create().await;
    let server = demo(&database)
        .setting("TMX_URL", "http://127.0.0.1:1")
        .start()
        .await;
    let log = server.log();
    assert!(log.iter().all(|line| line["data"]["mapper"].is_null()));
    let found = server.get("/maps?query=teapot").await;
    found.assert_error(503, "trackmania_exchange_unavailable");
}

/// A server with a made-up world.
fn demo(database: &TestDatabase) -> process::Builder {
    TestProcess::builder().database(database).argument("--demo")
}

/// The Steam ids that the start tells of.
fn made_up_accounts(server: &TestProcess) -> Vec<String> {
    let log = server.log();
    let told = log
        .iter()
        .find_map(|line| line["data"]["steam_ids"].as_str());
    let told = told.unwrap_or_default().split_whitespace();
    told.map(str::to_owned).collect()
}

/// Everything that the demo could have touched, but for versions.
async fn contents(database: &TestDatabase) -> Vec<String> {
    let mut all = Vec::new();
    for query in [
        "select id::text || screen_name from users order by id",
        "select id || title || period from leaderboards order by id",
        "select leaderboard_number || user_id::text || score || reached_at from scores order by 1",
        "select user_id::text || game_id || best || last || plays from user_game_stats order by 1",
        "select action_id || coalesce(user_id::text, '') || score_delta from score_events order by 1",
        "select id::text from api_keys order by 1",
    ] {
        all.extend(
            sqlx::query_scalar::<_, String>(query)
                .fetch_all(&database.pool)
                .await
                .unwrap(),
        );
    }
    all
}
