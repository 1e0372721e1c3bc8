//! What is done by the calendar, once over all servers.

use std::time::Duration;

use jobs::{Schedule, Timing};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::world::{Act, World, step};
use crate::harness::{TestDatabase, TestProcess, eventually};

const HOUR: Duration = Duration::from_secs(3600);

/// Every ten minutes.
fn schedule() -> Schedule {
    Schedule::new("test", "*/10 * * * *", "UTC", || step("tick", Act::Succeed))
}

/// One more server that fires schedules, until it is dropped.
fn server(world: &World) -> DropGuard {
    let stop = CancellationToken::new();
    let firing = world
        .jobs
        .clone()
        .run_schedules(vec![schedule()], HOUR, stop.clone());
    tokio::spawn(firing);
    stop.drop_guard()
}

async fn firings(world: &World, what: &str) -> i64 {
    let count = format!("select count(*) from schedule_firings where {what}");
    world.database.count(&count).await
}

async fn until_next_is_later(world: &World) {
    eventually("the schedule looks ahead", async || {
        let now = world.clock.now();
        let ahead = format!("select count(*) from schedules where next_at > '{now}'");
        (world.database.count(&ahead).await == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn each_time_fires_once_though_five_servers_run() {
    let world = World::start().await;
    let _servers: Vec<_> = (0..5).map(|_| server(&world)).collect();
    until_next_is_later(&world).await;
    assert_eq!(firings(&world, "true").await, 0, "not before its time");
    for round in 1..=3 {
        world.advance(600);
        until_next_is_later(&world).await;
        assert_eq!(firings(&world, "job_id is not null").await, round);
    }
    // While one waits, another would be in vain.
    assert_eq!(world.database.count("select count(*) from jobs").await, 1);
}

#[tokio::test]
async fn what_no_server_was_there_for_is_made_up_for_unless_it_is_too_late() {
    let world = World::start().await;
    let first = server(&world);
    until_next_is_later(&world).await;
    drop(first);
    world.advance(600);
    let second = server(&world);
    until_next_is_later(&world).await;
    assert_eq!(
        firings(&world, "job_id is not null").await,
        1,
        "late, not lost"
    );
    drop(second);
    // Six of these are within the hour; of those before, one line tells that they were skipped.
    world.advance(24 * 3600);
    let _third = server(&world);
    until_next_is_later(&world).await;
    let fired = firings(&world, "job_id is not null").await;
    assert!((6..=8).contains(&fired), "{fired}");
    assert_eq!(firings(&world, "job_id is null").await, 1);
}

#[tokio::test]
async fn a_schedule_can_be_moved_and_fired_by_hand() {
    let world = World::start().await;
    let moved = schedule().at(Timing::new("30 8 * * *", "Europe/Berlin").unwrap());
    let enqueued = world.jobs.fire(&moved).await.unwrap();
    assert!(enqueued.is_new);
    assert_eq!(world.jobs.fire(&moved).await.unwrap().id, enqueued.id);
    let _worker = world.worker();
    assert_eq!(world.begun(1).await, ["tick"]);
    assert_eq!(moved.timing().zone, "Europe/Berlin");
}

#[tokio::test]
async fn the_command_line_lists_schedules_and_fires_one() {
    let database = TestDatabase::create().await;
    let command = || TestProcess::builder().database(&database);
    let listed = command()
        .setting(
            "SCHEDULES",
            "jobs.purge=0 3 * * * Europe/Berlin; scores.purge=off",
        )
        .run(&["schedules"])
        .await;
    let text = String::from_utf8(listed.stdout).unwrap();
    let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(line("scores.purge").ends_with("off"), "{text}");
    assert!(
        line("jobs.purge").contains("0 3 * * *        Europe/Berlin        next 20"),
        "{text}"
    );
    let fired = command().run(&["schedules", "run", "jobs.purge"]).await;
    assert!(fired.status.success(), "{fired:?}");
    let jobs = "select count(*) from jobs where kind = 'jobs.purge' and state = 'queued'";
    assert_eq!(database.count(jobs).await, 1);
    let unknown = command().run(&["schedules", "run", "nothing"]).await;
    assert_eq!(unknown.status.code(), Some(1));
    let wrong = command()
        .setting("SCHEDULES", "jobs.purge=daily")
        .run(&["schedules"])
        .await;
    assert_eq!(wrong.status.code(), Some(2));
}
