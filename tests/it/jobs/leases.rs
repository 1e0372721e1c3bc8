//! Workers that die, stop, or are many.

use std::collections::HashSet;
use std::time::Duration;

use db::private::PrivatePostgres;
use jobs::State;

use super::world::{Act, World};
use crate::harness::{TestDatabase, eventually, folder, url_of, within};

#[tokio::test]
async fn when_a_worker_is_killed_another_takes_over_after_the_lease_and_the_effect_happens_once() {
    let world = World::start().await;
    let killed = world.worker();
    let id = world.step("a", Act::LateEffect).await;
    world.until(id, State::Running).await;
    world.begun(1).await;
    drop(killed);
    let _next = world.worker();
    let other = world.step("b", Act::Succeed).await;
    world.until(other, State::Succeeded).await;
    assert_eq!(world.find(id).await.unwrap().attempts, 1, "its lease lasts");
    world.advance(31);
    world.begun(3).await;
    world.stage.gate.add_permits(2);
    let found = world.until(id, State::Succeeded).await;
    assert_eq!((found.attempts, world.effects().await), (2, 1));
    assert_eq!(
        found.errors[0].error,
        "The server that ran it stopped answering."
    );
}

#[tokio::test]
async fn a_job_that_runs_for_longer_than_a_lease_is_taken_by_nobody_else() {
    let world = World::start().await;
    let _workers = [world.worker(), world.worker()];
    let id = world.step("a", Act::LateEffect).await;
    world.begun(1).await;
    for _ in 0..5 {
        world.advance(20);
        let kept = world.clock.now() + jiff::SignedDuration::from_secs(25);
        eventually("its worker keeps it", async || {
            let kept = format!("select count(*) from jobs where lease_until > '{kept}'");
            (world.database.count(&kept).await == 1).then_some(())
        })
        .await;
    }
    world.stage.gate.add_permits(2);
    let found = world.until(id, State::Succeeded).await;
    assert_eq!((found.attempts, found.errors.len()), (1, 0));
    assert_eq!((world.effects().await, world.begun(1).await.len()), (1, 1));
}

#[tokio::test]
async fn what_was_lost_and_taken_again_by_the_same_worker_is_kept_under_its_new_lease() {
    let mut world = World::start().await;
    // It hears late of what it has lost.
    world.heartbeat = Duration::from_secs(1);
    let _worker = world.worker();
    let id = world.step("a", Act::LateEffect).await;
    world.begun(1).await;
    // As if another had taken it over while this one was cut off, and handed it back.
    let back = "update jobs set state = 'queued', lease_id = null, lease_until = null";
    world.database.execute(back).await;
    world.begun(2).await;
    // For the first attempt, whose end must not be taken for that of the second; if it is broken off already, for that.
    world.stage.gate.add_permits(1);
    for _ in 0..4 {
        world.advance(20);
        let kept = world.clock.now() + jiff::SignedDuration::from_secs(25);
        eventually("its worker keeps it", async || {
            let kept = format!(
                "select count(*) from jobs where lease_until > '{kept}' or state = 'succeeded'"
            );
            (world.database.count(&kept).await == 1).then_some(())
        })
        .await;
    }
    world.stage.gate.add_permits(1);
    let found = world.until(id, State::Succeeded).await;
    assert_eq!((found.attempts, world.effects().await), (2, 1));
    assert_eq!(world.begun(2).await, ["a", "a"]);
}

#[tokio::test]
async fn who_lost_the_lease_without_knowing_commits_nothing() {
    let world = World::start().await;
    let worker = world.worker();
    let id = world.step("a", Act::LateEffect).await;
    world.begun(1).await;
    // As if another had taken it over while this one was cut off.
    let taken = "update jobs set lease_id = gen_random_uuid(), lease_until = lease_until + interval '1 day'";
    world.database.execute(taken).await;
    world.stage.gate.add_permits(1);
    worker.stop(Duration::from_secs(5)).await;
    let found = world.find(id).await.unwrap();
    assert_eq!((found.state, found.attempts), (State::Running, 1));
    assert_eq!((world.effects().await, found.errors.len()), (0, 0));
}

#[tokio::test]
async fn a_job_whose_worker_dies_each_time_is_dead_after_three() {
    let world = World::start().await;
    let id = world.step("a", Act::Wait).await;
    for attempt in 1..=3 {
        let worker = world.worker();
        world.begun(attempt).await;
        drop(worker);
        world.advance(31);
    }
    let _last = world.worker();
    let dead = world.until(id, State::Dead).await;
    assert_eq!((dead.attempts, dead.errors.len()), (3, 3));
}

