use crate::harness::{TestDatabase, TestProcess, eventually};

const MADE: &str = "select (select count(*) from users where demo) + (select count(*) from leaderboards where demo)";

#[tokio::test]
async fn a_newcomer_sees_boards_move_and_clear_takes_away_exactly_the_demo() {
    let database = TestDatabase::create().await;
    let server = TestProcess::builder().database(&database).start().await;
    let service = server.game_service(&[]).await;
    let ada = server.register("Ada").await;
    ada.score(&service, "chess", 42).await;
    let before = contents(&database).await;
    let plain = server.terminate().await;

    let server = plain.again().argument("--demo").start().await;
    let mut events = server.events("global").await;
    let first = events.next().await;
    assert!(
        first.data["entries"].as_array().unwrap().len() == 10,
        "it is filled at once: {}",
        first.data
    );
    // Within a minute; in fact much sooner.
    let moved = events.next().await;
    assert!(!moved.data["changes"].as_array().unwrap().is_empty());
    let boards = server.get("/leaderboards").await.assert_ok()["leaderboards"]
        .as_array()
        .unwrap()
        .len();
    assert!(boards > 2, "{boards}");
    assert!(database.count(MADE).await > 10);
    // A real player among them.
    ada.at(&server).get("/me").await.assert_ok();
    assert_eq!(server.board("chess").entry_of(&ada).await.score, 42);
    let demo = server.terminate().await;

    let output = demo.again().run(&["demo", "clear"]).await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(database.count(MADE).await, 0);
    assert_eq!(contents(&database).await, before);
}

#[tokio::test]
async fn clear_beside_a_running_server_empties_its_boards_too() {
    let database = TestDatabase::create().await;
    let server = TestProcess::builder()
        .database(&database)
        .argument("--demo")
        .start()
        .await;
    let demo = server.terminate().await;
    let server = TestProcess::builder().database(&database).start().await;
    assert!(!server.board("global").entries().await.is_empty());
    let output = demo.again().run(&["demo", "clear"]).await;
    assert!(output.status.success(), "{output:?}");
    eventually("the server shows no ghosts", async || {
        server
            .board("global")
            .entries()
            .await
            .is_empty()
            .then_some(())
    })
    .await;
    let again = server.run(&["demo", "clear"]).await;
    assert!(again.status.success(), "{again:?}");
}

/// Everything that the demo could have touched, but for versions.
async fn contents(database: &TestDatabase) -> Vec<String> {
    let mut all = Vec::new();
    for query in [
        "select id::text || screen_name from users order by id",
        "select id || title || period from leaderboards order by id",
        "select leaderboard_number || user_id::text || score || reached_at from scores order by 1",
        "select user_id::text || game_id || best || last || plays from user_game_stats order by 1",
        "select action_id || coalesce(user_id::text, '') || score_delta from score_events order by 1",
        "select id::text from api_keys order by 1",
    ] {
        all.extend(
            sqlx::query_scalar::<_, String>(query)
                .fetch_all(&database.pool)
                .await
                .unwrap(),
        );
    }
    all
}
