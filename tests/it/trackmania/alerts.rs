//! Whom and what players follow.

use serde_json::{Value, json};

use super::world::{ADA, World, listed};
use crate::harness::{Player, TestApp};

const A: &str = "alr_01h455vb4pex5vsknk084sn02q";

impl World {
    pub async fn follow(&self, body: Value) -> Value {
        follow(&self.eve, body).await
    }
}

pub async fn follow(player: &Player, body: Value) -> Value {
    let answer = player.post("/alerts").json(&body).await;
    answer.assert_status(201).json()
}

async fn all(player: &Player) -> Vec<Value> {
    let list = player.get("/alerts").await.assert_ok();
    list["alerts"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_mapper_or_a_map_is_followed_once() {
    let world = World::with_maps(1).await;
    let alert = world.follow(json!({ "mapper": "ada" })).await;
    let id = alert["id"].as_str().unwrap();
    assert!(id.starts_with("alr_"), "{id}");
    let want = json!({
        "id": id, "mapper": "Ada", "mapperId": ADA, "mapUid": null, "mapName": null, "type": "accurate", "typeIsOwn": false,
        "createdAt": format!("{:.3}", world.app.clock.now()), "mutedMaps": [], "checkedAt": null, "problem": null,
    });
    assert_eq!(alert, want);
    let again = world
        .eve
        .post("/alerts")
        .json(&json!({ "mapperId": ADA, "type": "fast" }))
        .await;
    assert_eq!(again.assert_ok(), want);
    world.app.advance(1);
    let map = world
        .follow(json!({ "mapUid": "Hill0", "type": "fast" }))
        .await;
    let told = ["mapper", "mapperId", "mapUid", "mapName", "type"].map(|name| map[name].clone());
    assert_eq!(
        json!(told),
        json!([null, null, "Hill0", "Hill0 map", "fast"])
    );
    assert_eq!(all(&world.eve).await, [map, alert]);
    // Others follow the same for themselves.
    let bob = world.app.register("Bob").await;
    assert_eq!(all(&bob).await.len(), 0);
    let his = follow(&bob, json!({ "mapperId": ADA })).await;
    assert_ne!(his["id"], want["id"]);
    let targets = "select count(*) from alert_targets";
    assert_eq!(world.app.database.count(targets).await, 2);
}

#[tokio::test]
async fn whoever_is_meant_must_be_clear() {
    let world = World::with_maps(1).await;
    let upstream = &world.upstream;
    upstream.list(listed(10, "Cliff", &[(8, "Bob"), (9, "bob")]));
    let answer = world
        .eve
        .post("/alerts")
        .json(&json!({ "mapper": "BOB" }))
        .await;
    let told = answer.assert_error(409, "mapper_ambiguous");
    assert_eq!(told["details"][1]["message"], "9 is bob");
    for (body, code) in [
        (json!({ "mapper": "Nobody at all" }), "mapper_not_found"),
        (json!({ "mapperId": 99 }), "mapper_not_found"),
        (json!({ "mapUid": "Nowhere" }), "map_not_found"),
        (json!({ "mapUid": "no/uid" }), "map_not_found"),
    ] {
        let answer = world.eve.post("/alerts").json(&body).await;
        answer.assert_error(404, code);
    }
    for body in [
        json!({}),
        json!({ "mapper": "Ada", "mapUid": "Hill0" }),
        json!({ "mapper": "   " }),
        json!({ "mapper": "Ada", "type": "quick" }),
        json!({ "mapperId": -1 }),
        json!({ "mapperId": 1.5 }),
        json!({ "mapper": "Ada", "extra": 1 }),
    ] {
        let answer = world.eve.post("/alerts").json(&body).await;
        answer.assert_error(422, "validation_failed");
    }
    assert_eq!(all(&world.eve).await.len(), 0);
    let without = TestApp::start().await.register("Eve").await;
    let answer = without.post("/alerts").json(&json!({ "mapper": "Ada" }));
    answer.await.assert_error(409, "trackmania_not_configured");
}

#[tokio::test]
async fn maps_are_muted_and_types_changed() {
    let world = World::with_maps(1).await;
    let alert = world.follow(json!({ "mapper": "Ada" })).await;
    let path = format!("/alerts/{}", alert["id"].as_str().unwrap());
    let change = async |body: Value| world.eve.patch(&path).json(&body).await;
    let changed = change(json!({ "mutedMaps": ["Hill0", "Hill1", "Hill0"] })).await;
    assert_eq!(changed.assert_ok()["mutedMaps"], json!(["Hill0", "Hill1"]));
    let changed = change(json!({ "type": "fast" })).await.assert_ok();
    assert_eq!(
        (&changed["type"], &changed["mutedMaps"]),
        (&json!("fast"), &json!(["Hill0", "Hill1"]))
    );
    assert_eq!(change(json!({})).await.assert_ok(), changed);
    world
        .eve
        .patch("/me")
        .json(&json!({ "alertType": "fast" }))
        .await
        .assert_ok();
    change(json!({ "type": "accurate" })).await.assert_ok();
    let listed = all(&world.eve).await;
    assert_eq!(listed[0]["type"], "accurate", "its own counts more");
    let changed = change(json!({ "type": null, "mutedMaps": [] })).await;
    let mut want = alert.clone();
    want["type"] = json!("fast");
    assert_eq!(changed.assert_ok(), want);
    let many = |count: usize| (0..count).map(|n| format!("Uid{n}")).collect::<Vec<_>>();
    change(json!({ "mutedMaps": many(1_000) }))
        .await
        .assert_ok();
    for wrong in [
        json!({ "mutedMaps": many(1_001) }),
        json!({ "mutedMaps": ["a/b"] }),
        json!({ "mutedMaps": [""] }),
        json!({ "mutedMaps": ["\u{0}"] }),
        json!({ "mutedMaps": "Hill0" }),
        json!({ "type": "slow" }),
        json!({ "mapper": "Bob" }),
    ] {
        change(wrong).await.assert_error(422, "validation_failed");
    }
    let mallory = world.app.register("Mallory").await;
    for path in [path.as_str(), &format!("/alerts/{A}")] {
        let answer = mallory.patch(path).json(&json!({ "mutedMaps": [] }));
        answer.await.assert_error(404, "alert_not_found");
        let answer = mallory.delete(path).await;
        answer.assert_error(404, "alert_not_found");
    }
    world.eve.delete(&path).await.assert_gone();
    let answer = world.eve.delete(&path).await;
    answer.assert_error(404, "alert_not_found");
    assert_eq!(all(&world.eve).await.len(), 0);
}

#[tokio::test]
async fn the_list_is_paged_and_a_hundred_is_the_most() {
    let world = World::with_maps(102).await;
    for number in 0..98 {
        let body = json!({ "mapUid": format!("Hill{number}") });
        world.follow(body).await;
        world.app.advance(1);
    }
    // Of many at once, as many as fit are taken.
    let create = async |number: i64| {
        let body = json!({ "mapUid": format!("Hill{number}") });
        world.eve.post("/alerts").json(&body).await.status.as_u16()
    };
    let (one, two, three, four) = tokio::join!(create(98), create(99), create(100), create(101));
    let mut statuses = [one, two, three, four];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 409, 409]);
    let body = json!({ "mapper": "Ada" });
    let answer = world.eve.post("/alerts").json(&body).await;
    answer.assert_error(409, "alerts_too_many");
    let mut uids = Vec::new();
    let mut path = "/alerts?limit=30".to_owned();
    loop {
        let page = world.eve.get(&path).await.assert_ok();
        let alerts = page["alerts"].as_array().unwrap();
        uids.extend(alerts.iter().map(|alert| alert["mapUid"].to_string()));
        let Some(cursor) = page["nextCursor"].as_str() else {
            break;
        };
        path = format!("/alerts?limit=30&cursor={cursor}");
    }
    assert_eq!((uids.len(), uids[99].as_str()), (100, "\"Hill0\""));
    let answer = world.eve.get("/alerts?cursor=x").await;
    answer.assert_error(400, "invalid_cursor");
}

#[tokio::test]
async fn alerts_are_exported_and_go_with_their_user() {
    let world = World::with_maps(1).await;
    let alert = world.follow(json!({ "mapper": "Ada" })).await;
    let export = world.eve.get("/me/export").await.assert_ok();
    let exported = &export["trackmania"]["alerts"];
    assert_eq!(exported[0]["id"], alert["id"], "{export}");
    assert_eq!(exported[0]["name"], "Ada");
    world.eve.delete("/me").await.assert_gone();
    let left = "select count(*) from map_alerts";
    assert_eq!(world.app.database.count(left).await, 0);
    // What nobody follows any more is removed, but not at once.
    let targets = "select count(*) from alert_targets";
    world.app.run_chore("trackmania.purge").await;
    assert_eq!(world.app.database.count(targets).await, 1);
    world.app.advance(25 * 3_600);
    world.app.run_chore("trackmania.purge").await;
    assert_eq!(world.app.database.count(targets).await, 0);
}
