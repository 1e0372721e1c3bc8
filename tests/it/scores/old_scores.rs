//! What an import makes of players' games: the same that was made of them, had they been played here.

use serde_json::{Value, json};

use crate::harness::{Player, TestApp};

/// Game, best, last, plays, and when it was played last, in the order of the player's page.
async fn games(app: &TestApp, player: &Player) -> Value {
    let page = app.get(&format!("/users/{}", player.id)).await.assert_ok();
    let games = page["games"].as_array().unwrap().iter();
    games
        .map(|game| {
            let numbers = [&game["bestScore"], &game["lastScore"], &game["plays"]];
            json!([game["gameId"], numbers, game["lastPlayedAt"]])
        })
        .collect()
}

/// Somebody who has played elsewhere as `p:1`.
async fn claimed(app: &TestApp) -> Player {
    let ada = app.register("Ada").await;
    let own = format!(
        "update users set external_id = 'p:1' where id = '{}'",
        ada.uuid()
    );
    app.database.execute(&own).await;
    ada
}

#[tokio::test]
async fn old_scores_seed_what_is_known_of_a_players_games() {
    let app = TestApp::start().await;
    let race = json!({ "id": "race", "gameId": "race", "title": "Race", "order": "asc", "operator": "best" });
    app.admin().await.make_board(race).await;
    let ada = claimed(&app).await;
    // Not in the order of time.
    let lines = "\
p:1,Ada,chess,40,2024-03-02T12:00:00Z
p:1,Ada,chess,90,2024-03-01T12:00:00Z
p:1,Ada,race,61,2024-05-01T12:00:00Z
p:1,Ada,race,60,2024-04-01T12:00:00Z
p:1,Ada,go,7,
p:1,Ada,go,5,
p:2,Bob,chess,95,2024-03-01T12:00:00Z
";
    assert_eq!(app.import(lines).await.imported, 7);
    let want = json!([
        ["race", [60, 61, 2], "2024-05-01T12:00:00.000Z"],
        ["chess", [90, 40, 2], "2024-03-02T12:00:00.000Z"],
        // Nobody knows when: long ago, in the order of the lines.
        ["go", [7, 5, 2], "2000-01-01T00:00:00.000Z"],
    ]);
    assert_eq!(games(&app, &ada).await, want);
    // Once more changes nothing.
    let again = app.import(lines).await;
    assert_eq!((again.imported, again.known), (0, 7));
    assert_eq!(games(&app, &ada).await, want);
    let overlaps = "select count(*) from user_game_stats one join user_game_stats other using (user_id)
        where one.last_played_at > other.last_played_at and one.latest_since <= other.last_played_at";
    assert_eq!(app.database.count(overlaps).await, 0);
}

#[tokio::test]
async fn old_scores_join_what_was_played_here() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = claimed(&app).await;
    ada.score(&service, "chess", 50).await;
    ada.score(&service, "go", 5).await;
    let before = games(&app, &ada).await;
    let lines = "\
p:1,Ada,chess,80,2024-03-01T12:00:00Z
p:1,Ada,go,3,2024-03-01T13:00:00Z
p:1,Ada,draughts,1,2024-03-01T14:00:00Z
";
    assert_eq!(app.import(lines).await.imported, 3);
    // Better, and one play more; what was last is last, and when.
    let want = json!([
        ["go", [5, 5, 2], before[0][2]],
        ["chess", [80, 50, 2], before[1][2]],
        ["draughts", [1, 1, 1], "2024-03-01T14:00:00.000Z"],
    ]);
    assert_eq!(games(&app, &ada).await, want);
    ada.score(&service, "chess", 60).await;
    let now = games(&app, &ada).await;
    assert_eq!(
        (&now[0][0], &now[0][1]),
        (&json!("chess"), &json!([80, 60, 3]))
    );
}
