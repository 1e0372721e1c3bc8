use serde_json::{Value, json};

use crate::harness::{TestApp, eventually};

#[tokio::test]
async fn me_tells_who_is_signed_in() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let me = ada.get("/me").await.assert_ok();
    assert_eq!(me["id"], ada.id.as_str());
    assert_eq!(me["email"], ada.email.as_str());
    assert_eq!(me["role"], "user");
    assert_eq!(me["timeZone"], "UTC");
    let created = me["createdAt"].as_str().unwrap();
    assert!(created.len() == 24 && created.ends_with('Z'), "{created}");
}

#[tokio::test]
async fn a_profile_is_changed_field_by_field() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let me = ada
        .patch("/me")
        .json(&json!({ "screenName": "Ada L." }))
        .await
        .assert_ok();
    assert_eq!(me["screenName"], "Ada L.");
    let me = ada
        .patch("/me")
        .json(&json!({ "avatar": 999, "timeZone": "Europe/London" }))
        .await
        .assert_ok();
    assert_eq!(
        (&me["screenName"], &me["avatar"], &me["timeZone"]),
        (&json!("Ada L."), &json!(999), &json!("Europe/London"))
    );
    let me = ada.patch("/me").json(&json!({})).await.assert_ok();
    assert_eq!(me["avatar"], 999);
    assert_eq!(ada.get("/me").await.assert_ok(), me);
}

#[tokio::test]
async fn a_profile_keeps_its_rules() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    for (name, value) in [
        ("screenName", json!("")),
        ("screenName", json!("a\u{200b}")),
        ("screenName", json!("x".repeat(10_000))),
        ("avatar", json!(-1)),
        ("avatar", json!(1000)),
        ("avatar", json!(1.5)),
        ("avatar", json!("7")),
        ("timeZone", json!("Mars/Olympus")),
        ("timeZone", json!("../../etc/passwd")),
        ("timeZone", json!("x".repeat(10_000))),
    ] {
        let mut body = json!({});
        body[name] = value;
        ada.patch("/me")
            .json(&body)
            .await
            .assert_error(422, "validation_failed");
    }
    for name in ["role", "email", "id"] {
        let mut body = json!({});
        body[name] = json!("admin");
        let answer = ada.patch("/me").json(&body).await;
        assert!(matches!(answer.status.as_u16(), 200 | 422), "{answer:?}");
    }
    let me = ada.get("/me").await.assert_ok();
    assert_eq!(
        (&me["role"], &me["email"]),
        (&json!("user"), &json!(ada.email))
    );
    assert_ne!(me["screenName"], Value::Null);
}

#[tokio::test]
async fn a_new_name_stands_on_every_board_soon() {
    let app = TestApp::start().await;
    let service = app.game_service(&["chess"]).await;
    let ada = app.register("Ada").await;
    ada.score(&service, "chess", 5).await;
    assert_eq!(app.board("chess").names().await, ["Ada"]);
    let mut events = app.events("chess").await;
    assert_eq!(events.next().await.data["entries"][0]["screenName"], "Ada");
    ada.patch("/me")
        .json(&json!({ "screenName": "Countess", "avatar": 7 }))
        .await
        .assert_ok();
    eventually("the board shows the new name", async || {
        let entries = app.board("chess").entries().await;
        (entries[0].screen_name == "Countess" && entries[0].avatar == 7).then_some(())
    })
    .await;
}

#[tokio::test]
async fn of_changes_at_once_the_boards_show_the_last() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    ada.score(&service, "chess", 5).await;
    for _ in 0..10 {
        let changes = (0..8).map(|number| {
            let name = json!({ "screenName": format!("Ada {number}") });
            let ada = &ada;
            async move { ada.patch("/me").json(&name).await.assert_ok() }
        });
        futures_util::future::join_all(changes).await;
        let name = ada.get("/me").await.assert_ok()["screenName"].clone();
        assert_eq!(json!(app.board("chess").names().await), json!([name]));
    }
}
