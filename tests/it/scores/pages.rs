use http::Method;
use serde_json::json;

use crate::harness::TestApp;

/// Fills `global` by SQL, so that many players cost no time, and has the server read it.
pub async fn fill(app: &TestApp, players: u32) {
    app.database
        .execute(&format!(
            "insert into users (id, screen_name, created_at)
                 select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Player ' || n, now()
                 from generate_series(1, {players}) n;
             insert into scores (leaderboard_number, period, user_id, score, reached_at)
                 select number, 0, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, (n % 50) * 10, now() + n * interval '1 ms'
                 from generate_series(1, {players}) n, leaderboards where id = 'global'"
        ))
        .await;
    let admin = app.admin().await;
    let synced = admin
        .call(Method::POST, "/admin/leaderboards/global/sync")
        .await
        .assert_ok();
    assert_eq!(synced["compared"], players, "{synced}");
}

#[tokio::test]
async fn paging_through_a_board_shows_each_player_once_and_in_order() {
    let app = TestApp::start().await;
    fill(&app, 250).await;
    let whole = app.board("global").entries_by(100).await;
    assert_eq!(whole.len(), 250);
    for (place, entry) in whole.iter().enumerate() {
        assert_eq!(entry.rank, place as u64 + 1);
    }
    assert!(
        whole.is_sorted_by_key(|entry| (std::cmp::Reverse(entry.score), entry.reached_at.clone()))
    );
    for limit in [1, 7, 20, 50] {
        assert_eq!(
            app.board("global").entries_by(limit).await,
            whole,
            "{limit} at a time"
        );
    }
    let first = app.board("global").page("").await.assert_ok();
    assert_eq!(first["entries"].as_array().unwrap().len(), 20);
    assert_eq!(
        (&first["leaderboard"], &first["total"]),
        (&json!("global"), &json!(250))
    );
}

#[tokio::test]
async fn the_last_page_has_no_next() {
    let app = TestApp::start().await;
    fill(&app, 40).await;
    let first = app.board("global").page("?limit=20").await.assert_ok();
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = app
        .board("global")
        .page(&format!("?limit=20&cursor={cursor}"))
        .await
        .assert_ok();
    assert_eq!(second["entries"].as_array().unwrap().len(), 20);
    assert!(second["nextCursor"].is_null());
    assert!(app.board("global").page("?limit=40").await.assert_ok()["nextCursor"].is_null());
}

#[tokio::test]
async fn a_player_who_moves_between_two_pages_hides_nobody_else() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let mut players = Vec::new();
    for (name, score) in [("Ada", 50), ("Bob", 40), ("Cleo", 30), ("Dan", 20)] {
        let player = app.register(name).await;
        player.score(&service, "chess", score).await;
        players.push(player);
    }
    let first = app.board("global").page("?limit=2").await.assert_ok();
    // Bob, whom the cursor stands on, goes to the top; Ada leaves for good.
    players[1].score(&service, "chess", 100).await;
    players[0].delete("/me").await.assert_gone();
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = app
        .board("global")
        .page(&format!("?limit=2&cursor={cursor}"))
        .await
        .assert_ok();
    let names: Vec<_> = second["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["screenName"].clone())
        .collect();
    assert_eq!(names, ["Cleo", "Dan"]);
}

#[tokio::test]
async fn an_empty_board_is_an_empty_list() {
    let app = TestApp::start().await;
    let page = app.board("global").page("").await.assert_ok();
    assert_eq!(
        (&page["entries"], &page["total"], &page["nextCursor"]),
        (&json!([]), &json!(0), &json!(null))
    );
}
