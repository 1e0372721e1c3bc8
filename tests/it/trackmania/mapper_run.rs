//! The daily run over all mapper alerts: what is told to whom.

use serde_json::json;

use super::alerts::follow;
use super::world::{ADA, POSITIONS, TOP, World, driven, listed, told};

#[tokio::test]
async fn the_first_check_takes_stock_and_the_next_tells_what_is_new() {
    let mut world = World::with_maps(3).await;
    world.upstream.name(1, "Carl");
    world.upstream.name(2, "Bob");
    world.app.confirm_address(&world.eve).await;
    let alert = world.follow(json!({ "mapper": "Ada" })).await;
    world.run().await;
    assert_eq!(
        (world.upstream.count(TOP).await, told(&world.eve).await),
        (0, vec![])
    );
    let checked = world.alert(&alert).await;
    let at = format!("{:.3}", world.app.clock.now());
    assert_eq!(
        (&checked["checkedAt"], &checked["problem"]),
        (&json!(at), &json!(null))
    );
    world.next_day().await;
    world.drive("Hill1", 2);
    world.run().await;
    let all = told(&world.eve).await;
    assert_eq!(all.len(), 1, "{all:?}");
    let want = json!([
        "map_record",
        "Bob drove 0:20.050 on The Hill1",
        "50th, 0.049 s behind Carl"
    ]);
    assert_eq!(
        json!([all[0]["event"], all[0]["title"], all[0]["body"]]),
        want
    );
    let link = format!("/alerts/{}", alert["id"].as_str().unwrap());
    assert_eq!(all[0]["link"], link);
    assert_eq!(world.upstream.count(TOP).await, 3);
    // It is in the day's digest.
    world.next_day().await;
    world.app.gather_digests().await;
    let mail = world.app.mail_to(&world.eve, "Bob drove").await;
    assert!(
        mail.text.contains("50th, 0.049 s behind Carl"),
        "{}",
        mail.text
    );
    // And it is told once.
    world.run().await;
    assert_eq!(told(&world.eve).await.len(), 1);
    assert_eq!(world.upstream.count(TOP).await, 6);
    let run = world
        .last_run("checks || ' ' || checked || ' ' || failed || ' ' || found || ' ' || told")
        .await;
    assert_eq!(run, "1 1 0 0 0");
}

#[tokio::test]
async fn fast_asks_for_fifty_maps_at_once_and_reads_those_that_moved() {
    let mut world = World::with_maps(60).await;
    let body = json!({ "mapper": "Ada", "type": "fast" });
    world.follow(body).await;
    world.run().await;
    assert_eq!(
        (
            world.upstream.count(POSITIONS).await,
            world.upstream.count(TOP).await
        ),
        (2, 0)
    );
    world.next_day().await;
    for uid in ["Hill7", "Hill8"] {
        world.drive(uid, 3);
    }
    world.run().await;
    assert_eq!(
        (
            world.upstream.count(POSITIONS).await,
            world.upstream.count(TOP).await
        ),
        (4, 2)
    );
    let all = told(&world.eve).await;
    assert_eq!(all[0]["title"], "2 new records on maps by Ada");
    assert_eq!(
        all[0]["body"],
        "Somebody 0:20.050 on The Hill7: 50th, 0.049 s behind somebody\nSomebody 0:20.050 on The Hill8: 50th, 0.049 s behind somebody"
    );
    // Those that moved the day before are not read again, and nothing is told twice.
    world.next_day().await;
    world.run().await;
    assert_eq!(
        (
            world.upstream.count(POSITIONS).await,
            world.upstream.count(TOP).await
        ),
        (6, 2)
    );
    assert_eq!(told(&world.eve).await.len(), 1);
    // A search has seen it move, and has read it: that serves the run, too.
    world.next_day().await;
    world.drive("Hill9", 4);
    world
        .result(json!({ "mapper": "Ada", "mode": "fast" }))
        .await;
    let before = world.upstream.count(TOP).await;
    assert_eq!(before, 3);
    world.run().await;
    assert_eq!(world.upstream.count(TOP).await, before);
    assert_eq!(told(&world.eve).await.len(), 2);
}

