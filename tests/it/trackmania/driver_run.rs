//! What drivers hear of their places, once a day.

use serde_json::{Value, json};

use super::drivers::{EVE, board_with_eve, link, watch};
use crate::harness::{PASSWORD, Player, TestApp, Upstream, eventually, row};

pub const TOP: &str = "/top?";
pub const POSITIONS: &str = "/group/map?";
const DAY: u64 = 24 * 3600;

pub struct World {
    pub upstream: Upstream,
    pub app: TestApp,
    pub eve: Player,
}

fn run_over(runs: i64) -> String {
    format!(
        "select count(*) from (select from check_runs where ended_at is not null having count(*) = {runs}) as ended
         where not exists (select from jobs where kind like 'trackmania.tell%' and state in ('queued', 'running', 'failed'))"
    )
}

/// Has the database fire the schedule.
pub fn fire() -> String {
    "select enqueue_job(gen_random_uuid(), 'trackmania-runs', 'trackmania.check-drivers', null, '{}', null,
                        1::smallint, 3::smallint, now(), now())"
        .to_owned()
}

impl World {
    /// Eve is third on each of these maps, and watches it.
    pub async fn watching(maps: &[&str]) -> Self {
        let upstream = Upstream::start().await;
        let app = upstream.server().await;
        let eve = app.register("Eve").await;
        link(&app, &eve, EVE, true).await;
        for map in maps {
            upstream.map(map, board_with_eve(9, 3));
            watch(&eve, map).await;
        }
        let world = Self { upstream, app, eve };
        world.upstream.name(77, "Bob");
        world.app.advance(DAY);
        world
    }

    /// Only positions are asked about first.
    pub async fn trusting_positions(maps: &[&str]) -> Self {
        let world = Self::watching(maps).await;
        let fast = json!({ "alertType": "fast" });
        let eve = world.signed_in(&world.eve).await;
        eve.patch("/me").json(&fast).await.assert_ok();
        world
    }

    /// Bob drives between the first and the second, so that whoever was second or worse is a place lower.
    pub fn overtake(&self, map: &str) {
        let mut rows = board_with_eve(9, 3);
        rows.insert(1, row(77, 2, 20_500));
        self.show(map, rows);
    }

    pub fn show(&self, map: &str, mut rows: Vec<Value>) {
        for (index, row) in rows.iter_mut().enumerate() {
            row["position"] = json!(index + 1);
        }
        self.upstream.map(map, rows);
    }

    /// Begins the daily run.
    pub async fn begin(&self) {
        let now = self.app.clock.now();
        self.app
            .database
            .execute(&fire().replace("now()", &format!("'{now}'")))
            .await;
    }

    /// Until so many runs are over and have told everybody, letting the clock go on for what is tried again.
    pub async fn over(&self, runs: i64) {
        eventually("the run is over", async || {
            self.app.advance(5);
            let over = self.app.database.count(&run_over(runs)).await;
            (over == 1).then_some(())
        })
        .await;
    }

    /// A day's run, the first, second and so on.
    pub async fn day(&self, number: i64) {
        self.app.advance(DAY);
        self.begin().await;
        self.over(number).await;
    }

    /// Anew: days have passed.
    pub async fn signed_in(&self, player: &Player) -> Player {
        self.app.login(&player.email, PASSWORD).await
    }

    /// What she was told, the newest first.
    pub async fn told(&self) -> Vec<Value> {
        let eve = self.signed_in(&self.eve).await;
        let history = eve.get("/notifications").await.assert_ok();
        history["notifications"].as_array().unwrap().clone()
    }

    pub async fn watched(&self, map: &str) -> Value {
        let eve = self.signed_in(&self.eve).await;
        let list = eve.get("/driver-notifications").await.assert_ok();
        let mut all = list["driverNotifications"].as_array().unwrap().iter();
        all.find(|one| one["mapUid"] == map).unwrap().clone()
    }

    /// Checks, checked, failed, found, told.
    pub async fn counts(&self) -> Vec<i64> {
        let mut counts = Vec::new();
        for what in ["checks", "checked", "failed", "found", "told"] {
            let count = format!("select {what} from check_runs order by started_at desc limit 1");
            counts.push(self.app.database.count(&count).await);
        }
        counts
    }
}

