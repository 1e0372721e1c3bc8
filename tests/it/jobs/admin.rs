//! Queues and dead jobs, as administrators see them.

use serde_json::{Value, json};

use crate::harness::{Player, TestApp, eventually};

/// Three of a kind that can't be done: one after the other, so that their order is known.
async fn with_dead_jobs() -> (TestApp, Player) {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for number in 0..3 {
        let insert = format!(
            "insert into dead_jobs values (gen_random_uuid(), 'chores', 'jobs.purge', null, '\"{number}\"', 1, 3, 3,
                 '[{{\"attempt\": 1, \"at\": \"2026-01-01T00:00:00Z\", \"error\": \"Reason {number}\"}}]',
                 now(), now(), now() + interval '{number} seconds')"
        );
        app.database.execute(&insert).await;
    }
    eventually("the worker has declared its queues", async || {
        let queues = "select count(*) from queues where name = 'chores'";
        (app.database.count(queues).await == 1).then_some(())
    })
    .await;
    (app, admin)
}

async fn audited(app: &TestApp, action: &str) -> i64 {
    let count =
        format!("select count(*) from audit_log where action = '{action}' and subject = 'chores'");
    app.database.count(&count).await
}

async fn queue(admin: &Player) -> Value {
    let list = admin.get("/admin/queues").await.assert_ok();
    let queues = list["queues"].as_array().unwrap();
    let found = queues.iter().find(|queue| queue["name"] == "chores");
    found.unwrap().clone()
}

#[tokio::test]
async fn dead_jobs_are_listed_searched_sent_back_and_dropped() {
    let (app, admin) = with_dead_jobs().await;
    assert_eq!(queue(&admin).await["dead"], 3);
    let page = admin
        .get("/admin/queues/chores/dead?limit=2")
        .await
        .assert_ok();
    let reasons = |page: &Value| -> Vec<Value> {
        let jobs = page["jobs"].as_array().unwrap().iter();
        jobs.map(|job| job["errors"][0]["error"].clone()).collect()
    };
    assert_eq!(reasons(&page), [json!("Reason 2"), json!("Reason 1")]);
    let cursor = page["nextCursor"].as_str().unwrap();
    let path = format!("/admin/queues/chores/dead?limit=2&cursor={cursor}");
    let rest = admin.get(&path).await.assert_ok();
    assert_eq!(reasons(&rest), [json!("Reason 0")]);
    assert!(rest["nextCursor"].is_null());
    let found = admin
        .get("/admin/queues/chores/dead?query=reason%201")
        .await
        .assert_ok();
    assert_eq!(reasons(&found), [json!("Reason 1")]);
    let id = found["jobs"][0]["id"].as_str().unwrap();

    admin.post("/admin/queues/chores/pause").await.assert_gone();
    let path = format!("/admin/queues/chores/dead/redrive?ids={id}");
    let sent = admin.post(&path).await.assert_ok();
    assert_eq!(sent["count"], 1);
    let state = queue(&admin).await;
    assert_eq!(
        (&state["dead"], &state["depth"], &state["paused"]),
        (&json!(2), &json!(1), &json!(true))
    );
    let dropped = admin.delete("/admin/queues/chores/dead").await.assert_ok();
    assert_eq!(
        (
            dropped["count"].as_u64(),
            queue(&admin).await["dead"].as_u64()
        ),
        (Some(2), Some(0))
    );
    admin
        .post("/admin/queues/chores/resume")
        .await
        .assert_gone();
    // It is tried again, and its payload still can't be read.
    eventually("it is dead again, with its whole history", async || {
        let page = admin.get("/admin/queues/chores/dead").await.assert_ok();
        (page["jobs"][0]["errors"].as_array()?.len() == 2).then_some(())
    })
    .await;
    for action in [
        "queue.paused",
        "queue.resumed",
        "dead_jobs.redriven",
        "dead_jobs.dropped",
    ] {
        assert_eq!(audited(&app, action).await, 1, "{action}");
    }
}

#[tokio::test]
async fn one_is_dropped_and_all_others_are_sent_back() {
    let (app, admin) = with_dead_jobs().await;
    admin.post("/admin/queues/chores/pause").await.assert_gone();
    let path = "/admin/queues/chores/dead";
    let page = admin.get(path).await.assert_ok();
    let id = page["jobs"][0]["id"].as_str().unwrap();
    for count in [1, 0] {
        let dropped = admin.delete(&format!("{path}?ids={id}")).await.assert_ok();
        assert_eq!(dropped["count"], count);
    }
    let sent = admin.post(&format!("{path}/redrive")).await.assert_ok();
    assert_eq!(sent["count"], 2);
    let state = queue(&admin).await;
    assert_eq!((&state["dead"], &state["depth"]), (&json!(0), &json!(2)));
    assert!(state["oldestAt"].is_string(), "{state}");
    assert_eq!(audited(&app, "dead_jobs.redriven").await, 1);
}

#[tokio::test]
async fn what_is_not_there_is_said_so_and_nobody_else_is_let_in() {
    let (app, admin) = with_dead_jobs().await;
    for path in [
        "/admin/queues/nothing/pause",
        "/admin/queues/nothing/dead/redrive",
    ] {
        admin.post(path).await.assert_error(404, "queue_not_found");
    }
    admin
        .get("/admin/queues/nothing/dead")
        .await
        .assert_error(404, "queue_not_found");
    admin
        .delete("/admin/queues/chores/dead?ids=me")
        .await
        .assert_error(400, "invalid_query");
    admin
        .get("/admin/queues/chores/dead?cursor=x")
        .await
        .assert_error(400, "invalid_cursor");
    let ada = app.register("Ada").await;
    ada.get("/admin/queues")
        .await
        .assert_error(403, "admin_only");
    ada.delete("/admin/queues/chores/dead")
        .await
        .assert_error(403, "admin_only");
    assert_eq!(queue(&admin).await["dead"], 3);
}