#[tokio::test]
async fn many_who_follow_the_same_share_every_call() {
    let mut world = World::with_maps(4).await;
    let bob = world.app.register("Bob").await;
    let carl = world.app.register("Carl").await;
    let mallory = world.app.register("Mallory").await;
    world.follow(json!({ "mapper": "Ada" })).await;
    follow(&bob, json!({ "mapper": "Ada", "type": "fast" })).await;
    follow(&carl, json!({ "mapUid": "Hill2" })).await;
    let muting = follow(&mallory, json!({ "mapper": "Ada" })).await;
    let path = format!("/alerts/{}", muting["id"].as_str().unwrap());
    let muted = json!({ "mutedMaps": ["Hill2"] });
    mallory.patch(&path).json(&muted).await.assert_ok();
    world.run().await;
    world.next_day().await;
    let (bob, carl, mallory) = (
        world.again(&bob).await,
        world.again(&carl).await,
        world.again(&mallory).await,
    );
    // Whoever comes now takes stock.
    let late = world.app.register("Late").await;
    follow(&late, json!({ "mapper": "Ada" })).await;
    world.drive("Hill2", 3);
    world.run().await;
    assert_eq!(world.upstream.count(TOP).await, 4);
    for player in [&world.eve, &bob, &carl] {
        let all = told(player).await;
        assert_eq!(all.len(), 1);
        assert_eq!(
            all[0]["title"],
            "Somebody drove 0:20.050 on The Hill2"
                .replace("The Hill2", map_name(player.id == carl.id))
        );
    }
    assert_eq!(
        (told(&mallory).await.len(), told(&late).await.len()),
        (0, 0)
    );
    // What was driven while a map was muted is not told later.
    let unmuted = json!({ "mutedMaps": [] });
    mallory.patch(&path).json(&unmuted).await.assert_ok();
    world.next_day().await;
    let (mallory, late) = (world.again(&mallory).await, world.again(&late).await);
    world.drive("Hill3", 3);
    world.run().await;
    for player in [&mallory, &late] {
        let all = told(player).await;
        assert_eq!(all.len(), 1);
        assert_eq!(all[0]["title"], "Somebody drove 0:20.050 on The Hill3");
    }
}

/// Core and Trackmania Exchange have another name for it.
fn map_name(of_core: bool) -> &'static str {
    if of_core { "Hill2 map" } else { "The Hill2" }
}

#[tokio::test]
async fn what_appears_hours_late_is_told_and_what_is_older_than_the_alert_is_not() {
    let mut world = World::with_maps(1).await;
    world.follow(json!({ "mapper": "Ada" })).await;
    world.run().await;
    world.next_day().await;
    world.run().await;
    world.next_day().await;
    // The last check was a day ago.
    world
        .upstream
        .drive("Hill0", driven(&world.app, 2, 51, 24 * 60 + 5 * 60));
    world
        .upstream
        .drive("Hill0", driven(&world.app, 3, 52, 24 * 60 + 7 * 60));
    world.run().await;
    let all = told(&world.eve).await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["title"], "Somebody drove 0:20.051 on The Hill0");
    // Before stock was taken.
    let bob = world.app.register("Bob").await;
    follow(&bob, json!({ "mapper": "Ada" })).await;
    world.run().await;
    world.upstream.drive("Hill0", driven(&world.app, 4, 53, 60));
    world.next_day().await;
    let bob = world.again(&bob).await;
    world.run().await;
    assert_eq!(
        (told(&bob).await.len(), told(&world.eve).await.len()),
        (0, 2)
    );
}

