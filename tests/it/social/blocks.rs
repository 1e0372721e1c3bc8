use serde_json::json;

use crate::harness::{Player, TestApp};

async fn present(player: &Player) {
    player
        .put("/presence")
        .json(&json!({ "status": "home" }))
        .await
        .assert_ok();
}

async fn status_of(viewer: &Player, user: &Player) -> String {
    let path = format!("/presence?userIds={}", user.id);
    let answer = viewer.get(&path).await.assert_ok();
    answer["users"][0]["status"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn blocking_ends_following_both_ways_and_keeps_it_ended() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let (to_bob, to_ada) = (
        format!("/following/{}", bob.id),
        format!("/following/{}", ada.id),
    );
    ada.put(&to_bob).await.assert_ok();
    bob.put(&to_ada).await.assert_ok();
    let block = format!("/blocks/{}", bob.id);
    ada.put(&block).await.assert_gone();
    ada.put(&block).await.assert_gone();
    for player in [&ada, &bob] {
        let page = app.get(&format!("/users/{}", player.id)).await.assert_ok();
        assert_eq!([&page["followers"], &page["following"]], [0, 0]);
    }
    bob.put(&to_ada).await.assert_error(403, "blocked");
    ada.put(&to_bob).await.assert_error(403, "blocked");

    let blocked = ada.get("/blocks").await.assert_ok();
    assert_eq!(blocked["users"][0]["screenName"], "Bob");
    assert!(
        bob.get("/blocks").await.assert_ok()["users"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    ada.delete(&block).await.assert_gone();
    ada.delete(&block).await.assert_gone();
    bob.put(&to_ada).await.assert_ok();
}

#[tokio::test]
async fn to_whom_is_blocked_one_is_offline_everywhere() {
    let app = TestApp::start().await;
    let (ada, bob, eve) = (
        app.register("Ada").await,
        app.register("Bob").await,
        app.register("Eve").await,
    );
    present(&ada).await;
    assert_eq!(status_of(&bob, &ada).await, "home");
    ada.put(&format!("/blocks/{}", bob.id)).await.assert_gone();
    assert_eq!(status_of(&bob, &ada).await, "offline");
    let page = format!("/users/{}", ada.id);
    let seen = bob.get(&page).await.assert_ok();
    assert_eq!(seen["presence"]["status"], "offline");
    let found = bob.get("/users?query=ada").await.assert_ok();
    assert_eq!(found["users"][0]["presence"]["status"], "offline");
    // Others see what there is, and the one who blocks too.
    assert_eq!(status_of(&eve, &ada).await, "home");
    present(&bob).await;
    assert_eq!(status_of(&ada, &bob).await, "home");
}

#[tokio::test]
async fn whom_nobody_can_block() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    ada.put(&format!("/blocks/{}", ada.id))
        .await
        .assert_error(422, "cannot_block_self");
    ada.put("/blocks/usr_01h455vb4pex5vsknk084sn02q")
        .await
        .assert_error(404, "user_not_found");
}