#[tokio::test]
async fn who_is_overtaken_is_told_once_by_whom_and_what_wins_it_back() {
    let world = World::watching(&["Hill"]).await;
    world.day(1).await;
    assert_eq!(world.told().await, Vec::<Value>::new(), "nothing happened");
    world.overtake("Hill");
    world.day(2).await;
    let told = world.told().await;
    let [told] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(told["event"], "record_lost");
    assert_eq!(told["title"], "Bob took your 3rd place on Hill map");
    assert_eq!(told["link"], "/maps/Hill");
    let body = told["body"].as_str().unwrap();
    let want = "Hill map: Bob (0:20.500, 1.500 s ahead) took your 3rd place. You are 4th with 0:22.000. \
                0:20.999 or better wins it back.";
    assert!(
        body.starts_with(want) && body.ends_with("/maps/Hill"),
        "{body}"
    );
    assert_eq!(world.counts().await, [1, 1, 0, 1, 1]);
    assert_eq!(world.watched("Hill").await["position"], 4);
    // What was told is known.
    world.day(3).await;
    assert_eq!(world.told().await.len(), 1);
    assert_eq!(world.counts().await, [1, 1, 0, 0, 0]);
}

#[tokio::test]
async fn who_was_pushed_out_hears_when_the_place_is_restored() {
    let world = World::watching(&["Hill"]).await;
    let before = board_with_eve(9, 3);
    let mut crowded = before.clone();
    for driver in 70..73 {
        crowded.insert(1, row(driver, 2, 20_500));
    }
    world.show("Hill", crowded);
    world.day(1).await;
    let told = world.told().await;
    assert_eq!(
        told[0]["title"],
        "Somebody and 2 others took your 3rd place on Hill map"
    );
    let body = told[0]["body"].as_str().unwrap();
    assert!(
        body.contains("You were 3rd, and are 6th with 0:22.000"),
        "{body}"
    );
    world.show("Hill", before);
    world.day(2).await;
    let told = world.told().await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[0]["title"], "Your 3rd place on Hill map is restored");
    assert_eq!(world.watched("Hill").await["position"], 3);
}

#[tokio::test]
async fn all_places_of_a_day_are_one_message() {
    let world = World::watching(&["Hill", "Lake", "Moor"]).await;
    world.overtake("Hill");
    world.overtake("Lake");
    world.day(1).await;
    let told = world.told().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["title"], "You lost 2 of your places");
    assert_eq!(told[0]["body"].as_str().unwrap().lines().count(), 2);
}

#[tokio::test]
async fn where_positions_do_only_the_leaderboards_that_moved_are_read() {
    let maps: Vec<String> = (0..60).map(|number| format!("Hill{number:02}")).collect();
    let maps: Vec<&str> = maps.iter().map(String::as_str).collect();
    let world = World::trusting_positions(&maps).await;
    world.overtake("Hill07");
    let before = (
        world.upstream.count(TOP).await,
        world.upstream.count(POSITIONS).await,
    );
    world.day(1).await;
    let calls = (
        world.upstream.count(TOP).await - before.0,
        world.upstream.count(POSITIONS).await - before.1,
    );
    assert_eq!(
        calls,
        (1, 2),
        "one leaderboard, and one call for fifty maps"
    );
    assert_eq!(world.told().await.len(), 1);
    assert_eq!(world.counts().await, [60, 60, 0, 1, 1]);
    let calls = "select calls from check_runs";
    // With Bob's name.
    assert_eq!(world.app.database.count(calls).await, 4);
}

#[tokio::test]
async fn many_who_watch_a_map_share_one_call() {
    let world = World::watching(&["Hill"]).await;
    let mut others = Vec::new();
    for driver in [1_u128, 2, 4, 5] {
        let other = world.app.register(&format!("Driver{driver}")).await;
        link(&world.app, &other, driver, true).await;
        watch(&other, "Hill").await;
        others.push(other);
    }
    world.overtake("Hill");
    let before = world.upstream.count(TOP).await;
    world.day(1).await;
    assert_eq!(world.upstream.count(TOP).await - before, 1);
    // All but the first lost a place, and one of them the fifth.
    assert_eq!(world.counts().await, [5, 5, 0, 4, 4]);
    let fifth = world.signed_in(&others[3]).await;
    let history = fifth.get("/notifications").await.assert_ok();
    let title = history["notifications"][0]["title"].clone();
    assert_eq!(title, "Bob took your 5th place on Hill map");
}
