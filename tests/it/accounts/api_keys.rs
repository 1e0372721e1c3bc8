use serde_json::{Value, json};

use crate::harness::{TestApp, page_of};

#[tokio::test]
async fn a_key_is_shown_once_and_listed_without_itself() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let made = admin
        .post("/admin/api-keys")
        .json(&json!({ "name": "Chess", "gameIds": ["chess"] }))
        .await
        .assert_created();
    let key = made["key"].as_str().unwrap();
    assert!(key.starts_with("gsk_") && key.len() > 40, "{key}");
    assert!(made["id"].as_str().unwrap().starts_with("key_"));
    let page = admin.get("/admin/api-keys").await.assert_ok();
    let listed = page.to_string();
    assert!(
        listed.contains("Chess") && !listed.contains(key),
        "{listed}"
    );
    let hex = hex::encode(key);
    let stored = format!(
        "select count(*) from api_keys where encode(key_hash, 'hex') like '%{hex}%' or name like '%{key}%'"
    );
    assert_eq!(app.database.count(&stored).await, 0);
}

#[tokio::test]
async fn a_revoked_key_is_worth_nothing() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.register("Ada").await);
    let service = admin.game_service(&[]).await;
    let body = json!({ "userId": ada.id, "gameId": "chess", "maxScore": 1 });
    service.call(&body).await.assert_created();
    admin
        .delete(&format!("/admin/api-keys/{}", service.id))
        .await
        .assert_gone();
    service
        .call(&body)
        .await
        .assert_error(401, "invalid_api_key");
    admin
        .delete(&format!("/admin/api-keys/{}", service.id))
        .await
        .assert_error(404, "api_key_not_found");
    admin
        .delete("/admin/api-keys/key_01h455vb4pex5vsknk084sn02q")
        .await
        .assert_error(404, "api_key_not_found");
}

#[tokio::test]
async fn what_is_no_key_of_ours_is_refused() {
    let app = TestApp::start().await;
    let (service, ada) = (app.game_service(&[]).await, app.register("Ada").await);
    let body = json!({ "userId": ada.id, "gameId": "chess", "maxScore": 1 });
    app.post("/actions")
        .json(&body)
        .await
        .assert_error(401, "invalid_api_key");
    app.post("/actions")
        .bearer(&ada.token)
        .json(&body)
        .await
        .assert_error(401, "invalid_api_key");
    let (cut, long) = (&service.key[..service.key.len() - 1], "x".repeat(10_000));
    for key in [
        "",
        "gsk_",
        "nonsense",
        cut,
        &format!("{}x", service.key),
        &ada.token,
        &long,
        "gsk_\u{e9}",
    ] {
        app.post("/actions")
            .key(key)
            .json(&body)
            .await
            .assert_error(401, "invalid_api_key");
    }
    let two = app
        .post("/actions")
        .key(&service.key)
        .key(&service.key)
        .json(&body);
    two.await.assert_error(401, "invalid_api_key");
}

#[tokio::test]
async fn keys_keep_their_rules() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let make = |name: Value, games: Value| {
        admin
            .post("/admin/api-keys")
            .json(&json!({ "name": name, "gameIds": games }))
    };
    for name in [json!(""), json!("x".repeat(10_000)), Value::Null] {
        make(name, Value::Null)
            .await
            .assert_error(422, "validation_failed");
    }
    for games in [
        json!("chess"),
        json!([""]),
        json!(["a b"]),
        json!(["a/b"]),
        json!(["é"]),
        json!(["x".repeat(65)]),
        json!([1]),
    ] {
        make(json!("Chess"), games)
            .await
            .assert_error(422, "validation_failed");
    }
}

#[tokio::test]
async fn keys_are_listed_page_by_page() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for _ in 0..5 {
        app.advance(1);
        admin.game_service(&[]).await;
    }
    let (mut ids, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = admin
            .get(&format!("/admin/api-keys{query}"))
            .await
            .assert_ok();
        let name = page
            .as_object()
            .unwrap()
            .keys()
            .find(|name| *name != "nextCursor")
            .unwrap()
            .clone();
        let (keys, next) = page_of(&page, &name);
        ids.extend(
            keys.iter()
                .map(|key| key["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = next else { break };
        query = format!("?limit=2&cursor={cursor}");
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!((count, ids.len()), (5, 5));
}
