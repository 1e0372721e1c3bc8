//! Jobs as their owners see them.

use serde_json::json;

use crate::harness::{Player, TestApp};

/// A job of a queue that no worker of this release looks at.
async fn enqueue(app: &TestApp, owner: &Player) -> String {
    let id = kernel::JobId::new(app.clock.new_uuid());
    let (uuid, owner, now) = (id.uuid(), owner.uuid(), app.clock.now());
    app.database
        .execute(&format!(
            "select enqueue_job('{uuid}', 'tests', 'test.wait', '{owner}', '{{\"a\": 1}}', null, 1::smallint,
                                3::smallint, '{now}', '{now}')"
        ))
        .await;
    format!("/jobs/{id}")
}

#[tokio::test]
async fn a_job_is_shown_to_its_owner_alone_with_its_place_in_the_queue() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let first = enqueue(&app, &ada).await;
    let second = enqueue(&app, &ada).await;
    let job = ada.get(&second).await.assert_ok();
    assert_eq!(
        (
            &job["state"],
            &job["queuePosition"],
            &job["attempts"],
            &job["kind"]
        ),
        (&json!("queued"), &json!(1), &json!(0), &json!("test.wait"))
    );
    for empty in ["progress", "error", "result", "startedAt", "finishedAt"] {
        assert!(job[empty].is_null(), "{job}");
    }
    for path in [&first, &second] {
        bob.get(path).await.assert_error(404, "job_not_found");
        bob.delete(path).await.assert_error(404, "job_not_found");
    }
}

#[tokio::test]
async fn what_has_not_begun_can_be_called_off_once() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let job = enqueue(&app, &ada).await;
    let cancelled = ada.delete(&job).await.assert_ok();
    assert_eq!(cancelled["state"], "cancelled");
    assert!(cancelled["finishedAt"].is_string() && cancelled["queuePosition"].is_null());
    assert_eq!(ada.get(&job).await.assert_ok()["state"], "cancelled");
    ada.delete(&job)
        .await
        .assert_error(409, "job_already_begun");
}

#[tokio::test]
async fn jobs_are_exported_and_go_with_the_account() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    enqueue(&app, &ada).await;
    enqueue(&app, &bob).await;
    let export = ada.get("/me/export").await.assert_ok();
    let jobs = export["jobs"].as_array().unwrap();
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0]["payload"], json!({ "a": 1 }));
    ada.delete("/me").await.assert_gone();
    let left = "select count(*) from jobs where owner_id is not null";
    assert_eq!(app.database.count(left).await, 1);
}