#[tokio::test]
async fn a_thousand_new_records_are_a_summary() {
    let mut world = World::with_maps(15).await;
    world.follow(json!({ "mapper": "Ada" })).await;
    world.run().await;
    world.next_day().await;
    for number in 0..15 {
        let rows =
            (1..=70).map(|place| driven(&world.app, place, i64::try_from(place).unwrap(), 5));
        world.upstream.map(&format!("Hill{number}"), rows);
    }
    world.run().await;
    let all = told(&world.eve).await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["title"], "1,050 new records on maps by Ada");
    let body = all[0]["body"].as_str().unwrap();
    let mut lines = body.lines();
    assert_eq!(
        lines.next(),
        Some("1,050 new records on 15 maps. The best places:")
    );
    let lines: Vec<&str> = lines.collect();
    assert_eq!(lines.len(), 20);
    assert!(
        lines[0].ends_with(": 1st, 0.001 s ahead of somebody"),
        "{body}"
    );
    assert_eq!(world.last_run("found::text").await, "1050");
}

#[tokio::test]
async fn a_new_map_is_looked_at_and_a_mapper_who_is_gone_keeps_the_old_ones() {
    let mut world = World::with_maps(1).await;
    let alert = world
        .follow(json!({ "mapper": "Ada", "type": "fast" }))
        .await;
    world.run().await;
    world.next_day().await;
    world.upstream.unlist();
    world
        .upstream
        .list(listed(1, "Hill0", &[(ADA, "Ada the Great")]));
    for (id, uid) in [(10, "Dale"), (11, "Empty")] {
        let mut map = listed(id, uid, &[(ADA, "Ada the Great")]);
        map["MapType"] = json!("TM_Stunt");
        world.upstream.list(map);
        world.upstream.map(uid, []);
    }
    let rows = [
        driven(&world.app, 3, 1, 5),
        driven(&world.app, 4, 2, 48 * 60),
    ];
    world.upstream.map("Dale", rows);
    world.run().await;
    let all = told(&world.eve).await;
    assert_eq!(all[0]["title"], "Somebody drove 20,001 points on The Dale");
    assert_eq!(all[0]["body"], "1st, 1 points ahead of somebody");
    assert_eq!(
        world.upstream.count(TOP).await,
        1,
        "nobody drove on the other"
    );
    assert_eq!(world.alert(&alert).await["mapper"], "Ada the Great");
    world.next_day().await;
    world.upstream.unlist();
    world.drive("Hill0", 3);
    world.run().await;
    assert_eq!(told(&world.eve).await.len(), 2);
    let problem = world.alert(&alert).await["problem"].clone();
    assert!(
        problem
            .as_str()
            .unwrap()
            .starts_with("Trackmania Exchange tells of no maps"),
        "{problem}"
    );
}

#[tokio::test]
async fn an_admin_sees_what_a_run_came_to() {
    let mut world = World::with_maps(3).await;
    world.app.confirm_address(&world.eve).await;
    let body = json!({ "mapper": "Ada", "type": "fast" });
    world.follow(body).await;
    let overview = async |world: &World| {
        let admin = world.app.admin().await;
        let day = kernel::Day::of(world.app.clock.now());
        let overview = admin.get(&format!("/admin/overview?date={day}")).await;
        overview.assert_ok()["trackmania"].clone()
    };
    let none = json!({ "mapperAlerts": null, "driverChecks": null, "mailedMissed": 0, "mailedIsExact": true });
    assert_eq!(overview(&world).await, none);
    world.run().await;
    world.next_day().await;
    world.drive("Hill1", 3);
    world.run().await;
    let seen = overview(&world).await["mapperAlerts"].clone();
    let at = format!("{:.3}", world.app.clock.now());
    // The maps, how many have a record, a leaderboard, and the names of two.
    let want = json!({
        "checks": 1, "checked": 1, "failed": 0, "found": 1, "mailed": 0, "calls": seen["calls"],
        "startedAt": at, "endedAt": at,
    });
    assert_eq!(seen, want);
    let calls = seen["calls"].as_i64().unwrap();
    assert!((3..=8).contains(&calls), "{calls}");
    world.next_day().await;
    world.app.gather_digests().await;
    world.app.mail_to(&world.eve, "Somebody drove").await;
    world.run().await;
    crate::harness::eventually("its mail is counted", async || {
        world.app.advance(11);
        let seen = overview(&world).await["mapperAlerts"].clone();
        (seen["mailed"] == 1).then_some(())
    })
    .await;
}
