use serde_json::json;

use crate::harness::{TestApp, page_of};

#[tokio::test]
async fn anybody_may_tell_us_something_and_admins_read_it() {
    let app = TestApp::start().await;
    let (ada, admin) = (app.register("Ada").await, app.admin().await);
    let first = json!({ "message": " Nice boards. ", "rating": 5, "page": "/leaderboards/global" });
    ada.post("/feedback").json(&first).await.assert_created();
    app.advance(1);
    app.post("/feedback")
        .json(&json!({ "message": "Who am I?" }))
        .await
        .assert_created();
    let page = admin.get("/admin/feedback?limit=1").await.assert_ok();
    let (items, cursor) = page_of(&page, "feedback");
    assert_eq!(
        (&items[0]["message"], &items[0]["userId"]),
        (&json!("Who am I?"), &json!(null))
    );
    let next = format!("/admin/feedback?cursor={}", cursor.unwrap());
    let (items, _) = page_of(&admin.get(&next).await.assert_ok(), "feedback");
    assert_eq!(items[0]["message"], "Nice boards.");
    assert_eq!(items[0]["userId"], ada.id.as_str());
    ada.get("/admin/feedback")
        .await
        .assert_error(403, "admin_only");
}

#[tokio::test]
async fn feedback_keeps_rules_and_a_limit() {
    let app = TestApp::builder()
        .setting("RATE_LIMIT_ENABLED", "true")
        .start()
        .await;
    for (body, field) in [
        (json!({ "message": "" }), "message"),
        (json!({ "message": "  " }), "message"),
        (json!({ "message": "x".repeat(5001) }), "message"),
        (json!({ "message": "a\0" }), "message"),
        (json!({ "message": "a", "rating": 6 }), "rating"),
        (json!({ "message": "a", "page": "x".repeat(301) }), "page"),
    ] {
        app.post("/feedback")
            .json(&body)
            .await
            .assert_invalid(field);
    }
    for _ in 0..5 {
        app.post("/feedback")
            .json(&json!({ "message": "a" }))
            .await
            .assert_created();
    }
    app.post("/feedback")
        .json(&json!({ "message": "a" }))
        .await
        .assert_error(429, "rate_limited");
    app.advance(600);
    app.post("/feedback")
        .json(&json!({ "message": "a" }))
        .await
        .assert_created();
}
