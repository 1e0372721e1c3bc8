//! What drivers hear of their places when something goes wrong on the way.

use std::time::Duration;

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::driver_run::{POSITIONS, TOP, World, fire};
use super::drivers::{EVE, board_with_eve, link, watch};
use crate::harness::{PASSWORD, TestDatabase, TestProcess, Upstream, account, eventually};

#[tokio::test]
async fn what_could_not_be_checked_is_said_and_checked_the_next_day() {
    let world = World::watching(&["Hill", "Lake"]).await;
    world.overtake("Hill");
    world.overtake("Lake");
    let broken = || std::iter::repeat_n(ResponseTemplate::new(403), 3);
    world.upstream.fail("/map/Lake/top", broken());
    world.day(1).await;
    let told = world.told().await;
    assert_eq!(told[0]["title"], "Bob took your 3rd place on Hill map");
    let body = told[0]["body"].as_str().unwrap();
    assert!(body.contains("Could not be checked: Lake map."), "{body}");
    assert_eq!(world.counts().await, [2, 1, 1, 1, 1]);
    let problem = world.watched("Lake").await["problem"].clone();
    assert_eq!(
        problem,
        "Trackmania answered with status 403. Try again in a moment."
    );
    world.day(2).await;
    let told = world.told().await;
    assert_eq!(told[0]["title"], "Bob took your 3rd place on Lake map");
    assert_eq!(world.watched("Lake").await["problem"], json!(null));
    // Where that is all, it is another event, which nobody is woken for.
    world.upstream.fail("/map/Lake/top", broken());
    world.day(3).await;
    let told = world.told().await;
    assert_eq!(told[0]["event"], "checks_missed");
    assert_eq!(
        told[0]["title"],
        "Your place on Lake map could not be checked"
    );
}

#[tokio::test]
async fn an_empty_list_of_positions_is_no_position() {
    let world = World::trusting_positions(&["Hill"]).await;
    world.overtake("Hill");
    let empty = ResponseTemplate::new(200).set_body_json(json!([]));
    world.upstream.fail(POSITIONS, [empty]);
    world.day(1).await;
    assert_eq!(world.told().await[0]["event"], "checks_missed");
    world.day(2).await;
    assert_eq!(world.told().await[0]["event"], "record_lost");
}

#[tokio::test]
async fn a_token_that_is_revoked_in_mid_run_costs_nothing() {
    let world = World::watching(&["Hill", "Lake", "Moor"]).await;
    for map in ["Hill", "Lake", "Moor"] {
        world.overtake(map);
    }
    world.upstream.revoke(true);
    world.day(1).await;
    assert_eq!(world.counts().await, [3, 3, 0, 3, 1]);
}

#[tokio::test]
async fn at_the_deadline_everybody_is_told_what_is_known() {
    let world = World::watching(&["Hill", "Lake"]).await;
    world.overtake("Hill");
    world.overtake("Lake");
    let much_later = ResponseTemplate::new(503);
    let later = std::iter::repeat_n(much_later.set_delay(Duration::from_secs(600)), 9);
    world.upstream.fail("/map/Lake/top", later);
    world.begin().await;
    eventually("Hill is checked", async || {
        let checked = "select count(*) from driver_checks where is_checked";
        (world.app.database.count(checked).await == 1).then_some(())
    })
    .await;
    // The schedule fires again meanwhile: one run goes on.
    world.begin().await;
    world.app.advance(3 * 3600);
    world.over(1).await;
    let told = world.told().await;
    assert_eq!(told.len(), 1);
    let body = told[0]["body"].as_str().unwrap();
    assert!(body.contains("Could not be checked: Lake map."), "{body}");
    assert_eq!(world.counts().await, [2, 1, 1, 1, 1]);
    let problem = world.watched("Lake").await["problem"].clone();
    assert_eq!(problem, "There was no time left to look at it.");
}

#[tokio::test]
async fn a_place_of_another_account_is_watched_no_more() {
    let world = World::watching(&["Hill"]).await;
    link(&world.app, &world.eve, 1, true).await;
    world.overtake("Hill");
    world.day(1).await;
    assert_eq!(world.told().await, Vec::<Value>::new());
    let watched = world.watched("Hill").await;
    assert_eq!(watched["enabled"], false);
    let problem = watched["problem"].as_str().unwrap();
    assert!(problem.contains("another one now"), "{problem}");
    // What is switched off costs no call.
    let before = world.upstream.count(TOP).await;
    world.day(2).await;
    assert_eq!(world.upstream.count(TOP).await, before);
}

#[tokio::test]
async fn whoever_leaves_in_mid_run_is_not_missed_by_it() {
    let world = World::watching(&["Hill"]).await;
    let slow = ResponseTemplate::new(503).set_delay(Duration::from_secs(600));
    world.upstream.fail("/map/Hill/top", [slow]);
    world.begin().await;
    eventually("the leaderboard is asked for", async || {
        let asked = world.upstream.asked("/map/Hill/top").await;
        (asked.len() >= 2).then_some(())
    })
    .await;
    let eve = world.signed_in(&world.eve).await;
    eve.delete("/me").await.assert_gone();
    world.app.advance(3 * 3600);
    world.over(1).await;
    for table in ["driver_notifications", "driver_checks", "notifications"] {
        let left = format!("select count(*) from {table}");
        assert_eq!(world.app.database.count(&left).await, 0, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_kill_9_in_mid_run_everybody_is_told_once() {
    let (upstream, database) = (Upstream::start().await, TestDatabase::create().await);
    let server = upstream
        .process(TestProcess::builder().database(&database))
        .start()
        .await;
    let eve = server.register("Eve").await;
    let linked = format!(
        "insert into identities (user_id, provider, external_id, verified, created_at)
         values ('{}', 'trackmania', '{}', true, now())",
        eve.uuid(),
        account(EVE)
    );
    database.execute(&linked).await;
    for map in ["Hill", "Lake"] {
        upstream.map(map, board_with_eve(9, 3));
        watch(&eve, map).await;
        upstream.map(map, board_with_eve(9, 4));
    }
    // What was told a minute ago would do.
    database.execute("truncate map_boards").await;
    let slow = ResponseTemplate::new(503).set_delay(Duration::from_secs(600));
    upstream.fail("/map/Lake/top", [slow]);
    database.execute(&fire()).await;
    eventually("Hill is checked", async || {
        let checked = "select count(*) from driver_checks where is_checked";
        (database.count(checked).await == 1).then_some(())
    })
    .await;
    let finished = server.kill().await;

    let server = finished.again().start().await;
    let eve = server.login(&eve.email, PASSWORD).await;
    let told = eventually("Eve is told", async || {
        let history = eve.get("/notifications").await.assert_ok();
        history["notifications"].get(0).cloned()
    })
    .await;
    assert_eq!(told["title"], "You lost 2 of your places");
    for (what, want) in [
        ("count(*) from notifications", 1),
        ("checked from check_runs", 2),
        ("found from check_runs", 2),
        ("told from check_runs", 1),
    ] {
        let count = format!("select {what}");
        assert_eq!(database.count(&count).await, want, "{what}");
    }
    server.terminate().await;
}
