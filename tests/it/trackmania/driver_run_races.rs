//! What drivers hear of their places when others come between a daily run and what it does.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgTransaction};
use wiremock::ResponseTemplate;

use super::driver_run::{TOP, World};
use super::drivers::{link, watch};
use crate::harness::{account, eventually, within};

impl World {
    /// Somebody else who changes something, and is not done yet.
    async fn other(&self, sql: &str) -> PgTransaction<'static> {
        let mut other = self.app.database.pool.begin().await.unwrap();
        other.execute(AssertSqlSafe(sql)).await.unwrap();
        other
    }

    /// Until the server waits for that one.
    async fn waits(&self) {
        let waiting = "select count(*) from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock'";
        self.until("the server waits", waiting, 1).await;
    }

    /// The three hours of the run are over.
    async fn deadline(&self) {
        let due = "update jobs set due_at = created_at where kind = 'trackmania.end-run'";
        self.app.database.execute(due).await;
    }

    async fn until(&self, what: &str, count: &str, want: i64) {
        eventually(what, async || {
            (self.app.database.count(count).await == want).then_some(())
        })
        .await;
    }

    async fn switch(&self, enabled: bool) {
        let eve = self.signed_in(&self.eve).await;
        let id = self.watched("Hill").await["id"].clone();
        let path = format!("/driver-notifications/{}", id.as_str().unwrap());
        let change = json!({ "enabled": enabled });
        eve.patch(&path).json(&change).await.assert_ok();
    }
}

fn broken(times: usize) -> impl Iterator<Item = ResponseTemplate> {
    std::iter::repeat_n(ResponseTemplate::new(403), times)
}

#[tokio::test]
async fn what_is_found_after_the_end_is_told_by_the_next_run() {
    let world = World::watching(&["Hill"]).await;
    world.overtake("Hill");
    let slow = world
        .other("lock table map_boards in access exclusive mode")
        .await;
    world.begin().await;
    world.waits().await;
    world.deadline().await;
    world.over(1).await;
    assert_eq!(world.told().await[0]["event"], "checks_missed");
    slow.rollback().await.unwrap();
    let ended = "select count(*) from jobs where kind = 'trackmania.check-places' and finished_at is not null";
    world.until("the late one ends", ended, 1).await;
    assert_eq!(world.watched("Hill").await["position"], 3);
    world.day(2).await;
    assert_eq!(
        world.told().await[0]["title"],
        "Bob took your 3rd place on Hill map"
    );
}

#[tokio::test]
async fn what_is_being_written_down_at_the_deadline_is_waited_for() {
    let world = World::watching(&["Hill"]).await;
    world.overtake("Hill");
    let other = world
        .other("select from driver_notifications for no key update")
        .await;
    world.begin().await;
    world.waits().await;
    world.deadline().await;
    let both = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    world.until("both wait", both, 2).await;
    other.rollback().await.unwrap();
    world.over(1).await;
    // In one order: neither had to be given up.
    let given_up = "select count(*) from jobs where errors::text like '%deadlock%'";
    assert_eq!(world.app.database.count(given_up).await, 0);
    assert_eq!(world.counts().await, [1, 1, 0, 1, 1]);
    assert_eq!(
        world.told().await[0]["title"],
        "Bob took your 3rd place on Hill map"
    );
}

#[tokio::test]
async fn who_watches_anew_in_mid_run_is_compared_with_nothing_older() {
    let world = World::watching(&["Hill"]).await;
    world.overtake("Hill");
    let anew = format!(
        "update driver_notifications set position = 1, time = 19000, ahead = '{{}}', account_id = '{}', checked_at = '{}'",
        account(1),
        world.app.clock.now() + jiff::SignedDuration::from_secs(1)
    );
    let anew = world.other(&anew).await;
    world.begin().await;
    world.waits().await;
    anew.commit().await.unwrap();
    world.over(1).await;
    assert_eq!(world.told().await, Vec::<Value>::new());
    assert_eq!(world.counts().await, [1, 1, 0, 0, 0]);
    let watched = world.watched("Hill").await;
    assert_eq!(
        (&watched["position"], &watched["time"]),
        (&json!(1), &json!(19_000))
    );
}

#[tokio::test]
async fn who_watches_anew_as_another_account_is_watched() {
    let world = World::watching(&["Hill"]).await;
    link(&world.app, &world.eve, 1, true).await;
    let anew = format!(
        "update driver_notifications set account_id = '{}'",
        account(1)
    );
    let anew = world.other(&anew).await;
    world.begin().await;
    world.waits().await;
    anew.commit().await.unwrap();
    world.over(1).await;
    let watched = world.watched("Hill").await;
    assert_eq!(
        (&watched["enabled"], &watched["problem"]),
        (&json!(true), &json!(null))
    );
}

