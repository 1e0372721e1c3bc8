use futures_util::StreamExt;
use futures_util::stream;

use crate::harness::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_submissions_at_once_for_one_player_sum_up_exactly() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    let (service, ada) = (&service, &ada);
    let tokens: Vec<_> = stream::iter(0..1000_u64)
        .map(|number| async move {
            (
                service
                    .vouch(ada, ["chess", "go"][number as usize % 2], 1000)
                    .await,
                number,
            )
        })
        .buffer_unordered(50)
        .collect()
        .await;
    let scores: Vec<u64> = stream::iter(&tokens)
        .map(|(token, score)| async move {
            ada.submit(token, *score).await.assert_ok()["score"]
                .as_u64()
                .unwrap()
        })
        .buffer_unordered(1000)
        .collect()
        .await;
    assert_eq!(scores.into_iter().max(), Some(499_500));
    assert_eq!(app.board("global").entry_of(ada).await.score, 499_500);
    assert_eq!(app.board("chess").entry_of(ada).await.score, 998);
    assert_eq!(app.board("go").entry_of(ada).await.score, 999);
    let audited = "select sum(score_delta)::bigint from score_events";
    assert_eq!(app.database.count(audited).await, 499_500);
    assert_eq!(
        app.database
            .count("select count(*) from consumed_tokens")
            .await,
        1000
    );
    assert_eq!(
        app.database
            .count("select sum(plays)::bigint from user_game_stats")
            .await,
        1000
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_players_at_once_end_up_as_postgresql_has_them() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let mut players = Vec::new();
    for number in 0..8 {
        players.push(app.register(&format!("Player {number}")).await);
    }
    let (service, players) = (&service, &players);
    stream::iter(0..400_usize)
        .map(|number| async move {
            players[number % 8]
                .score(service, "chess", (number * 37 % 101) as u64)
                .await
        })
        .buffer_unordered(64)
        .collect::<Vec<_>>()
        .await;
    let total: u64 = app
        .board("global")
        .entries()
        .await
        .iter()
        .map(|entry| entry.score)
        .sum();
    let audited = app
        .database
        .count("select sum(score_delta)::bigint from score_events")
        .await;
    assert_eq!(total, audited.cast_unsigned());
    let admin = app.admin().await;
    for board in ["global", "chess"] {
        let synced = admin
            .post(&format!("/admin/leaderboards/{board}/sync"))
            .await
            .assert_ok();
        assert_eq!(
            (&synced["compared"], &synced["drift"]),
            (&8.into(), &0.into()),
            "{board}: {synced}"
        );
    }
}
