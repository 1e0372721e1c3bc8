use crate::harness::{TestDatabase, TestProcess};

/// How many batches went by what memory has and where rows lie, by what memory has, and by what PostgreSQL has.
async fn ways(server: &TestProcess) -> [f64; 3] {
    let mut ways = [0.0; 3];
    for (batches, way) in ways.iter_mut().zip(["rows", "memory", "database"]) {
        let label = format!("known_from=\"{way}\"");
        *batches = server.metric("group_commit_batches_total", &[&label]).await;
    }
    ways
}

#[tokio::test]
async fn rows_that_lie_elsewhere_by_now_are_found_all_the_same() {
    let database = TestDatabase::create().await;
    let server = TestProcess::builder().database(&database).start().await;
    let service = server.game_service(&[]).await;
    let mut players = Vec::new();
    for name in ["Ada", "Bob", "Cleo"] {
        players.push(server.register(name).await);
    }
    let play = async |times: u32| {
        for _ in 0..times {
            for player in &players {
                player.score(&service, "chess", 1).await;
            }
        }
    };
    play(10).await;
    let before = ways(&server).await;
    assert!(before[0] >= 20.0, "most went by where rows lie: {before:?}");
    assert!(before[1] >= 1.0, "some cleared pages: {before:?}");

    // The same rows in another order, so that where one lay there is another's.
    database
        .execute(
            "create table reversed as select * from scores order by leaderboard_number desc, user_id desc;
             truncate scores; insert into scores select * from reversed",
        )
        .await;
    play(10).await;
    let after = ways(&server).await;
    assert!(
        after[1] > before[1],
        "a batch is tried by the keys: {after:?}"
    );
    assert_eq!(after[2], before[2], "memory was right about the scores");
    assert!(after[0] > before[0], "and rows are known again: {after:?}");
    for board in ["global", "chess"] {
        for player in &players {
            let score = if board == "global" { 20 } else { 1 };
            assert_eq!(server.board(board).entry_of(player).await.score, score);
        }
    }
    let sum = "select sum(score)::bigint from scores join leaderboards on number = leaderboard_number where id = 'global'";
    assert_eq!(database.count(sum).await, 60);
}
