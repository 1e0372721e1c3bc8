//! How jobs get in, and when they get out.

use std::time::Duration;

use jobs::{New, State};

use super::world::{Act, World, step};

#[tokio::test]
async fn a_job_is_there_exactly_if_its_transaction_was_committed() {
    let world = World::start().await;
    let mut transaction = world.pool.begin().await.unwrap();
    let lost = world
        .jobs
        .enqueue(&mut transaction, New::of(&step("lost", Act::Succeed)))
        .await
        .unwrap();
    transaction.rollback().await.unwrap();
    let _worker = world.worker();
    let kept = world.step("kept", Act::Succeed).await;
    world.until(kept, State::Succeeded).await;
    assert!(world.find(lost.id).await.is_none());
    assert_eq!(world.begun(1).await, ["kept"]);
}

#[tokio::test]
async fn a_delayed_job_waits_for_its_time() {
    let world = World::start().await;
    let _worker = world.worker();
    let late = New::of(&step("late", Act::Succeed)).after(Duration::from_secs(60));
    let at = world.clock.now() + jiff::SignedDuration::from_secs(30);
    let early = New::of(&step("early", Act::Succeed)).at(at);
    let (late, early) = (world.enqueue(late).await, world.enqueue(early).await);
    let now = world.step("now", Act::Succeed).await;
    world.until(now, State::Succeeded).await;
    assert_eq!(world.find(early).await.unwrap().state, State::Queued);
    world.advance(31);
    world.until(early, State::Succeeded).await;
    assert_eq!(world.find(late).await.unwrap().state, State::Queued);
    world.advance(30);
    world.until(late, State::Succeeded).await;
    assert_eq!(world.begun(3).await, ["now", "early", "late"]);
}

#[tokio::test]
async fn of_jobs_with_the_same_key_one_is_made_until_it_has_ended() {
    let world = World::start().await;
    let new = || New::of(&step("one", Act::Wait)).unique("key");
    let first = world.enqueue(new()).await;
    // Two at the same moment: the second waits for the first one's commit, and then finds it.
    let (second, third) = tokio::join!(world.enqueue(new()), world.enqueue(new()));
    assert_eq!((second, third), (first, first));
    let other = world
        .enqueue(New::of(&step("other", Act::Succeed)).unique("other"))
        .await;
    let _worker = world.worker();
    world.until(other, State::Succeeded).await;
    world.until(first, State::Running).await;
    assert_eq!(world.enqueue(new()).await, first, "also while it runs");
    world.stage.gate.add_permits(2);
    world.until(first, State::Succeeded).await;
    let again = world.enqueue(new()).await;
    assert_ne!(again, first);
    world.until(again, State::Succeeded).await;
}

#[tokio::test]
async fn keys_asked_for_at_the_same_moment_give_one_job() {
    let world = World::start().await;
    let ids = futures_util::future::join_all(
        (0..20).map(|_| world.enqueue(New::of(&step("one", Act::Succeed)).unique("key"))),
    )
    .await;
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(world.database.count("select count(*) from jobs").await, 1);
}

#[tokio::test]
async fn a_kind_that_this_release_does_not_know_is_left_to_others() {
    let world = World::start().await;
    let id = world.step("a", Act::Succeed).await;
    world
        .database
        .execute("update jobs set kind = 'test.tomorrow'")
        .await;
    let _worker = world.worker();
    let next = world.step("b", Act::Succeed).await;
    world.until(next, State::Succeeded).await;
    let found = world.find(id).await.unwrap();
    assert_eq!((found.state, found.attempts), (State::Queued, 0));
    world
        .database
        .execute("update jobs set kind = 'test.step' where state <> 'succeeded'")
        .await;
    world.advance(31);
    world.until(id, State::Succeeded).await;
}

#[tokio::test]
async fn of_one_queue_no_more_run_at_a_time_than_it_declares() {
    let world = World::start().await;
    let _worker = world.worker_of(8);
    for number in 0..6 {
        world.step(&format!("{number}"), Act::Wait).await;
    }
    world.begun(4).await;
    // There is room for jobs of other queues.
    let other = world.enqueue(New::of(&super::world::Endless)).await;
    world.until(other, State::Failed).await;
    assert_eq!(world.stage.begun.lock().len(), 4);
    world.stage.gate.add_permits(1);
    world.begun(5).await;
    world.stage.gate.add_permits(5);
    world.begun(6).await;
}

#[tokio::test]
async fn a_paused_queue_begins_nothing_until_it_is_resumed() {
    let world = World::start().await;
    let _worker = world.worker();
    let first = world.step("first", Act::Succeed).await;
    world.until(first, State::Succeeded).await;
    let mut connection = world.pool.pool().acquire().await.unwrap();
    let paused = world.jobs.set_paused(&mut connection, "steps", true).await;
    assert!(paused.unwrap());
    let held = world.step("held", Act::Succeed).await;
    // Jobs of another queue go on meanwhile.
    let other = world.enqueue(New::of(&super::world::Endless)).await;
    world.until(other, State::Failed).await;
    let queues = world.jobs.queues().await.unwrap();
    let steps = queues.iter().find(|queue| queue.name == "steps").unwrap();
    assert_eq!((steps.paused, steps.depth, steps.running), (true, 1, 0));
    assert_eq!(steps.finished_last_minute, 1);
    assert!(steps.oldest.is_some());
    let resumed = world.jobs.set_paused(&mut connection, "steps", false).await;
    assert!(resumed.unwrap());
    world.until(held, State::Succeeded).await;
    let unknown = world
        .jobs
        .set_paused(&mut connection, "nothing", true)
        .await;
    assert!(!unknown.unwrap());
}

#[tokio::test]
async fn jobs_are_forgotten_a_week_after_they_ended_and_dead_ones_after_a_month() {
    let world = World::start().await;
    let worker = world.worker();
    let done = world.step("done", Act::Succeed).await;
    let dead = world.step("dead", Act::Fatal).await;
    world.until(done, State::Succeeded).await;
    world.until(dead, State::Dead).await;
    worker.stop(Duration::from_secs(5)).await;
    let waiting = world.step("waiting", Act::Succeed).await;
    let day = 24 * 60 * 60;
    world.advance(6 * day);
    assert_eq!(world.jobs.purge().await.unwrap(), 0);
    world.advance(2 * day);
    assert_eq!(world.jobs.purge().await.unwrap(), 1);
    assert!(world.find(done).await.is_none() && world.find(dead).await.is_some());
    world.advance(23 * day);
    assert_eq!(world.jobs.purge().await.unwrap(), 1);
    assert!(world.find(dead).await.is_none() && world.find(waiting).await.is_some());
}
