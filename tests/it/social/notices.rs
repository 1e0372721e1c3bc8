//! What followers' doings tell others of.

use serde_json::{Value, json};

use crate::harness::{Player, TestApp, eventually};

async fn told(player: &Player, event: &str) -> Vec<Value> {
    let history = player.get("/notifications?limit=100").await.assert_ok();
    let mut all = history["notifications"].as_array().unwrap().clone();
    all.retain(|one| one["event"] == event);
    all
}

#[tokio::test]
async fn whoever_is_followed_is_told_once() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let path = format!("/following/{}", bob.id);
    ada.put(&path).await.assert_ok();
    let notice = eventually("Bob is told", async || {
        told(&bob, "new_follower").await.pop()
    })
    .await;
    assert_eq!(notice["title"], "Ada follows you");
    assert_eq!(notice["link"], format!("/users/{}", ada.id));

    ada.delete(&path).await.assert_gone();
    ada.put(&path).await.assert_ok();
    let eve = app.register("Eve").await;
    eve.put(&path).await.assert_ok();
    eventually("Bob is told of Eve", async || {
        let told = told(&bob, "new_follower").await;
        told.iter()
            .any(|one| one["title"] == "Eve follows you")
            .then_some(())
    })
    .await;
    assert_eq!(told(&bob, "new_follower").await.len(), 2);
}

#[tokio::test]
async fn who_wants_to_hear_nothing_of_followers_does_not() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let off = json!({ "inApp": "off", "email": "off", "discord": "off", "webhook": "off" });
    bob.put("/notifications/preferences")
        .json(&json!({ "grid": { "new_follower": off } }))
        .await
        .assert_ok();
    ada.put(&format!("/following/{}", bob.id)).await.assert_ok();
    eventually("the job is done", async || {
        let done =
            "select count(*) from jobs where kind = 'social.followed' and state = 'succeeded'";
        (app.database.count(done).await == 1).then_some(())
    })
    .await;
    assert!(told(&bob, "new_follower").await.is_empty());
}
