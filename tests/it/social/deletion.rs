use kernel::UserId;
use serde_json::json;
use sqlx::Executor;

use crate::harness::{Player, TestApp, TestDatabase, TestProcess, eventually};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_that_is_killed_half_way_is_finished_by_the_next_server() {
    let database = TestDatabase::create().await;
    let server = TestProcess::builder().database(&database).start().await;
    let service = server.game_service(&[]).await;
    let star = server.register("Star").await;
    star.score(&service, "chess", 5).await;
    star.put("/presence")
        .json(&json!({ "status": "home" }))
        .await
        .assert_ok();
    let fans = format!(
        "insert into follows select md5('fan' || n)::uuid, '{0}', now() from generate_series(1, 2500) n order by 1;
         insert into follow_counts (user_id, following) select md5('fan' || n)::uuid, 1 from generate_series(1, 2500) n;
         insert into follow_counts (user_id, followers) values ('{0}', 2500)",
        star.uuid()
    );
    database.execute(&fans).await;
    // The last step waits for somebody else, and so is sure not to be over when the server dies.
    let mut other = database.pool.begin().await.unwrap();
    let held = "select from follow_counts
                where user_id = (select user_id from follows order by user_id desc limit 1) for update";
    other.execute(held).await.unwrap();
    star.delete("/me").await.assert_gone();
    let edges = "select count(*) from follows";
    eventually("some are gone", async || {
        (database.count(edges).await < 2_500).then_some(())
    })
    .await;
    let killed = server.kill().await;
    assert!(database.count(edges).await > 0);
    other.rollback().await.unwrap();
    // The lease of the job ends now rather than in half a minute.
    let ended = "update jobs set lease_until = now() where state = 'running'";
    database.execute(ended).await;
    let server = killed.again().start().await;
    let left = format!(
        "select (select count(*) from follows)
              + (select count(*) from follow_counts where following <> 0 or user_id = '{0}')
              + (select count(*) from presence where user_id = '{0}')
              + (select count(*) from user_game_stats where user_id = '{0}')
              + (select count(*) from scores where user_id = '{0}')",
        star.uuid()
    );
    eventually("nothing is left", async || {
        (database.count(&left).await == 0).then_some(())
    })
    .await;
    server.terminate().await;
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
