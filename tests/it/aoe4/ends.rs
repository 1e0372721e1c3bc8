//! Reviews whose servers die, whose players go, and which are asked for everywhere at once.

use std::sync::Arc;

use futures_util::future::join_all;
use kernel::JobId;
use serde_json::json;
use tokio::sync::Semaphore;

use super::World;
use crate::harness::{AoE4World, PASSWORD, TestDatabase, TestProcess, eventually};

/// A model that refuses, once the test lets it.
struct Model {
    base: String,
    /// A permit for each call that has come.
    asked: Arc<Semaphore>,
    /// A permit for each that may be answered.
    gate: Arc<Semaphore>,
}

impl Model {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/v1", listener.local_addr().unwrap());
        let (asked, gate) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let (came, may_go) = (Arc::clone(&asked), Arc::clone(&gate));
        let answer = move || {
            let (came, may_go) = (Arc::clone(&came), Arc::clone(&may_go));
            async move {
                came.add_permits(1);
                may_go.acquire().await.unwrap().forget();
                (http::StatusCode::BAD_REQUEST, "{}")
            }
        };
        let router = axum::Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, asked, gate }
    }

    /// Waits until it is asked once more.
    async fn is_asked(&self) {
        let asked = self.asked.acquire();
        crate::harness::within("the model is asked", asked)
            .await
            .unwrap()
            .forget();
    }
}

fn uuid(job: &str) -> uuid::Uuid {
    job.parse::<JobId>().unwrap().uuid()
}

#[tokio::test]
async fn of_wishes_at_many_servers_at_once_one_is_fulfilled_once() {
    let world = World::with_matches([2]).await;
    let neighbour = world
        .app
        .neighbour()
        .setting("AOE4WORLD_URL", world.upstream.uri())
        .setting("AOE4WORLD_REQUESTS_PER_SECOND", "1000")
        .start()
        .await;
    let there = world.ada.at(neighbour.api());
    let answers = join_all((0..20).map(|number| {
        let player = if number % 2 == 0 { &world.ada } else { &there };
        async move { player.post("/games/2/review").await }
    }))
    .await;
    let mut jobs: Vec<String> = answers
        .iter()
        .filter(|answer| answer.status.as_u16() == 202)
        .map(|answer| answer.json()["jobId"].as_str().unwrap().to_owned())
        .collect();
    jobs.sort();
    jobs.dedup();
    assert_eq!(jobs.len(), 1);
    world.reviewed(2).await;
    world.until(&jobs[0], "succeeded").await;
    for (what, want) in [
        ("count(*) from reviews", 1),
        ("count(*) from review_tasks", 1),
        ("max(count) from benchmarks", 1),
        ("count(*) from jobs where kind = 'aoe4.reviewed'", 1),
    ] {
        let count = format!("select {what}");
        assert_eq!(world.app.database.count(&count).await, want, "{what}");
    }
    let asked = world.upstream.asked().await;
    let summaries = asked.iter().filter(|path| path.contains("/summary"));
    assert_eq!(summaries.count(), 1);
}

