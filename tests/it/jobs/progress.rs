//! How far a job has come, and who is told.

use std::sync::Arc;

use jobs::{Change, Progress, State};
use parking_lot::Mutex;

use super::world::{Act, World};
use crate::harness::eventually;

#[tokio::test]
async fn progress_is_kept_and_told_to_the_owner_and_the_last_is_never_lost() {
    let world = World::start().await;
    let told: Arc<Mutex<Vec<Change>>> = Arc::default();
    let hearing = Arc::clone(&told);
    world
        .jobs
        .on_change(move |change| hearing.lock().push(change));
    let _worker = world.worker();
    let owner = world.user();
    let id = world.step_of(owner, "a", Act::Progress).await;
    let progress = |done, note: &str| {
        Some(Progress {
            done,
            total: 3,
            note: note.to_owned(),
        })
    };
    eventually("progress is written", async || {
        (world.find(id).await?.progress == progress(1, "one")).then_some(())
    })
    .await;
    world.stage.gate.add_permits(1);
    let found = world.until(id, State::Succeeded).await;
    assert_eq!(found.progress, progress(3, "all"));
    let ownerless = world.step("b", Act::Succeed).await;
    world.until(ownerless, State::Succeeded).await;
    let last = eventually("the end is told", async || {
        let last = told.lock().last().cloned();
        last.filter(|change| change.state == State::Succeeded)
    })
    .await;
    assert_eq!((last.id, last.owner), (id, owner));
    assert_eq!(last.progress, progress(3, "all"));
    let told = told.lock();
    assert!(told.iter().all(|change| change.id == id));
    assert!(
        told.iter()
            .any(|change| change.progress == progress(1, "one"))
    );
    assert_eq!(told[0].state, State::Running);
}
