//! Administrators choose how alerts find what is new for a user.

use serde_json::{Value, json};

use crate::harness::TestApp;

#[tokio::test]
async fn an_admin_changes_a_users_alert_type_and_it_is_noted() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.register("Ada").await);
    let path = format!("/admin/users/{}", ada.id);
    let change = async |body: Value| admin.patch(&path).json(&body).await;
    let changed = change(json!({ "alertType": "fast" })).await.assert_ok();
    assert_eq!(
        (&changed["alertType"], &changed["role"]),
        (&json!("fast"), &json!("user"))
    );
    assert_eq!(ada.get("/me").await.assert_ok()["alertType"], "fast");
    let listed = admin
        .get(&format!("/admin/users?query={}", ada.id))
        .await
        .assert_ok();
    assert_eq!(listed["users"][0], changed);
    // What changes nothing is no act, and what is left out stays.
    change(json!({ "alertType": "fast" })).await.assert_ok();
    let both = json!({ "role": "admin" });
    assert_eq!(change(both).await.assert_ok()["alertType"], "fast");
    let acts = admin
        .get("/admin/audit?action=user.alert_type_changed")
        .await
        .assert_ok();
    let acts = acts["entries"].as_array().unwrap();
    assert_eq!(acts.len(), 1, "{acts:?}");
    assert_eq!(
        (&acts[0]["actorId"], &acts[0]["subject"], &acts[0]["data"]),
        (
            &json!(admin.id),
            &json!(ada.id),
            &json!({ "from": "accurate", "to": "fast" })
        )
    );
    change(json!({ "alertType": "turbo" }))
        .await
        .assert_error(422, "validation_failed");
}
