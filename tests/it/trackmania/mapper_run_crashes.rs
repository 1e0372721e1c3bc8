//! The run over all mapper alerts, whose server is killed.

use std::sync::Arc;

use serde_json::json;

use super::world::{TOP, World, driven};
use crate::harness::{TestProcess, eventually};

const MAPS: i64 = 60;

#[tokio::test]
async fn after_kill_9_in_mid_run_another_server_goes_on_and_everybody_is_told_once() {
    let world = World::with_maps(MAPS).await;
    world.follow(json!({ "mapper": "Ada" })).await;
    world.run().await;
    for number in 0..MAPS {
        let row = driven(&world.app, 3, 50, -5);
        world.upstream.drive(&format!("Hill{number}"), row);
    }
    let World { upstream, app, .. } = world;
    let (database, clock) = (Arc::clone(&app.database), app.clock.clone());
    app.stop().await;
    let server = async || {
        let builder = upstream.process(TestProcess::builder().database(&database));
        builder
            .setting("NADEO_REQUESTS_PER_SECOND", "20")
            .start()
            .await
    };
    let (id, now) = (clock.new_uuid(), clock.now());
    let run = format!(
        "select enqueue_job('{id}', 'trackmania-runs', 'trackmania.mapper-alerts', null, '{{}}', null, 1::smallint, 3::smallint, '{now}', '{now}')"
    );
    database.execute(&run).await;
    let first = server().await;
    eventually("it has begun", async || {
        (upstream.count(TOP).await > 20).then_some(())
    })
    .await;
    first.kill().await;
    // The places of its calls are free again after two minutes; here, at once.
    let free = "update call_slots set held_until = '-infinity'";
    database.execute(free).await;
    let _second = server().await;
    eventually("another one goes on, after the lease", async || {
        let told = "select count(*) from notifications";
        (database.count(told).await == 1).then_some(())
    })
    .await;
    let whole = "select count(*) from notifications where title = '60 new records on maps by Ada'";
    assert_eq!(database.count(whole).await, 1);
    let run =
        "select count(*) from check_runs where ended_at is not null and found = 60 and told = 1";
    assert_eq!(database.count(run).await, 1);
    // Those that were under way are asked for again.
    let asked = upstream.count(TOP).await;
    assert!((60..=66).contains(&asked), "{asked}");
}
