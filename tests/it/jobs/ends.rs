//! However an attempt ends, the job's state and history tell.

use jobs::{Cancel, New, State};
use serde_json::json;

use super::world::{Act, Endless, World};

#[tokio::test]
async fn a_job_that_succeeds_keeps_its_result() {
    let world = World::start().await;
    let _worker = world.worker();
    let id = world.step("a", Act::Succeed).await;
    let found = world.until(id, State::Succeeded).await;
    assert_eq!(found.result, Some(json!("a")));
    assert_eq!((found.attempts, found.errors.len()), (1, 0));
    assert!(found.finished_at >= found.started_at && found.position.is_none());
}

#[tokio::test]
async fn a_job_that_fails_is_tried_three_times_with_growing_waits_and_then_dead_with_its_history() {
    let world = World::start().await;
    let _worker = world.worker();
    let id = world.step("a", Act::Fail).await;
    for (attempt, wait) in [(1, 13), (2, 51)] {
        let found = world.until(id, State::Failed).await;
        assert_eq!(found.attempts, attempt);
        // Not before its time: somebody else is served meanwhile.
        let other = world.step("other", Act::Succeed).await;
        world.until(other, State::Succeeded).await;
        assert_eq!(world.find(id).await.unwrap().attempts, attempt);
        world.advance(wait);
        if attempt == 1 {
            world.begun(3).await;
        }
    }
    let dead = world.until(id, State::Dead).await;
    let history: Vec<_> = dead
        .errors
        .iter()
        .map(|failed| (failed.attempt, failed.error.as_str()))
        .collect();
    assert_eq!(
        history,
        [
            (1, "attempt 1 went wrong"),
            (2, "attempt 2 went wrong"),
            (3, "attempt 3 went wrong")
        ]
    );
    assert!(dead.errors[0].at < dead.errors[1].at);
}

#[tokio::test]
async fn a_panic_is_a_failed_attempt_and_the_worker_goes_on() {
    let world = World::start().await;
    let _worker = world.worker();
    let id = world.step("a", Act::Panic).await;
    let found = world.until(id, State::Failed).await;
    assert_eq!(found.errors[0].error, "It panicked: the handler panics");
    let next = world.step("b", Act::Succeed).await;
    world.until(next, State::Succeeded).await;
}

#[tokio::test]
async fn a_job_that_never_ends_is_broken_off() {
    let world = World::start().await;
    let _worker = world.worker();
    let id = world.enqueue(New::of(&Endless)).await;
    let found = world.until(id, State::Failed).await;
    assert_eq!(found.errors[0].error, "It took longer than 50ms.");
}

#[tokio::test]
async fn what_is_in_vain_is_dead_at_once_and_so_is_a_payload_that_no_longer_parses() {
    let world = World::start().await;
    let vain = world.step("a", Act::Fatal).await;
    let old = world.step("b", Act::Succeed).await;
    let change = format!(
        "update jobs set payload = '{{\"nome\": 1}}' where id = '{}'",
        old.uuid()
    );
    world.database.execute(&change).await;
    let _worker = world.worker();
    let dead = world.until(vain, State::Dead).await;
    assert_eq!(
        (dead.attempts, dead.errors[0].error.as_str()),
        (1, "in vain")
    );
    let dead = world.until(old, State::Dead).await;
    assert!(
        dead.errors[0]
            .error
            .starts_with("Its payload can't be read"),
        "{dead:?}"
    );
    assert_eq!(world.stage.begun.lock().as_slice(), ["a"]);
}

#[tokio::test]
async fn a_handler_may_ask_for_a_longer_wait_and_may_give_up() {
    let world = World::start().await;
    let _worker = world.worker();
    let id = world.step("a", Act::FailForLong).await;
    world.until(id, State::Failed).await;
    world.advance(3600);
    let other = world.step("b", Act::GiveUp).await;
    let gone = world.until(other, State::Cancelled).await;
    assert!(gone.errors.is_empty());
    assert_eq!(world.find(id).await.unwrap().attempts, 1);
    world.advance(3601);
    world.begun(3).await;
}

#[tokio::test]
async fn a_job_that_has_not_begun_can_be_cancelled_and_others_can_not() {
    let world = World::start().await;
    let worker = world.worker();
    let running = world.step("running", Act::Wait).await;
    world.until(running, State::Running).await;
    let delayed = world
        .enqueue(
            New::of(&super::world::step("delayed", Act::Succeed))
                .after(std::time::Duration::from_secs(5)),
        )
        .await;
    let mut connection = world.pool.pool().acquire().await.unwrap();
    let cancelled = world.jobs.cancel(&mut connection, delayed).await.unwrap();
    assert!(matches!(cancelled, Cancel::Cancelled(found) if found.state == State::Cancelled));
    let late = world.jobs.cancel(&mut connection, running).await.unwrap();
    assert!(matches!(late, Cancel::TooLate(found) if found.state == State::Running));
    let nobody = kernel::JobId::new(world.clock.new_uuid());
    let missing = world.jobs.cancel(&mut connection, nobody).await.unwrap();
    assert!(matches!(missing, Cancel::NotFound));
    drop(connection);
    world.advance(10);
    world.stage.gate.add_permits(1);
    world.until(running, State::Succeeded).await;
    worker.stop(std::time::Duration::from_secs(5)).await;
    assert_eq!(world.stage.begun.lock().as_slice(), ["running"]);
}