#[tokio::test]
async fn a_wish_whose_job_broke_off_ends_too_and_can_be_taken_up_again() {
    let world = World::with_matches([2, 4, 6]).await;
    let database = &world.app.database;
    let paused = "update queues set paused = true where name = 'reviews'";
    database.execute(paused).await;
    let broken = world.request(2).await;
    let called_off = world.request(4).await;
    world.request(6).await;
    // As when it has brought down every server that tried it.
    let died = format!(
        "update jobs set state = 'running', attempts = most_attempts, lease_id = id, lease_until = created_at where id = '{}'",
        uuid(&broken)
    );
    database.execute(&died).await;
    world.until(&broken, "dead").await;
    world
        .ada
        .delete(&format!("/jobs/{called_off}"))
        .await
        .assert_ok();

    let world = world.later(20 * 60).await;
    let (database, ada) = (&world.app.database, &world.ada);
    let told = eventually("Ada is told", async || {
        let history = ada.get("/notifications").await.assert_ok();
        history["notifications"].get(0).cloned()
    })
    .await;
    assert_eq!(
        (&told["event"], &told["link"]),
        (&json!("review_failed"), &json!("/games/2"))
    );
    for (id, status) in [(2, "raw"), (4, "raw"), (6, "reviewing")] {
        let game = ada.get(&format!("/games/{id}")).await.assert_ok();
        assert_eq!(game["status"], status, "{id}");
    }
    // Who calls it off need not be told.
    let news = "select count(*) from jobs where kind = 'aoe4.reviewed'";
    assert_eq!(database.count(news).await, 1);

    let admin = world.app.admin().await;
    let sent = admin.post("/admin/queues/reviews/dead/redrive").await;
    assert_eq!(sent.assert_ok()["count"], 1);
    admin
        .post("/admin/queues/reviews/resume")
        .await
        .assert_gone();
    for id in [2, 6] {
        world.reviewed(id).await;
    }
    let states = "select count(*) from review_tasks where state = 'succeeded'";
    assert_eq!(database.count(states).await, 2);
}

#[tokio::test]
async fn whoever_leaves_while_a_review_is_written_leaves_nothing() {
    let model = Model::start().await;
    let settings = [("OPENAI_BASE_URL", model.base.as_str())];
    let world = World::on(AoE4World::start().await, &settings, [2]).await;
    world.request(2).await;
    model.is_asked().await;
    world.ada.delete("/me").await.assert_gone();
    model.gate.add_permits(1);
    let database = &world.app.database;
    let none = async |states: &str| {
        let left =
            format!("select count(*) from jobs where kind = 'aoe4.review' and state in ({states})");
        (database.count(&left).await == 0).then_some(())
    };
    eventually("the attempt is over", async || none("'running'").await).await;
    // Nor does another attempt bring anything back.
    world.app.advance(100);
    eventually("the job is over", async || {
        none("'queued', 'running', 'failed'").await
    })
    .await;
    for table in [
        "games",
        "game_syncs",
        "reviews",
        "review_tasks",
        "notifications",
        "jobs where kind = 'aoe4.reviewed'",
        "dead_jobs",
    ] {
        let left = format!("select count(*) from {table}");
        assert_eq!(database.count(&left).await, 0, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_kill_9_in_mid_review_it_comes_once() {
    let (model, upstream) = (Model::start().await, AoE4World::start().await);
    let database = TestDatabase::create().await;
    let server = TestProcess::builder()
        .database(&database)
        .setting("AOE4WORLD_URL", upstream.uri())
        .setting("OPENAI_BASE_URL", &model.base)
        .start()
        .await;
    let ada = server.register("Ada").await;
    ada.link_steam().await;
    upstream.play([2]);
    upstream.publish(2);
    ada.post("/games/sync").await.assert_ok();
    let asked = ada.post("/games/2/review").await.assert_status(202).json();
    model.is_asked().await;
    let finished = server.kill().await;
    model.gate.add_permits(2);

    let server = finished.again().start().await;
    let ada = server.login(&ada.email, PASSWORD).await;
    let again = ada.post("/games/2/review").await.assert_status(202).json();
    assert_eq!(again["jobId"], asked["jobId"]);
    model.is_asked().await;
    let told = eventually("Ada is told", async || {
        let history = ada.get("/notifications").await.assert_ok();
        history["notifications"].get(0).cloned()
    })
    .await;
    assert_eq!(told["event"], "review_ready");
    for (what, want) in [
        ("count(*) from reviews", 1),
        ("count(*) from review_tasks where state = 'succeeded'", 1),
        ("max(count) from benchmarks", 1),
        ("count(*) from notifications", 1),
    ] {
        let count = format!("select {what}");
        assert_eq!(database.count(&count).await, want, "{what}");
    }
    server.terminate().await;
}
