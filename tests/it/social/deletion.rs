use kernel::UserId;
use serde_json::json;

use crate::harness::{Player, TestApp, eventually};

async fn follow(player: &Player, target: &Player) {
    let path = format!("/following/{}", target.id);
    player.put(&path).await.assert_ok();
}

#[tokio::test]
async fn who_is_deleted_is_on_no_list_at_once_and_in_no_table_soon() {
    let app = TestApp::start().await;
    let (ada, bob, eve) = (
        app.register("Ada").await,
        app.register("Bob").await,
        app.register("Eve").await,
    );
    follow(&ada, &bob).await;
    follow(&bob, &ada).await;
    follow(&eve, &bob).await;
    bob.put("/presence")
        .json(&json!({ "status": "home" }))
        .await
        .assert_ok();
    bob.put(&format!("/blocks/{}", eve.id)).await.assert_gone();
    bob.delete("/me").await.assert_gone();
    for list in ["/followers", "/following"] {
        let listed = ada.get(list).await.assert_ok();
        assert_eq!(listed["users"], json!([]), "{list}");
    }
    eventually("nothing is left", async || {
        (app.social.rows_about(bob.user_id()).await == 0).then_some(())
    })
    .await;
    for player in [&ada, &eve] {
        let page = app.get(&format!("/users/{}", player.id)).await.assert_ok();
        assert_eq!([&page["followers"], &page["following"]], [0, 0]);
    }
    // The token still works for a while, and must not bring anything back.
    let _ = bob
        .put("/presence")
        .json(&json!({ "status": "home" }))
        .await;
    assert_eq!(app.social.rows_about(bob.user_id()).await, 0);
}

#[tokio::test]
async fn edges_by_the_thousand_go_in_steps_and_counts_stay_true() {
    let app = TestApp::start().await;
    let (star, fan) = (app.register("Star").await, app.register("Fan").await);
    follow(&fan, &star).await;
    let fans: Vec<UserId> = (0..2_500).map(|_| app.clock.new_uuid().into()).collect();
    let edges: Vec<_> = fans.iter().map(|fan| (*fan, star.user_id())).collect();
    let counts: Vec<_> = fans.iter().map(|fan| (*fan, 0, 1)).collect();
    app.social.add_edges(&edges).await;
    app.social.set_counts(&counts).await;
    star.delete("/me").await.assert_gone();
    eventually("nothing is left", async || {
        (app.social.rows_about(star.user_id()).await == 0).then_some(())
    })
    .await;
    assert_eq!(app.social.counted().await, 0);
}

#[tokio::test]
async fn an_export_says_whom_one_follows_and_who_follows() {
    let app = TestApp::start().await;
    let (ada, bob, eve) = (
        app.register("Ada").await,
        app.register("Bob").await,
        app.register("Eve").await,
    );
    follow(&ada, &bob).await;
    follow(&bob, &ada).await;
    ada.put(&format!("/blocks/{}", eve.id)).await.assert_gone();
    ada.put("/presence")
        .json(&json!({ "status": "invisible" }))
        .await
        .assert_ok();
    let export = ada.get("/me/export").await.assert_ok();
    let social = &export["social"];
    assert_eq!(social["following"][0]["userId"], bob.id);
    assert_eq!(social["followers"][0]["userId"], bob.id);
    assert_eq!(social["blocks"][0]["userId"], eve.id);
    assert_eq!(social["presence"]["status"], "invisible");
}
