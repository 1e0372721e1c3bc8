use serde_json::json;

use crate::harness::{PASSWORD, Player, TestApp, page_of};

async fn session_ids(player: &Player) -> Vec<String> {
    let page = player.get("/auth/sessions").await.assert_ok();
    let (sessions, _) = page_of(&page, "sessions");
    sessions
        .iter()
        .map(|session| session["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn each_device_is_listed_and_can_be_signed_out() {
    let app = TestApp::start().await;
    let phone = app.register("Ada").await;
    let body = json!({ "email": phone.email, "password": PASSWORD });
    let answer = app
        .post("/auth/login")
        .json(&body)
        .header("User-Agent", "Laptop/1.0")
        .await
        .assert_ok();
    let laptop = Player::of(app.api(), &answer, &phone.email);
    let page = phone.get("/auth/sessions").await.assert_ok();
    let (sessions, next) = page_of(&page, "sessions");
    assert_eq!((sessions.len(), next), (2, None));
    let its_own = sessions
        .iter()
        .find(|session| session["userAgent"] == "Laptop/1.0")
        .unwrap();
    let id = its_own["id"].as_str().unwrap();
    assert!(id.starts_with("ses_"));
    phone
        .delete(&format!("/auth/sessions/{id}"))
        .await
        .assert_gone();
    laptop
        .refresh(&laptop.refresh)
        .await
        .assert_error(401, "invalid_refresh_token");
    assert_eq!(session_ids(&phone).await.len(), 1);
    phone
        .delete(&format!("/auth/sessions/{id}"))
        .await
        .assert_error(404, "session_not_found");
    phone.refresh(&phone.refresh).await.assert_ok();
}

#[tokio::test]
async fn another_users_session_is_not_there() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.register("Ada").await, app.register("Eve").await);
    let id = &session_ids(&ada).await[0];
    eve.delete(&format!("/auth/sessions/{id}"))
        .await
        .assert_error(404, "session_not_found");
    ada.refresh(&ada.refresh).await.assert_ok();
}

#[tokio::test]
async fn logging_out_ends_the_session_and_may_be_said_twice() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let body = json!({ "refreshToken": ada.refresh });
    app.post("/auth/logout").json(&body).await.assert_gone();
    app.post("/auth/logout").json(&body).await.assert_gone();
    ada.refresh(&ada.refresh)
        .await
        .assert_error(401, "invalid_refresh_token");
    let nonsense = json!({ "refreshToken": "nonsense" });
    app.post("/auth/logout")
        .json(&nonsense)
        .await
        .assert_error(401, "invalid_refresh_token");
}

#[tokio::test]
async fn devices_are_listed_page_by_page() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    for _ in 0..4 {
        app.advance(1);
        app.login(&ada.email, PASSWORD).await;
    }
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = ada.get(&format!("/auth/sessions{query}")).await.assert_ok();
        let (sessions, next) = page_of(&page, "sessions");
        seen.extend(
            sessions
                .iter()
                .map(|session| session["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = next else { break };
        query = format!("?limit=2&cursor={cursor}");
    }
    assert_eq!(seen.len(), 5);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
}
