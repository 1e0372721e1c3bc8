//! Whoever asks for much doesn't starve whoever asks for little.

use jobs::{New, State};

use super::world::{Act, Leisurely, Urgent, World, step};

#[tokio::test]
async fn one_who_asks_for_a_thousand_does_not_hold_up_one_who_asks_for_one() {
    let world = World::over_postgres().await;
    let (many, few, late) = (world.user(), world.user(), world.user());
    let mut transaction = world.pool.begin().await.unwrap();
    for number in 0..1000 {
        let new = New::of(&step(&format!("many {number}"), Act::Succeed)).owned_by(many);
        world.jobs.enqueue(&mut transaction, new).await.unwrap();
    }
    transaction.commit().await.unwrap();
    let one = world.step_of(few, "few 0", Act::Succeed).await;
    let two = world.step_of(few, "few 1", Act::Succeed).await;
    let three = world.step_of(late, "late", Act::Succeed).await;
    // Each of the three has one job in the first round and one in the second.
    for (job, most) in [(one, 2), (three, 2), (two, 4)] {
        let position = world.find(job).await.unwrap().position.unwrap();
        assert!(position <= most, "{position}");
    }
    let _worker = world.worker_of(1);
    let begun = world.begun(1003).await;
    let place = |name: &str| begun.iter().position(|begun| begun == name).unwrap();
    assert!(place("few 0") <= 2 && place("late") <= 2 && place("few 1") <= 4);
    let others: Vec<_> = begun
        .iter()
        .filter(|name| name.starts_with("many"))
        .collect();
    assert_eq!(others[5], "many 5", "one's own are in order");
}

#[tokio::test]
async fn a_flood_that_became_due_is_queued_behind_as_any_other() {
    let world = World::over_postgres().await;
    let (many, few) = (world.user(), world.user());
    let due = world.clock.now() + jiff::SignedDuration::from_secs(10);
    let mut transaction = world.pool.begin().await.unwrap();
    for number in 0..50 {
        let new = New::of(&step(&format!("many {number}"), Act::Succeed)).owned_by(many);
        world
            .jobs
            .enqueue(&mut transaction, new.at(due))
            .await
            .unwrap();
    }
    transaction.commit().await.unwrap();
    world.step_of(few, "gate", Act::Wait).await;
    let _worker = world.worker_of(1);
    world.begun(1).await;
    world.advance(10);
    crate::harness::eventually("they are queued", async || {
        let queued = "select count(*) from jobs where state = 'queued'";
        (world.database.count(queued).await == 50).then_some(())
    })
    .await;
    let one = world.step_of(few, "few", Act::Succeed).await;
    world.stage.gate.add_permits(1);
    world.until(one, State::Succeeded).await;
    let begun = world.begun(51).await;
    let place = begun.iter().position(|name| name == "few").unwrap();
    assert!(place <= 2, "{place}");
}

#[tokio::test]
async fn what_is_urgent_goes_first_and_what_is_not_waits_for_all_others() {
    let world = World::over_postgres().await;
    let step = |name: &str| step(name, Act::Succeed);
    world.enqueue(New::of(&Leisurely(step("low")))).await;
    for number in 0..3 {
        world
            .enqueue(New::of(&step(&format!("normal {number}"))))
            .await;
    }
    world.enqueue(New::of(&Urgent(step("high")))).await;
    let _worker = world.worker_of(1);
    assert_eq!(
        world.begun(5).await,
        ["high", "normal 0", "normal 1", "normal 2", "low"]
    );
}
