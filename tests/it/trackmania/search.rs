//! New records on a mapper's maps.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::world::{ADA, POSITIONS, TOP, World, driven, listed};
use crate::harness::{TestApp, account, eventually};

impl World {
    async fn search(&self, mode: &str) -> Value {
        self.result(json!({ "mapper": "Ada", "mode": mode })).await
    }

    pub async fn result(&self, body: Value) -> Value {
        let job = self.begin(body).await;
        self.end(&job).await
    }

    async fn begin(&self, body: Value) -> String {
        let answer = self.eve.post("/maps/search").json(&body).await;
        let begun = answer.assert_status(202).json();
        begun["jobId"].as_str().unwrap().to_owned()
    }

    async fn end(&self, job: &str) -> Value {
        eventually("the search is done", async || {
            let job = self.eve.get(&format!("/jobs/{job}")).await.assert_ok();
            (job["state"] == "succeeded").then(|| job["result"].clone())
        })
        .await
    }
}

fn uids(result: &Value) -> Vec<&str> {
    let records = result["records"].as_array().unwrap().iter();
    records
        .map(|record| record["mapUid"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn what_is_new_on_all_maps_is_told_the_newest_first() {
    let world = World::with_maps(4).await;
    let (upstream, app) = (&world.upstream, &world.app);
    upstream.name(2, "Bob");
    upstream.map(
        "Hill1",
        [
            driven(app, 1, 1, 30),
            driven(app, 2, 2, 10),
            driven(app, 3, 3, 2 * 24 * 60),
        ],
    );
    upstream.map("Hill3", [driven(app, 2, 1, 20)]);
    let job = world.begin(json!({ "mapper": "ada" })).await;
    let result = world.end(&job).await;
    assert_eq!(uids(&result), ["Hill1", "Hill3", "Hill1"]);
    let at = Timestamp::from_second((app.clock.now() - SignedDuration::from_mins(10)).as_second())
        .unwrap();
    assert_eq!(
        result["records"][0],
        json!({
            "mapUid": "Hill1", "mapName": "The Hill1", "position": 2, "accountId": account(2), "name": "Bob",
            "time": 20_002, "drivenAt": format!("{at:.3}"),
        })
    );
    let rest = json!([
        result["maps"],
        result["total"],
        result["complete"],
        result["missing"],
        result["mode"],
        result["cut"]
    ]);
    assert_eq!(rest, json!([4, 3, true, [], "accurate", []]));
    assert_eq!(upstream.count(TOP).await, 4);
    let job = world.eve.get(&format!("/jobs/{job}")).await.assert_ok();
    assert_eq!(
        (&job["progress"]["done"], &job["progress"]["total"]),
        (&json!(4), &json!(4))
    );
    // It is hers alone.
    let path = format!("/jobs/{}", job["id"].as_str().unwrap());
    app.register("Mallory")
        .await
        .get(&path)
        .await
        .assert_status(404);
    // One map, since longer ago.
    let since = app.clock.now() - SignedDuration::from_hours(72);
    let one = world
        .result(json!({ "mapUid": "Hill1", "since": format!("{since:.3}") }))
        .await;
    assert_eq!(one["total"], 3);
}

#[tokio::test]
async fn a_mapper_with_hundreds_of_maps_is_read_by_the_page() {
    let world = World::with_maps(0).await;
    for number in 0..1_100 {
        world.upstream.list(listed(
            number + 1,
            &format!("Dale{number}"),
            &[(ADA, "Ada")],
        ));
    }
    world
        .upstream
        .map("Dale1099", [driven(&world.app, 1, 1, 5)]);
    let first = world.search("fast").await;
    assert_eq!(
        (
            &first["maps"],
            first["takenStock"].as_array().unwrap().len()
        ),
        (&json!(1_100), 1_100)
    );
    // Who that is; three pages.
    assert_eq!(world.upstream.count("/exchange/").await, 1 + 3);
    assert_eq!(world.upstream.count(POSITIONS).await, 22);
    assert_eq!(world.upstream.count(TOP).await, 0);
}

#[tokio::test]
async fn fast_reads_only_where_somebody_new_drove() {
    let world = World::with_maps(60).await;
    let first = world.search("fast").await;
    assert_eq!(
        (
            &first["total"],
            first["takenStock"].as_array().unwrap().len()
        ),
        (&json!(0), 60)
    );
    world.app.advance(25 * 3_600);
    let eve = world
        .app
        .login(&world.eve.email, crate::harness::PASSWORD)
        .await;
    let world = World { eve, ..world };
    let quiet = world.search("fast").await;
    assert_eq!(
        (&quiet["total"], &quiet["takenStock"]),
        (&json!(0), &json!([]))
    );
    assert_eq!(world.upstream.count(TOP).await, 0);
    world.app.advance(600);
    world.drive("Hill7", 3);
    let moved = world.search("fast").await;
    assert_eq!(uids(&moved), ["Hill7"]);
    assert_eq!(world.upstream.count(TOP).await, 1);
    // Whoever looks next since the same time finds it too, though nothing has moved since.
    world.app.advance(600);
    let bob = world.app.register("Bob").await;
    let world = World { eve: bob, ..world };
    assert_eq!(uids(&world.search("fast").await), ["Hill7"]);
    assert_eq!(world.upstream.count(POSITIONS).await, 8);
}

#[tokio::test]
async fn a_leaderboard_is_read_to_its_end_or_to_the_best_thousand() {
    let world = World::with_maps(0).await;
    for (id, (uid, rows)) in (1..).zip([("Full", 100), ("Long", 250), ("Endless", 1_200)]) {
        world.upstream.list(listed(id, uid, &[(ADA, "Ada")]));
        let mut rows: Vec<Value> = (1..=rows)
            .map(|n: u32| driven(&world.app, n.into(), n.into(), 5))
            .collect();
        // A hidden one is no end.
        rows[50]["score"] = json!(-1);
        world.upstream.map(uid, rows);
    }
    let result = world.search("accurate").await;
    assert_eq!(result["cut"], json!(["Endless"]));
    assert_eq!(result["total"], 99 + 249 + 999);
    assert_eq!(result["records"].as_array().unwrap().len(), 1_000);
    assert_eq!(world.upstream.count(TOP).await, 2 + 3 + 10);
}

#[tokio::test]
async fn what_could_not_be_looked_at_is_named() {
    let world = World::with_maps(6).await;
    for number in 0..6 {
        world.drive(&format!("Hill{number}"), 3);
    }
    let strange = |uid: &str| {
        (
            format!("/map/{uid}/top?"),
            ResponseTemplate::new(200).set_body_json(json!(["no"])),
        )
    };
    for (part, fault) in ["Hill2", "Hill4"].map(strange) {
        world.upstream.fail(&part, [fault]);
    }
    // A moment's wait costs nothing, nor does a token that is taken away.
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "1");
    world.upstream.fail("/map/Hill3/top?", [busy]);
    world
        .upstream
        .fail("/map/Hill5/top?", [ResponseTemplate::new(401)]);
    let result = world.search("accurate").await;
    let missing = result["missing"].as_array().unwrap();
    let mut named: Vec<&str> = missing
        .iter()
        .map(|map| map["mapUid"].as_str().unwrap())
        .collect();
    named.sort_unstable();
    assert_eq!(
        (named, &result["complete"]),
        (vec!["Hill2", "Hill4"], &json!(false))
    );
    let why = missing[0]["error"].as_str().unwrap();
    assert!(why.starts_with("Trackmania sent something"), "{why}");
    assert_eq!(result["total"], 4);
}

#[tokio::test]
async fn a_service_that_fails_again_and_again_is_not_asked_for_the_rest() {
    let world = World::with_maps(40).await;
    let strange = || ResponseTemplate::new(200).set_body_json(json!(["no"]));
    world.upstream.fail(TOP, (0..40).map(|_| strange()));
    let result = world.search("accurate").await;
    assert_eq!(result["missing"].as_array().unwrap().len(), 40);
    let asked = world.upstream.count(TOP).await;
    assert!((5..=12).contains(&asked), "{asked}");
}

#[tokio::test]
async fn positions_that_are_not_told_are_no_zeroes() {
    let world = World::with_maps(3).await;
    world.search("fast").await;
    world.app.advance(600);
    world.upstream.fail(
        POSITIONS,
        [ResponseTemplate::new(200).set_body_json(json!([]))],
    );
    let result = world.search("fast").await;
    assert_eq!(result["missing"].as_array().unwrap().len(), 3);
    let kept = world
        .app
        .database
        .count("select count(*) from map_positions where position = 2 and moved_at is null");
    assert_eq!(kept.await, 3);
}

#[tokio::test]
async fn a_name_that_several_have_is_asked_about() {
    let world = World::with_maps(1).await;
    let upstream = &world.upstream;
    upstream.list(listed(10, "Cliff", &[(8, "Bob"), (9, "bob")]));
    upstream.list(listed(11, "Creek", &[(9, "bob")]));
    let body = |name: &str| json!({ "mapper": name });
    let answer = world.eve.post("/maps/search").json(&body("BOB")).await;
    let told = answer.assert_error(409, "mapper_ambiguous");
    let details = [
        json!({ "field": "mapperId", "message": "8 is Bob" }),
        json!({ "field": "mapperId", "message": "9 is bob" }),
    ];
    assert_eq!(told["details"], json!(details));
    assert_eq!(world.result(json!({ "mapperId": 9 })).await["maps"], 2);
    assert_eq!(world.result(body("Bob")).await["maps"], 1);
    for wrong in [body("Nobody at all"), json!({ "mapperId": 99 })] {
        world
            .eve
            .post("/maps/search")
            .json(&wrong)
            .await
            .assert_error(404, "mapper_not_found");
    }
    world
        .eve
        .post("/maps/search")
        .json(&json!({ "mapUid": "Nowhere" }))
        .await
        .assert_error(404, "map_not_found");
}

#[tokio::test]
async fn what_is_no_search_is_told_and_the_same_one_is_not_made_twice() {
    let world = World::with_maps(1).await;
    let future = world.app.clock.now() + SignedDuration::from_hours(1);
    for (body, field) in [
        (json!({}), "mapper"),
        (json!({ "mapper": "Ada", "mapUid": "Hill0" }), "mapper"),
        (json!({ "mapper": "" }), "mapper"),
        (json!({ "mapperId": 0 }), "mapperId"),
        (json!({ "mapper": "Ada", "mode": "quick" }), "quick"),
        (
            json!({ "mapper": "Ada", "since": format!("{future:.3}") }),
            "since",
        ),
        (json!({ "mapper": "Ada", "since": "yesterday" }), "since"),
    ] {
        let answer = world.eve.post("/maps/search").json(&body).await;
        let told = answer.assert_error(422, "validation_failed");
        assert!(
            told.to_string().contains(field) || field == "since",
            "{told}"
        );
    }
    let paused = "insert into queues (name, paused) values ('trackmania', true) on conflict (name) do update set paused = true";
    world.app.database.execute(paused).await;
    let first = world.begin(json!({ "mapper": "Ada" })).await;
    assert_eq!(world.begin(json!({ "mapperId": ADA })).await, first);
    assert_ne!(
        world
            .begin(json!({ "mapper": "Ada", "mode": "fast" }))
            .await,
        first
    );
    TestApp::start()
        .await
        .register("Eve")
        .await
        .post("/maps/search")
        .json(&json!({ "mapper": "Ada" }))
        .await
        .assert_error(409, "trackmania_not_configured");
}
