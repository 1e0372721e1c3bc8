//! Leaderboards of maps.

use futures_util::future::join_all;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::harness::{MAPPER, TestApp, Upstream, account, row};

/// What costs a call of Live.
const TOP: &str = "/top?";
const NAMES: &str = "/display-names";

fn json_of(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

#[tokio::test]
async fn the_best_of_a_map_have_names_positions_and_medals() {
    let upstream = Upstream::start().await;
    let mut upper = row(4, 4, 24_000);
    upper["accountId"] = json!(account(4).to_uppercase());
    let rows = [
        row(1, 1, 20_000),
        row(2, 2, 21_000),
        // As fast as the one before, whatever place is told.
        row(3, 3, 21_000),
        upper,
        row(5, 5, 31_000),
        // Hidden, by each of two services.
        row(6, 6, -1),
        row(7, 7, 4_294_967_295),
        // Ours, which nobody drove.
        row(0xfa4e, 8, 40_000),
    ];
    upstream.map("Hill", rows);
    upstream.name(1, "Ada");
    upstream.name(4, "Eve");
    upstream.name(MAPPER, "The mapper");
    let app = upstream.server().await;
    let answer = app.records("Hill").await.assert_ok();
    let records = answer["records"].as_array().unwrap();
    let shown: Vec<Value> = records
        .iter()
        .map(|record| {
            json!([
                record["position"],
                record["name"],
                record["time"],
                record["medal"]
            ])
        })
        .collect();
    assert_eq!(
        shown,
        [
            json!([1, "Ada", 20_000, "author"]),
            json!([2, null, 21_000, "gold"]),
            json!([2, null, 21_000, "gold"]),
            json!([4, "Eve", 24_000, "silver"]),
            json!([5, null, 31_000, null]),
        ]
    );
    assert_eq!(records[3]["accountId"], account(4));
    assert_eq!(records[0]["drivenAt"], "2025-06-15T15:06:41.000Z");
    assert_eq!(
        answer["map"],
        json!({
            "uid": "Hill", "name": "Hill map", "author": { "accountId": account(MAPPER), "name": "The mapper" },
            "medals": { "author": 20_000, "gold": 22_000, "silver": 25_000, "bronze": 30_000 },
            "isRace": true, "uploadedAt": "2025-10-23T17:05:25.000Z",
        })
    );
    let two = app.get("/maps/Hill/records?limit=2").await.assert_ok();
    assert_eq!(two["records"].as_array().unwrap().len(), 2);
    assert_eq!(upstream.count(TOP).await, 1);
    for request in upstream.asked("").await {
        let agent = request.headers["user-agent"].to_str().unwrap();
        assert!(
            agent.starts_with("Grandstand/") && agent.contains("(+"),
            "{agent}"
        );
    }
}

#[tokio::test]
async fn a_map_that_does_not_exist_has_no_records_though_we_were_first() {
    let upstream = Upstream::start().await;
    let app = upstream.server().await;
    for uid in ["Nowhere", "a%2Fb", "a%20b", &"x".repeat(41)] {
        app.records(uid).await.assert_error(404, "map_not_found");
    }
    assert_eq!(upstream.count(TOP).await, 0);
    // Only the first can be one.
    assert_eq!(upstream.count("/maps/by-uid/").await, 1);
}

#[tokio::test]
async fn a_leaderboard_has_a_hundred_rows_at_most() {
    let upstream = Upstream::start().await;
    upstream.map(
        "Hill",
        (1..=150_i64).map(|n| row(n.unsigned_abs().into(), n, 20_000 + n)),
    );
    let app = upstream.server().await;
    let answer = app.records("Hill").await.assert_ok();
    assert_eq!(answer["records"].as_array().unwrap().len(), 100);
    app.get("/maps/Hill/records?limit=200")
        .await
        .assert_error(400, "invalid_query");
    let usual = app.get("/maps/Hill/records").await.assert_ok();
    assert_eq!(usual["records"].as_array().unwrap().len(), 20);
    // A hundred drivers and the mapper are three calls for names.
    assert_eq!(upstream.count(NAMES).await, 3);
}

#[tokio::test]
async fn bodies_of_other_shapes_are_empty_or_unavailable() {
    let upstream = Upstream::start().await;
    let app = upstream.server().await;
    upstream.map("Closed", [row(1, 1, 20_000)]);
    upstream.fail(TOP, [json_of(json!({}))]);
    let closed = app.records("Closed").await.assert_ok();
    assert_eq!(closed["records"], json!([]));
    let bodies = [
        json!([]),
        json!(["map:error-notFound"]),
        json!({ "error": "X", "message": "Y" }),
        json!("x"),
    ];
    for (number, body) in bodies.into_iter().enumerate() {
        let uid = format!("Hill{number}");
        upstream.map(&uid, [row(1, 1, 20_000)]);
        upstream.fail(TOP, [json_of(body)]);
        app.records(&uid)
            .await
            .assert_error(503, "trackmania_unavailable");
        app.records(&uid).await.assert_ok();
    }
    // Core, in its own three shapes of errors, and in none.
    let bodies = [
        json!({ "code": "C-1", "message": "No.", "info": ["mapUidList: no."] }),
        json!({ "code": "C-1", "message": "No.", "info": { "mapUidList": "no." } }),
        json!({ "code": "C-1", "message": "No." }),
        json!({}),
    ];
    for (number, body) in bodies.into_iter().enumerate() {
        let uid = format!("Dale{number}");
        upstream.map(&uid, []);
        upstream.fail(
            "/by-uid/",
            [
                ResponseTemplate::new(400).set_body_json(body.clone()),
                json_of(body),
            ],
        );
        app.records(&uid)
            .await
            .assert_error(503, "trackmania_unavailable");
        app.records(&uid)
            .await
            .assert_error(503, "trackmania_unavailable");
        app.records(&uid).await.assert_ok();
    }
}

#[tokio::test]
async fn names_are_kept_for_a_day_even_those_that_nobody_has() {
    let upstream = Upstream::start().await;
    upstream.map("Hill", [row(1, 1, 20_000)]);
    let app = upstream.server().await;
    let name =
        async |app: &TestApp| app.records("Hill").await.assert_ok()["records"][0]["name"].clone();
    // An empty list, where there are none.
    assert_eq!(name(&app).await, Value::Null);
    upstream.name(1, "Ada");
    app.advance(3_600);
    assert_eq!(name(&app).await, Value::Null);
    assert_eq!(upstream.count(NAMES).await, 1);
    app.advance(24 * 3_600);
    assert_eq!(name(&app).await, "Ada");
    assert_eq!(upstream.count(NAMES).await, 2);
    // Where they can't be asked for, an old one does.
    app.advance(25 * 3_600);
    upstream.fail(NAMES, [ResponseTemplate::new(404)]);
    assert_eq!(name(&app).await, "Ada");
}

#[tokio::test]
async fn many_who_ask_at_once_cost_one_call_and_so_does_a_minute() {
    let upstream = Upstream::start().await;
    upstream.map("Hill", [row(1, 1, 20_000)]);
    let app = upstream.server().await;
    for answer in join_all((0..20).map(|_| app.records("Hill"))).await {
        answer.assert_ok();
    }
    assert_eq!(upstream.count(TOP).await, 1);
    assert_eq!(upstream.count("/by-uid/").await, 1);
    app.advance(61);
    upstream.map("Hill", [row(2, 1, 19_000), row(1, 2, 20_000)]);
    let answer = app.records("Hill").await.assert_ok();
    assert_eq!(answer["records"].as_array().unwrap().len(), 2);
    assert_eq!(upstream.count(TOP).await, 2);
    assert_eq!(upstream.count("/by-uid/").await, 1);
}

#[tokio::test]
async fn while_live_is_away_what_it_told_within_the_hour_does() {
    let upstream = Upstream::start().await;
    upstream.map("Hill", [row(1, 1, 20_000)]);
    let app = upstream.server().await;
    let before = app.records("Hill").await.assert_ok();
    app.advance(1_800);
    // Each call is tried twice.
    upstream.fail(
        TOP,
        [ResponseTemplate::new(503), ResponseTemplate::new(503)],
    );
    assert_eq!(app.records("Hill").await.assert_ok(), before);
    app.advance(1_801);
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "1");
    upstream.fail(TOP, [busy]);
    let answer = app.records("Hill").await;
    answer.assert_error(503, "trackmania_unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    let after = app.records("Hill").await.assert_ok();
    assert_ne!(after["fetchedAt"], before["fetchedAt"]);
}

#[tokio::test]
async fn without_an_account_at_nadeo_there_are_no_records() {
    let app = TestApp::start().await;
    app.records("Hill")
        .await
        .assert_error(409, "trackmania_not_configured");
}

#[tokio::test]
async fn what_was_told_long_ago_is_removed() {
    let upstream = Upstream::start().await;
    upstream.map("Hill", [row(1, 1, 20_000)]);
    upstream.map("Dale", [row(2, 1, 20_000)]);
    let app = upstream.server().await;
    app.records("Hill").await.assert_ok();
    app.advance(31 * 24 * 3_600);
    app.records("Dale").await.assert_ok();
    app.run_chore("trackmania.purge").await;
    for table in ["maps where uid = 'Dale'", "maps", "map_boards"] {
        let left = app
            .database
            .count(&format!("select count(*) from {table}"))
            .await;
        assert_eq!(left, 1, "{table}");
    }
    // The driver's, and the mapper's.
    let names = app
        .database
        .count("select count(*) from driver_names")
        .await;
    assert_eq!(names, 2);
}
