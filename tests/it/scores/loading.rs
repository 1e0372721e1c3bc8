use http::Method;

use crate::harness::{EventStream, TestApp};

#[tokio::test]
async fn until_a_board_is_loaded_it_is_503_rather_than_a_wrong_rank() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    ada.score(&service, "chess", 5).await;
    let mut lock = app.database.pool.begin().await.unwrap();
    sqlx::query("lock table scores in access exclusive mode")
        .execute(&mut *lock)
        .await
        .unwrap();

    let next = app.neighbour().start_loading().await;
    for path in [
        "/leaderboards/global".to_owned(),
        "/leaderboards/global/entries".to_owned(),
        format!("/leaderboards/global/entries/{}", ada.id),
        format!("/leaderboards/global/around/{}", ada.id),
    ] {
        next.get(&path)
            .await
            .assert_error(503, "leaderboard_loading");
    }
    next.at_root(Method::GET, "/health/ready")
        .await
        .assert_status(503);
    next.at_root(Method::GET, "/health/live")
        .await
        .assert_status(200);
    // Browsers never come back after a 503.
    let mut stream = EventStream::open(next.get("/leaderboards/global/events")).await;
    stream.ended().await;
    assert!(stream.retry().is_some());

    lock.rollback().await.unwrap();
    next.ready().await;
    assert_eq!(
        next.board("global").standings().await,
        [("Ada".to_owned(), 5)]
    );
    next.at_root(Method::GET, "/health/ready")
        .await
        .assert_status(200);
}
