use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn sync_finds_what_changed_behind_the_servers_back_and_repairs_it() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let service = app.game_service(&[]).await;
    let mut players = Vec::new();
    for (name, score) in [("Ada", 30), ("Bob", 20), ("Cleo", 10), ("Dan", 5)] {
        let player = app.register(name).await;
        player.score(&service, "chess", score).await;
        players.push(player);
    }
    let sync = async || {
        admin
            .post("/admin/leaderboards/global/sync")
            .await
            .assert_ok()
    };
    let synced = sync().await;
    assert_eq!(
        (&synced["compared"], &synced["drift"], &synced["repaired"]),
        (&json!(4), &json!(0), &json!(0))
    );
    assert!(synced["tookMs"].is_u64());
    app.database
        .execute(&format!(
            "update scores set score = 99 where user_id = '{}';
             delete from scores where user_id = '{}'",
            players[2].uuid(),
            players[1].uuid()
        ))
        .await;
    assert_eq!(
        app.board("global").names().await,
        ["Ada", "Bob", "Cleo", "Dan"],
        "nobody knows yet"
    );
    let synced = sync().await;
    assert_eq!(
        (&synced["compared"], &synced["drift"], &synced["repaired"]),
        (&json!(3), &json!(2), &json!(2))
    );
    assert_eq!(app.board("global").names().await, ["Cleo", "Ada", "Dan"]);
    assert_eq!(app.board("global").entry_of(&players[2]).await.score, 99);
    assert_eq!(sync().await["drift"], 0);
    admin
        .post("/admin/leaderboards/nothing/sync")
        .await
        .assert_error(404, "leaderboard_not_found");
}

#[tokio::test]
async fn while_a_board_is_synced_scores_go_on_being_counted() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    let syncing = async || {
        for _ in 0..20 {
            admin
                .post("/admin/leaderboards/global/sync")
                .await
                .assert_ok();
        }
    };
    let playing = async {
        for count in 1..=30 {
            ada.score(&service, "chess", 1).await;
            assert_eq!(
                app.board("global").entry_of(&ada).await.score,
                count,
                "shown at once"
            );
        }
    };
    tokio::join!(syncing(), syncing(), syncing(), playing);
    assert_eq!(
        admin
            .post("/admin/leaderboards/global/sync")
            .await
            .assert_ok()["drift"],
        0
    );
}
