//! Whose place among the best of a map is watched.

use serde_json::{Value, json};

use crate::harness::{Player, TestApp, Upstream, account, row};

const D: &str = "drv_01h455vb4pex5vsknk084sn02q";
/// Eve, in Trackmania.
pub const EVE: u128 = 42;

/// Lets somebody say, or prove, which account at Trackmania is theirs.
pub async fn link(app: &TestApp, player: &Player, driver: u128, verified: bool) {
    let linked = format!(
        "insert into identities (user_id, provider, external_id, username, verified, created_at)
         values ('{}', 'trackmania', '{}', 'somebody', {verified}, now())
         on conflict (user_id, provider) do update set external_id = excluded.external_id",
        player.uuid(),
        account(driver)
    );
    app.database.execute(&linked).await;
}

pub async fn watch(player: &Player, uid: &str) -> Value {
    let wish = json!({ "mapUid": uid });
    let answer = player.post("/driver-notifications").json(&wish).await;
    answer.assert_status(201).json()
}

/// A leaderboard with so many others, each a second apart from 20 seconds on, and Eve at her place among them.
pub fn board_with_eve(others: i64, place: i64) -> Vec<Value> {
    let all = (1..=others + 1).map(|position| match position {
        _ if position == place => row(EVE, position, 19_000 + 1_000 * position),
        _ => {
            let driver = u128::try_from(position).unwrap();
            row(driver, position, 19_000 + 1_000 * position)
        }
    });
    all.collect()
}

async fn world() -> (Upstream, TestApp, Player) {
    let upstream = Upstream::start().await;
    let app = upstream.server().await;
    upstream.map("Hill", board_with_eve(9, 3));
    upstream.map("Lake", board_with_eve(9, 6));
    let eve = app.register("Eve").await;
    (upstream, app, eve)
}

#[tokio::test]
async fn only_a_place_among_the_best_five_is_watched() {
    let (_upstream, app, eve) = world().await;
    let wish = |uid: &str| {
        eve.post("/driver-notifications")
            .json(&json!({ "mapUid": uid }))
    };
    wish("Hill")
        .await
        .assert_error(409, "trackmania_not_linked");
    link(&app, &eve, EVE, true).await;
    wish("Lake").await.assert_error(422, "not_in_top_5");
    // Live would tell of it that we are its first.
    wish("Nowhere").await.assert_error(404, "map_not_found");
    wish("no uid").await.assert_error(404, "map_not_found");
    wish("").await.assert_invalid("mapUid");
    let watched = watch(&eve, "Hill").await;
    let id = watched["id"].as_str().unwrap();
    assert!(id.starts_with("drv_"), "{id}");
    let now = format!("{:.3}", app.clock.now());
    let want = json!({
        "id": id, "mapUid": "Hill", "mapName": "Hill map", "accountId": account(EVE), "enabled": true, "position": 3,
        "time": 22_000, "createdAt": now, "checkedAt": now, "problem": null,
    });
    assert_eq!(watched, want);
    let list = eve.get("/driver-notifications").await.assert_ok();
    assert_eq!(
        list,
        json!({ "driverNotifications": [want], "nextCursor": null })
    );
    let export = eve.get("/me/export").await.assert_ok();
    assert_eq!(
        export["trackmania"]["driverNotifications"][0]["mapUid"],
        "Hill"
    );
}

#[tokio::test]
async fn a_mere_claim_does_only_where_claims_do() {
    let upstream = Upstream::start().await;
    upstream.map("Hill", board_with_eve(9, 3));
    let builder = upstream.builder();
    let app = builder
        .setting("ALLOW_UNVERIFIED_LINKS", "false")
        .start()
        .await;
    let eve = app.register("Eve").await;
    link(&app, &eve, EVE, false).await;
    let wish = json!({ "mapUid": "Hill" });
    let answer = eve.post("/driver-notifications").json(&wish).await;
    answer.assert_error(409, "trackmania_not_verified");
}

#[tokio::test]
async fn what_is_watched_is_changed_and_ended_by_its_user_alone() {
    let (upstream, app, eve) = world().await;
    link(&app, &eve, EVE, true).await;
    let id = watch(&eve, "Hill").await["id"].clone();
    let path = format!("/driver-notifications/{}", id.as_str().unwrap());
    let off = json!({ "enabled": false });
    let changed = eve.patch(&path).json(&off).await.assert_ok();
    assert_eq!(changed["enabled"], false);
    let mallory = app.register("Mallory").await;
    for path in [path.as_str(), &format!("/driver-notifications/{D}")] {
        let answer = mallory.patch(path).json(&off).await;
        answer.assert_error(404, "driver_notification_not_found");
        let answer = mallory.delete(path).await;
        answer.assert_error(404, "driver_notification_not_found");
    }
    // Watching it again begins anew, from where she stands now.
    upstream.map("Hill", board_with_eve(9, 2));
    app.advance(61);
    let wish = json!({ "mapUid": "Hill" });
    let again = eve
        .post("/driver-notifications")
        .json(&wish)
        .await
        .assert_ok();
    let told = ["id", "enabled", "position"].map(|name| again[name].clone());
    assert_eq!(json!(told), json!([id, true, 2]));
    eve.delete(&path).await.assert_gone();
    let list = eve.get("/driver-notifications").await.assert_ok();
    assert_eq!(list["driverNotifications"], json!([]));
}

#[tokio::test]
async fn a_hundred_are_watched_and_listed_page_by_page() {
    let (_upstream, app, eve) = world().await;
    link(&app, &eve, EVE, true).await;
    let many = format!(
        "insert into driver_notifications (id, user_id, account_id, map_uid, map_name, is_race, created_at, position, time,
                                           ahead, checked_at)
         select ('01900000-0000-7000-8000-' || lpad(number::text, 12, '0'))::uuid, '{}', '{}', 'Map' || number, 'Map', true,
                now(), 1, 1, '{{}}', now()
         from generate_series(1, 99) as number",
        eve.uuid(),
        account(EVE)
    );
    app.database.execute(&many).await;
    watch(&eve, "Hill").await;
    let full = eve
        .post("/driver-notifications")
        .json(&json!({ "mapUid": "Lake" }))
        .await;
    full.assert_error(422, "not_in_top_5");
    // What is watched already is no more than there is.
    let again = eve
        .post("/driver-notifications")
        .json(&json!({ "mapUid": "Hill" }))
        .await;
    again.assert_ok();
    app.database
        .execute("update driver_notifications set map_uid = 'Moor' where map_uid = 'Hill'")
        .await;
    let full = eve
        .post("/driver-notifications")
        .json(&json!({ "mapUid": "Hill" }))
        .await;
    full.assert_error(409, "driver_notifications_too_many");
    let (mut seen, mut query) = (Vec::new(), "?limit=40".to_owned());
    loop {
        let path = format!("/driver-notifications{query}");
        let page = eve.get(&path).await.assert_ok();
        let listed = page["driverNotifications"].as_array().unwrap();
        seen.extend(listed.iter().map(|one| one["mapUid"].to_string()));
        match page["nextCursor"].as_str() {
            Some(cursor) => query = format!("?limit=40&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!((seen.len(), seen[0].as_str()), (100, "\"Moor\""));
}
