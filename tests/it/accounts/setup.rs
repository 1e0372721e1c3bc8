use serde_json::json;

use crate::harness::{PASSWORD, TestApp, TestDatabase, TestProcess, fresh_email};

#[tokio::test]
async fn the_configured_admin_is_made_once_and_keeps_a_changed_name() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let me = admin.get("/me").await.assert_ok();
    assert_eq!(me["role"], "admin");
    admin
        .patch("/me")
        .json(&json!({ "screenName": "Root" }))
        .await
        .assert_ok();
    let neighbour = app.neighbour().start().await;
    let again = neighbour.admin().await;
    assert_eq!(again.id, admin.id);
    assert_eq!(again.get("/me").await.assert_ok()["screenName"], "Root");
}

#[tokio::test]
async fn without_one_the_first_start_prints_a_link_that_works_once() {
    let database = TestDatabase::create().await;
    let server = TestProcess::builder()
        .database(&database)
        .setting("ADMIN_EMAIL", "")
        .setting("ADMIN_PASSWORD", "");
    let server = server.start().await;
    let token = crate::harness::eventually("the link is printed", async || {
        let text = std::fs::read_to_string(server.folder().join("stderr")).unwrap();
        let after = text.split("/setup?token=").nth(1)?;
        after.split_whitespace().next().map(str::to_owned)
    })
    .await;
    let set_up = |token: &str| {
        let body = json!({ "token": token, "email": fresh_email(), "password": PASSWORD, "screenName": "First" });
        server.post("/auth/setup").json(&body)
    };
    set_up("nonsense")
        .await
        .assert_error(403, "invalid_setup_token");
    set_up("").await.assert_error(403, "invalid_setup_token");
    let answer = set_up(&token).await.assert_created();
    assert_eq!(answer["user"]["role"], "admin");
    let bearer = answer["accessToken"].as_str().unwrap();
    server
        .get("/admin/api-keys")
        .bearer(bearer)
        .await
        .assert_ok();
    set_up(&token).await.assert_error(409, "already_set_up");
    let finished = server.terminate().await;
    assert!(
        !finished.stdout.contains(&token),
        "the link is a secret and must not be logged"
    );
    let again = finished.again().start().await;
    let finished = again.terminate().await;
    assert_eq!(
        finished.stderr.matches("/setup?token=").count(),
        0,
        "{}",
        finished.stderr
    );
}

#[tokio::test]
async fn an_admin_who_is_one_no_longer_is_refused_at_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    admin.get("/admin/api-keys").await.assert_ok();
    app.database.execute("update users set role = 'user'").await;
    admin
        .get("/admin/api-keys")
        .await
        .assert_error(403, "admin_only");
}
