//! The run over all mapper alerts, where something goes wrong.

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::alerts::follow;
use super::world::{POSITIONS, TOP, World, driven, told};
use crate::harness::Upstream;

const TEN_MINUTES: u64 = 600;

fn strange() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!(["no"]))
}

fn path(alert: &Value) -> String {
    format!("/alerts/{}", alert["id"].as_str().unwrap())
}

impl World {
    /// With stock taken, a day ago.
    async fn followed(maps: i64, kind: &str) -> (Self, Value) {
        let mut world = Self::with_maps(maps).await;
        let body = json!({ "mapper": "Ada", "type": kind });
        let alert = world.follow(body).await;
        world.run().await;
        world.next_day().await;
        (world, alert)
    }
}

impl World {
    /// Until everybody is told, however often the run has to wait.
    async fn through_pauses(&self) {
        crate::harness::eventually("the run is over", async || {
            if self.is_paused().await {
                self.app.advance(2 * TEN_MINUTES);
            }
            self.is_told().await.then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn maps_that_could_not_be_looked_at_are_named_and_made_up_for() {
    let (mut world, alert) = World::followed(3, "accurate").await;
    for uid in ["Hill0", "Hill1", "Hill2"] {
        world.drive(uid, 3);
    }
    // One fails as often as it is asked; another once only.
    world
        .upstream
        .fail("/map/Hill1/top?", [strange(), strange(), strange()]);
    world.upstream.fail("/map/Hill2/top?", [strange()]);
    // A moment's wait costs nothing, nor does a token that is taken away.
    world
        .upstream
        .fail("/map/Hill0/top?", [ResponseTemplate::new(401)]);
    world.run().await;
    let all = told(&world.eve).await;
    assert_eq!(all[0]["title"], "2 new records on maps by Ada");
    let body = all[0]["body"].as_str().unwrap();
    assert!(
        body.starts_with("2 new records on 2 maps. 1 map could not be looked at: Trackmania sent"),
        "{body}"
    );
    let problem = world.alert(&alert).await["problem"].clone();
    assert!(
        problem
            .as_str()
            .unwrap()
            .starts_with("1 map could not be looked at"),
        "{problem}"
    );
    world.next_day().await;
    world.run().await;
    let all = told(&world.eve).await;
    assert_eq!(
        (all.len(), &all[0]["title"]),
        (2, &json!("Somebody drove 0:20.050 on The Hill1"))
    );
    assert_eq!(world.alert(&alert).await["problem"], json!(null));
}

#[tokio::test]
async fn a_service_that_is_away_is_asked_again_after_a_while() {
    let (world, _) = World::followed(8, "accurate").await;
    world.drive("Hill7", 3);
    world.upstream.fail(TOP, (0..12).map(|_| strange()));
    world.begin_run().await;
    world.until_paused().await;
    assert_eq!(told(&world.eve).await.len(), 0);
    // Nothing else is begun meanwhile.
    world.app.run_chore("trackmania.mapper-alerts").await;
    assert_eq!(
        world
            .app
            .database
            .count("select count(*) from check_runs")
            .await,
        2
    );
    world.through_pauses().await;
    let all = told(&world.again(&world.eve).await).await;
    assert_eq!(all.len(), 1);
    assert!(
        all[0]["title"].as_str().unwrap().contains("Hill7"),
        "{all:?}"
    );
}

#[tokio::test]
async fn what_stays_away_is_told_as_missed_and_nothing_is_lost() {
    let (mut world, alert) = World::followed(6, "fast").await;
    world.drive("Hill5", 3);
    world
        .upstream
        .fail(POSITIONS, (0..200).map(|_| ResponseTemplate::new(500)));
    world.begin_run().await;
    world.through_pauses().await;
    world.eve = world.again(&world.eve).await;
    let all = told(&world.eve).await;
    assert_eq!(
        json!([all[0]["event"], all[0]["title"]]),
        json!(["checks_missed", "Not checked: maps by Ada"])
    );
    assert_eq!(world.last_run("checked || ' ' || failed").await, "0 1");
    let missed = world.alert(&alert).await;
    assert!(
        missed["problem"]
            .as_str()
            .unwrap()
            .starts_with("6 maps could not"),
        "{missed}"
    );
    world.upstream.heal();
    world.next_day().await;
    world.run().await;
    let all = told(&world.eve).await;
    assert_eq!(
        (all.len(), &all[0]["title"]),
        (2, &json!("Somebody drove 0:20.050 on The Hill5"))
    );
}

#[tokio::test]
async fn positions_that_are_not_told_are_asked_for_once_more() {
    let (world, _) = World::followed(3, "fast").await;
    world.drive("Hill1", 3);
    let nothing = ResponseTemplate::new(200).set_body_json(json!([]));
    world.upstream.fail(POSITIONS, [nothing]);
    world.run().await;
    assert_eq!(told(&world.eve).await.len(), 1);
    assert_eq!(world.upstream.count(POSITIONS).await, 1 + 2);
}

#[tokio::test]
async fn exchange_may_be_away() {
    let mut world = World::with_maps(2).await;
    let alert = world.follow(json!({ "mapper": "Ada" })).await;
    let away = || (0..40).map(|_| strange());
    world.upstream.fail("/exchange/", away());
    world.begin_run().await;
    world.through_pauses().await;
    world.eve = world.again(&world.eve).await;
    // Nobody knows her maps yet, so not even stock is taken.
    let listed = world.alert(&alert).await;
    assert_eq!(listed["checkedAt"], json!(null));
    assert!(listed["problem"].is_string(), "{listed}");
    assert_eq!(world.last_run("checked || ' ' || failed").await, "0 1");
    world.upstream.heal();
    for day in 0..2 {
        world.next_day().await;
        if day == 1 {
            world.upstream.fail("/exchange/", away());
            world.drive("Hill1", 3);
        }
        world.begin_run().await;
        world.through_pauses().await;
        world.eve = world.again(&world.eve).await;
    }
    let all = told(&world.eve).await;
    assert_eq!((all.len(), &all[0]["event"]), (1, &json!("map_record")));
    assert!(world.alert(&alert).await["problem"].is_string());
}

#[tokio::test]
async fn who_goes_or_mutes_meanwhile_is_told_nothing() {
    let (world, alert) = World::followed(8, "accurate").await;
    let (bob, carl) = (
        world.app.register("Bob").await,
        world.app.register("Carl").await,
    );
    let his = follow(&bob, json!({ "mapper": "Ada" })).await;
    follow(&carl, json!({ "mapper": "Ada" })).await;
    world.run().await;
    let mut world = world;
    world.next_day().await;
    let (bob, carl) = (world.again(&bob).await, world.again(&carl).await);
    world.drive("Hill1", 3);
    world.upstream.fail(TOP, (0..12).map(|_| strange()));
    world.begin_run().await;
    world.until_paused().await;
    let muted = json!({ "mutedMaps": ["Hill1"] });
    world
        .eve
        .patch(&path(&alert))
        .json(&muted)
        .await
        .assert_ok();
    bob.delete(&path(&his)).await.assert_gone();
    carl.delete("/me").await.assert_gone();
    world.app.advance(2 * TEN_MINUTES);
    world.until_told().await;
    let (eve, bob) = (world.again(&world.eve).await, world.again(&bob).await);
    assert_eq!((told(&eve).await.len(), told(&bob).await.len()), (0, 0));
    assert_eq!(
        world
            .last_run("checked || ' ' || checks || ' ' || (ended_at is not null)")
            .await,
        "1 1 true"
    );
}

#[tokio::test]
async fn a_run_goes_on_where_a_server_stopped() {
    let upstream = Upstream::start().await;
    let app = upstream
        .builder()
        .setting("NADEO_REQUESTS_PER_SECOND", "40")
        .start()
        .await;
    let mut world = World::of(upstream, app, 60).await;
    world.follow(json!({ "mapper": "Ada" })).await;
    world.run().await;
    world.next_day().await;
    for number in 0..60 {
        world.drive(&format!("Hill{number}"), 3);
    }
    world.begin_run().await;
    crate::harness::eventually("it has begun", async || {
        (world.upstream.count(TOP).await > 10).then_some(())
    })
    .await;
    let next = world.upstream.settings(world.app.neighbour()).start().await;
    let first = std::mem::replace(&mut world.app, next);
    first.stop().await;
    world.until_told().await;
    world.eve = world.again(&world.eve).await;
    let all = told(&world.eve).await;
    assert_eq!(
        (all.len(), &all[0]["title"]),
        (1, &json!("60 new records on maps by Ada"))
    );
    // Those that were under way are asked for again.
    let asked = world.upstream.count(TOP).await;
    assert!((60..=66).contains(&asked), "{asked}");
    assert_eq!(world.last_run("found || ' ' || told").await, "60 1");
}

#[tokio::test]
async fn a_run_that_takes_too_long_ends_and_the_next_goes_on_from_there() {
    let (mut world, _) = World::followed(8, "accurate").await;
    world.drive("Hill7", 3);
    world.upstream.fail(TOP, (0..12).map(|_| strange()));
    world.begin_run().await;
    world.until_paused().await;
    // Nobody goes on with it.
    let stop = "update jobs set due_at = 'infinity' where kind = 'trackmania.mapper-alerts.step' and state = 'delayed'";
    world.app.database.execute(stop).await;
    world.app.advance(20 * 3_600);
    crate::harness::eventually("it ends", async || {
        let open = "select count(*) from check_runs where ended_at is null";
        (world.app.database.count(open).await == 0).then_some(())
    })
    .await;
    assert_eq!(world.last_run("checked || ' ' || failed").await, "0 1");
    let gone =
        "delete from jobs where kind = 'trackmania.mapper-alerts.step' and finished_at is null";
    world.app.database.execute(gone).await;
    world.next_day().await;
    world.run().await;
    assert_eq!(told(&world.eve).await.len(), 1);
}

#[tokio::test]
async fn the_schedule_fires_once_though_two_servers_run() {
    let upstream = Upstream::start().await;
    let (name, at) = ("MAPPER_ALERTS_AT", "0 5 * * * Europe/Paris");
    let app = upstream.builder().setting(name, at).start().await;
    let world = World::of(upstream, app, 2).await;
    let second = world.upstream.settings(world.app.neighbour());
    let second = second.setting(name, at).start().await;
    world.follow(json!({ "mapper": "Ada" })).await;
    world.run().await;
    world.upstream.drive("Hill1", driven(&world.app, 3, 50, -1));
    let runs = "select count(*) from check_runs";
    assert_eq!(world.app.database.count(runs).await, 1);
    // It is five o'clock in Paris within a day.
    for _ in 0..24 {
        world.app.advance(3_600);
        let next = format!(
            "select count(*) from schedules where next_at <= '{}'",
            world.app.clock.now()
        );
        crate::harness::eventually("schedules have fired", async || {
            (world.app.database.count(&next).await == 0).then_some(())
        })
        .await;
    }
    world.until_told().await;
    assert_eq!(world.app.database.count(runs).await, 2);
    let at = world
        .last_run("to_char(started_at at time zone 'Europe/Paris', 'HH24')")
        .await;
    assert_eq!(at, "05");
    assert_eq!(told(&world.again(&world.eve).await).await.len(), 1);
    second.stop().await;
}

#[tokio::test]
async fn a_service_that_wants_a_moment_s_peace_in_mid_run_gets_it_and_is_asked_again() {
    let (world, _) = World::followed(2, "accurate").await;
    for uid in ["Hill0", "Hill1"] {
        world.drive(uid, 3);
    }
    let peace = ResponseTemplate::new(429).insert_header("Retry-After", "1");
    world.upstream.fail("/map/Hill0/top?", [peace]);
    world.run().await;
    let all = told(&world.eve).await;
    assert_eq!(all[0]["title"], "2 new records on maps by Ada");
    assert_eq!(world.last_run("failed::text").await, "0");
}

#[tokio::test]
async fn a_mapper_with_five_thousand_maps_is_looked_at_whole() {
    let (world, _) = World::followed(5_000, "fast").await;
    let before = (
        world.upstream.count(TOP).await,
        world.upstream.count(POSITIONS).await,
    );
    for uid in ["Hill0", "Hill2500", "Hill4999"] {
        world.drive(uid, 3);
    }
    world.run().await;
    let asked = (
        world.upstream.count(TOP).await - before.0,
        world.upstream.count(POSITIONS).await - before.1,
    );
    assert_eq!(asked, (3, 100));
    let all = told(&world.eve).await;
    assert_eq!(all[0]["title"], "3 new records on maps by Ada");
}
