//! How far a job has come, and who is told.

use std::sync::Arc;

use jobs::{Change, Progress, State};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::world::{Act, World};
use crate::harness::{TestApp, eventually};

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

#[tokio::test]
async fn the_owner_and_nobody_else_hears_in_an_event_stream_how_far_a_job_has_come() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let mut of_ada = ada.own_events("?topics=jobs").await;
    let mut of_bob = bob.own_events("?topics=jobs").await;
    let world = World::on(app.database.url(), Arc::clone(&app.database)).await;
    let _worker = world.worker();
    let id = world
        .step_of(ada.id.parse().unwrap(), "a", Act::Progress)
        .await;
    let told = |state: &str, progress: Value| {
        json!({
            "id": id, "kind": "test.step", "state": state, "attempts": 1, "progress": progress,
        })
    };
    let (one, all) = (
        json!({ "done": 1, "total": 3, "note": "one" }),
        json!({ "done": 3, "total": 3, "note": "all" }),
    );
    let first = of_ada.until(|data| !data["progress"].is_null()).await;
    assert_eq!(first.name, "job");
    assert_eq!(first.data, told("running", one.clone()));
    let job = ada.get(&format!("/jobs/{id}")).await.assert_ok();
    assert_eq!(job["progress"], one);
    world.stage.gate.add_permits(1);
    let last = of_ada.until(|data| data["state"] == "succeeded").await;
    assert_eq!(last.data, told("succeeded", all));
    // What he hears first is of a job of his own.
    let other = world
        .step_of(bob.id.parse().unwrap(), "b", Act::Succeed)
        .await;
    assert_eq!(of_bob.next_named("job").await["id"], json!(other));
}