#[tokio::test]
async fn at_shutdown_running_jobs_may_finish_and_others_are_handed_back_at_once() {
    let world = World::start().await;
    let worker = world.worker_of(1);
    let running = world.step("running", Act::Wait).await;
    world.begun(1).await;
    let waiting = world.step("waiting", Act::Succeed).await;
    let stopping = tokio::spawn(async move { worker.stop(Duration::from_secs(20)).await });
    world.stage.gate.add_permits(1);
    within("the worker stops", stopping).await.unwrap();
    world.until(running, State::Succeeded).await;
    assert_eq!(world.find(waiting).await.unwrap().state, State::Queued);

    let worker = world.worker_of(1);
    let long = world.step("long", Act::Wait).await;
    world.until(long, State::Running).await;
    worker.stop(Duration::ZERO).await;
    let found = world.find(long).await.unwrap();
    assert_eq!((found.state, found.attempts), (State::Queued, 0));
    assert!(found.errors.is_empty(), "that is no failure");
    let _next = world.worker();
    world.until(long, State::Running).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_never_run_one_job_twice() {
    let world = World::start().await;
    let workers = [world.worker(), world.worker()];
    let mut ids = Vec::new();
    for number in 0..300 {
        ids.push(world.step(&format!("{number}"), Act::Effect).await);
    }
    for id in ids {
        world.until(id, State::Succeeded).await;
    }
    let begun = world.stage.begun.lock().clone();
    let different: HashSet<_> = begun.iter().collect();
    assert_eq!((begun.len(), different.len()), (300, 300));
    assert_eq!(world.effects().await, 300);
    drop(workers);
}

#[tokio::test]
async fn a_job_that_was_removed_while_it_runs_is_broken_off() {
    let world = World::start().await;
    let worker = world.worker_of(1);
    world.step("a", Act::Wait).await;
    world.begun(1).await;
    world.database.execute("delete from jobs").await;
    // Its place is free again, though nobody opened the gate.
    let next = world.step("b", Act::Succeed).await;
    world.until(next, State::Succeeded).await;
    worker.stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_postgresql_is_away_workers_wait_and_then_go_on() {
    let data = folder();
    let postgres = PrivatePostgres::start(data.path()).await.unwrap();
    let url = url_of(&postgres.connect_options());
    let world = World::on(url, TestDatabase::create().await).await;
    let worker = world.worker();
    let early = world.step("early", Act::Wait).await;
    world.begun(1).await;
    let waiting = world
        .enqueue(
            jobs::New::of(&super::world::step("waiting", Act::Succeed))
                .after(Duration::from_secs(5)),
        )
        .await;
    postgres.stop().await.unwrap();
    // It ends while its end can't be written.
    world.stage.gate.add_permits(1);
    eventually("the worker notices", async || {
        (!worker.is_well()).then_some(())
    })
    .await;
    let postgres = PrivatePostgres::start(data.path()).await.unwrap();
    world.until(early, State::Succeeded).await;
    world.advance(6);
    world.until(waiting, State::Succeeded).await;
    let late = eventually("the pool has live connections again", async || {
        let mut transaction = world.pool.begin().await.ok()?;
        let new = jobs::New::of(&super::world::step("late", Act::Succeed));
        let late = world.jobs.enqueue(&mut transaction, new).await.ok()?;
        transaction.commit().await.ok().map(|()| late.id)
    })
    .await;
    world.until(late, State::Succeeded).await;
    assert_eq!(world.begun(3).await, ["early", "waiting", "late"]);
    worker.stop(Duration::from_secs(5)).await;
    within("connections end", world.pool.close()).await;
    within("PostgreSQL stops", postgres.stop()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_that_run_while_postgresql_goes_and_comes_back_take_effect_once() {
    let data = folder();
    let postgres = PrivatePostgres::start(data.path()).await.unwrap();
    let url = url_of(&postgres.connect_options());
    let world = World::on(url, TestDatabase::create().await).await;
    let worker = world.worker();
    let mut transaction = world.pool.begin().await.unwrap();
    for number in 0..400 {
        let step = super::world::step(&format!("{number}"), Act::Effect);
        let new = jobs::New::of(&step);
        world.jobs.enqueue(&mut transaction, new).await.unwrap();
    }
    transaction.commit().await.unwrap();
    world.begun(40).await;
    // What is under way is cut off.
    postgres.stop().await.unwrap();
    eventually("the worker notices", async || {
        (!worker.is_well()).then_some(())
    })
    .await;
    let postgres = PrivatePostgres::start(data.path()).await.unwrap();
    let count = async |what: &str| -> Option<i64> {
        let count = format!("select count(*) from {what}");
        let counted = sqlx::query_scalar(sqlx::AssertSqlSafe(count));
        counted.fetch_one(world.pool.pool()).await.ok()
    };
    eventually("all jobs are done", async || {
        if count("jobs where state = 'queued'").await? == 0 {
            // Those that failed for want of a database wait for their time, and one whose worker never heard that it
            // had been picked up for the end of its lease.
            world.advance(1);
        }
        (count("jobs where state = 'succeeded'").await? == 400).then_some(())
    })
    .await;
    let effects = count("audit_log where action = 'test.effect'").await;
    assert_eq!(effects, Some(400));
    worker.stop(Duration::from_secs(5)).await;
    within("connections end", world.pool.close()).await;
    within("PostgreSQL stops", postgres.stop()).await.unwrap();
}
