use db::private::PrivatePostgres;
use http::Method;

use super::load::Load;
use crate::harness::{TestApp, eventually, folder, url_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_postgresql_is_away_writes_are_503_and_boards_are_still_read_and_then_all_is_well() {
    let data = folder();
    let postgres = PrivatePostgres::start(data.path()).await.unwrap();
    let app = TestApp::builder()
        .setting("DATABASE_URL", url_of(&postgres.connect_options()))
        .start()
        .await;
    let service = app.game_service(&[]).await;
    let load = Load::prepare(&app, &service, 4, 2000).await;
    let ada = app.register("Ada").await;
    let token = service.vouch(&ada, "chess", 1).await;
    let outage = async {
        load.more(100).await;
        postgres.stop().await.unwrap();
        eventually("writes are refused", async || {
            (load.unavailable() > 3).then_some(())
        })
        .await;
        let health = app.at_root(Method::GET, "/health").await;
        assert_eq!(
            health.assert_status(503).json()["checks"]["database"],
            "error"
        );
        app.at_root(Method::GET, "/health/ready")
            .await
            .assert_status(503);
        app.at_root(Method::GET, "/health/live")
            .await
            .assert_status(200);
        assert!(
            !app.board("global").entries().await.is_empty(),
            "boards are read from memory"
        );
        ada.submit(&token, 1)
            .await
            .assert_error(503, "database_unavailable");
        ada.get("/me")
            .await
            .assert_error(503, "database_unavailable");

        let postgres = PrivatePostgres::start(data.path()).await.unwrap();
        load.more(100).await;
        load.stop();
        postgres
    };
    let ((), postgres) = tokio::join!(load.play(app.api()), outage);
    load.check(app.api()).await;
    ada.submit(&token, 1).await.assert_ok();
    eventually("the server is ready again", async || {
        (app.at_root(Method::GET, "/health/ready").await.status == 200).then_some(())
    })
    .await;
    let admin = app.admin().await;
    assert_eq!(
        admin
            .post("/admin/leaderboards/global/sync")
            .await
            .assert_ok()["drift"],
        0
    );
    app.stop().await;
    postgres.stop().await.unwrap();
}
