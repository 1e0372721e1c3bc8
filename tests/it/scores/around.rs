use super::pages::fill;
use crate::harness::{Entry, TestApp};

fn ranks(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.rank).collect()
}

#[tokio::test]
async fn the_window_is_centred_and_shifted_at_both_ends() {
    let app = TestApp::start().await;
    fill(&app, 100).await;
    let all = app.board("global").entries().await;
    for (rank, limit, want) in [
        (50, 5, 48..=52),
        (1, 5, 1..=5),
        (2, 5, 1..=5),
        (3, 5, 1..=5),
        (4, 5, 2..=6),
        (100, 5, 96..=100),
        (99, 5, 96..=100),
        (50, 1, 50..=50),
        (50, 100, 1..=100),
    ] {
        let player = &all[rank - 1].user_id;
        let window = app.board("global").around(player, limit).await;
        assert_eq!(
            ranks(&window),
            want.collect::<Vec<u64>>(),
            "{limit} around rank {rank}"
        );
        assert!(
            window
                .iter()
                .all(|entry| all[entry.rank as usize - 1] == *entry)
        );
    }
    let window = app.board("global").around(&all[49].user_id, 4).await;
    assert!(window.len() == 4 && window.iter().any(|entry| entry.rank == 50));
}

#[tokio::test]
async fn an_entry_tells_rank_and_percentile() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let mut players = Vec::new();
    for (name, score) in [("Ada", 50), ("Bob", 40), ("Cleo", 30), ("Dan", 20)] {
        let player = app.register(name).await;
        player.score(&service, "chess", score).await;
        players.push(player);
    }
    for (player, (rank, percentile)) in
        players
            .iter()
            .zip([(1, 100.0), (2, 66.67), (3, 33.33), (4, 0.0)])
    {
        let entry = app.board("chess").entry_of(player).await;
        assert_eq!((entry.rank, entry.percentile), (rank, Some(percentile)));
    }
    let lonely = app.register("Lonely").await;
    lonely.score(&service, "solitaire", 1).await;
    assert_eq!(
        app.board("solitaire").entry_of(&lonely).await.percentile,
        Some(100.0)
    );
}

#[tokio::test]
async fn whoever_has_no_score_there_is_not_ranked() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    ada.score(&service, "chess", 5).await;
    app.board("chess")
        .entry(&bob)
        .await
        .assert_error(404, "not_ranked");
    app.get(&format!("/leaderboards/chess/around/{}", bob.id))
        .await
        .assert_error(404, "not_ranked");
    app.board("go")
        .entry(&ada)
        .await
        .assert_error(404, "leaderboard_not_found");
    app.get(&format!("/leaderboards/go/around/{}", ada.id))
        .await
        .assert_error(404, "leaderboard_not_found");
}