#[tokio::test]
async fn what_is_switched_on_again_while_a_run_is_planned_keeps_nobody_waiting() {
    let world = World::watching(&["Hill"]).await;
    let zoe = world.app.register("Zoe").await;
    link(&world.app, &zoe, 1, true).await;
    watch(&zoe, "Hill").await;
    world.switch(false).await;
    world.app.advance(120);
    world.overtake("Hill");
    // The planning breaks off near its end, and the leaderboard is to be asked for once more.
    let stuck = "alter table check_runs add constraint stuck check (planned_at is null)";
    world.app.database.execute(stuck).await;
    world.upstream.fail("/map/Hill/top", broken(1));
    world.begin().await;
    let waiting =
        "select count(*) from jobs where kind like 'trackmania.check-%' and state = 'failed'";
    world.until("both wait", waiting, 2).await;
    world.switch(true).await;
    let on = "alter table check_runs drop constraint stuck";
    world.app.database.execute(on).await;
    world.over(1).await;
    assert_eq!(world.counts().await, [2, 2, 0, 1, 1]);
    assert_eq!(
        world.told().await[0]["title"],
        "Bob took your 3rd place on Hill map"
    );
}

#[tokio::test]
async fn who_switches_off_in_mid_run_misses_nothing() {
    let world = World::watching(&["Hill"]).await;
    let before = world.upstream.count(TOP).await;
    world.upstream.fail("/map/Hill/top", broken(3));
    world.begin().await;
    eventually("the leaderboard is asked for", async || {
        (world.upstream.count(TOP).await > before).then_some(())
    })
    .await;
    world.switch(false).await;
    world.over(1).await;
    assert_eq!(world.counts().await, [1, 0, 1, 0, 0]);
    assert_eq!(world.told().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_run_that_can_not_be_ended_is_ended_later() {
    let world = World::watching(&["Hill"]).await;
    let stuck = "alter table check_runs add constraint stuck check (ended_at is null)";
    world.app.database.execute(stuck).await;
    world.begin().await;
    let tried = "select count(*) from jobs where kind = 'trackmania.end-run' and attempts > 4";
    eventually("it was tried again and again", async || {
        world.app.advance(3600);
        (world.app.database.count(tried).await == 1).then_some(())
    })
    .await;
    let on = "alter table check_runs drop constraint stuck";
    world.app.database.execute(on).await;
    world.over(1).await;
}

#[tokio::test]
async fn an_empty_leaderboard_is_believed_the_next_day() {
    for empty in [json!({}), json!({ "tops": [{ "top": [] }] })] {
        let world = World::watching(&["Hill"]).await;
        let nothing = ResponseTemplate::new(200).set_body_json(&empty);
        // Once is nothing.
        world.upstream.fail("/map/Hill/top", [nothing.clone()]);
        world.day(1).await;
        assert_eq!(world.told().await, Vec::<Value>::new(), "{empty}");
        assert_eq!(world.counts().await, [1, 1, 0, 0, 0], "{empty}");
        let all_day = || std::iter::repeat_n(nothing.clone(), 5);
        world.upstream.fail("/map/Hill/top", all_day().take(5));
        world.day(2).await;
        assert_eq!(world.told().await[0]["event"], "checks_missed", "{empty}");
        assert_eq!(world.counts().await, [1, 0, 1, 0, 1], "{empty}");
        let watched = world.watched("Hill").await;
        assert_eq!(watched["position"], 3, "{empty}");
        let problem = watched["problem"].as_str().unwrap();
        assert!(problem.starts_with("Trackmania showed no records on it at all."));
        world.upstream.fail("/map/Hill/top", all_day());
        world.day(3).await;
        let title = world.told().await[0]["title"].clone();
        assert_eq!(
            title, "Your record on Hill map, the 3rd, was removed",
            "{empty}"
        );
    }
}

#[tokio::test]
async fn a_person_does_not_wait_behind_a_run_that_waits_for_people() {
    let world = World::watching(&["Hill"]).await;
    // All places but that of people are taken.
    let taken = "insert into call_slots (service, slot, held_until)
                 select 'nadeo', slot, now() + interval '1 hour' from generate_series(1, 3) as slot
                 on conflict (service, slot) do update set held_until = excluded.held_until";
    world.app.database.execute(taken).await;
    world.begin().await;
    let begun =
        "select count(*) from jobs where kind = 'trackmania.check-places' and state = 'running'";
    world.until("the run asks", begun, 1).await;
    // More than once, so that it is sure to stand in line by then.
    for _ in 0..3 {
        let shown = within("a person is answered", world.app.records("Hill")).await;
        assert_eq!(
            shown.assert_ok()["records"].as_array().unwrap().len(),
            9 + 1
        );
        world.app.advance(120);
    }
    let end = "update call_slots set held_until = '-infinity'";
    world.app.database.execute(end).await;
    world.over(1).await;
}
