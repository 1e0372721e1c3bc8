//! How alerts find what is new for a user.

use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn a_user_chooses_how_alerts_find_what_is_new() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    assert_eq!(
        ada.get("/me").await.assert_ok()["alertType"],
        "accurate",
        "misses nothing until told otherwise"
    );
    let changed = ada
        .patch("/me")
        .json(&json!({ "alertType": "fast" }))
        .await
        .assert_ok();
    assert_eq!(changed["alertType"], "fast");
    // What is left out stays.
    let changed = ada
        .patch("/me")
        .json(&json!({ "avatar": 7 }))
        .await
        .assert_ok();
    assert_eq!(changed["alertType"], "fast");
    assert_eq!(ada.get("/me").await.assert_ok(), changed);
    let export = ada.get("/me/export").await.assert_ok();
    assert_eq!(export["account"]["alertType"], "fast");
    assert_eq!(bob.get("/me").await.assert_ok()["alertType"], "accurate");
    for wrong in [json!("turbo"), json!("Fast"), json!("")] {
        ada.patch("/me")
            .json(&json!({ "alertType": wrong }))
            .await
            .assert_error(422, "validation_failed");
    }
    assert_eq!(ada.get("/me").await.assert_ok()["alertType"], "fast");
}

#[tokio::test]
async fn other_features_read_those_of_many_at_once() {
    use accounts::alert_types::{self, AlertType};

    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let gone = app.register("Eve").await;
    ada.patch("/me")
        .json(&json!({ "alertType": "fast" }))
        .await
        .assert_ok();
    gone.delete("/me").await.assert_status(204);
    let asked = [ada.user_id(), bob.user_id(), gone.user_id()];
    let types = alert_types::of(&app.database.pool, &asked).await.unwrap();
    assert_eq!(types.len(), 2);
    assert_eq!(types[&ada.user_id()], AlertType::Fast);
    assert_eq!(types[&bob.user_id()], AlertType::Accurate);
    let none = alert_types::of(&app.database.pool, &[]).await.unwrap();
    assert!(none.is_empty());
}
