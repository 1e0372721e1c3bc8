//! Models that don't answer now.

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::{Model, error, reply};
use crate::aoe4::World;
use crate::harness::eventually;

/// Waits until a job has failed so often.
async fn failed(world: &World, job: &str, attempts: u64) -> Value {
    eventually("it has failed once more", async || {
        let job = world.ada.get(&format!("/jobs/{job}")).await.assert_ok();
        (job["state"] == "failed" && job["attempts"] == attempts).then_some(job)
    })
    .await
}

#[tokio::test]
async fn a_model_that_is_busy_or_away_is_asked_again_later_and_not_for_ever() {
    for passing in [
        error(429, "rate_limit_exceeded").insert_header("retry-after-ms", "1500"),
        error(503, "server_error"),
        ResponseTemplate::new(502).set_body_string("<html>Bad gateway</html>"),
        ResponseTemplate::new(503)
            .set_body_json(json!({ "object": "error", "message": "busy", "code": 503 })),
    ] {
        let model = Model::saying([passing.clone()]).await;
        let world = model.world().await;
        let job = world.request(2).await;
        world.until(&job, "failed").await;
        world.app.advance(80);
        assert_eq!(world.reviewed(2).await["llmModel"], "made-up-mini-2026");
    }
    let model = Model::saying((0..4).map(|_| error(503, "server_error"))).await;
    let world = model.world().await;
    let job = world.request(2).await;
    for attempts in 1..=3 {
        failed(&world, &job, attempts).await;
        world.app.advance(60 << attempts);
    }
    let review = world.reviewed(2).await;
    assert_eq!(review["llmModel"], "rules");
    assert!(
        review["fallback"].as_str().unwrap().contains("503"),
        "{}",
        review["fallback"]
    );
}

#[tokio::test]
async fn waiting_for_something_else_costs_a_model_none_of_its_chances() {
    let refusal = json!({ "role": "assistant", "content": null, "refusal": "I can't." });
    let model = Model::saying([reply(refusal, "stop"), error(503, "server_error")]).await;
    let mut world = model.world().await;
    world.upstream.answer_summary(2, ResponseTemplate::new(503));
    let job = world.request(2).await;
    for attempts in 1..=4 {
        failed(&world, &job, attempts).await;
        world = world.later(80 << (attempts - 1)).await;
    }
    failed(&world, &job, 5).await;
    world.upstream.publish(2);
    // There is no room for longer than a call would wait.
    let far = "insert into call_paces values ('llm', clock_timestamp() + interval '1 hour')";
    world.app.database.execute(far).await;
    world = world.later(1_600).await;
    let crowded = failed(&world, &job, 6).await;
    let why = crowded["error"].as_str().unwrap();
    assert!(why.contains("no room"), "{why}");
    world.app.database.execute("truncate call_paces").await;
    world = world.later(4_000).await;
    failed(&world, &job, 7).await;
    world = world.later(3_000).await;
    let review = world.reviewed(2).await;
    assert_eq!(review["llmModel"], "made-up-mini-2026");
    // What was paid for in vain is paid for.
    assert_eq!(
        review["tokens"],
        json!({ "prompt": 2000, "completion": 400 })
    );
    assert_eq!(model.asked().await.len(), 3);
}
