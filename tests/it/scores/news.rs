//! The outbox of news: what batches of plays leave for others.

use futures_util::future::join_all;
use kernel::UserId;
use scores::News;
use serde_json::json;

use crate::harness::{Player, TestApp, eventually};

/// Nobody takes the news but the test.
async fn quiet() -> TestApp {
    TestApp::builder().setting("ROLE", "api").start().await
}

async fn take(app: &TestApp) -> News {
    let mut tx = app.database.pool.begin().await.unwrap();
    let news = app.scores().take_news(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    news
}

fn id(player: &Player) -> UserId {
    player.id.parse().unwrap()
}

/// What is known of a player's games: before and now, where it is better.
fn improved(news: &News, player: &Player) -> Vec<(String, Option<u64>, u64)> {
    let own = news.improved.iter().filter(|one| one.player == id(player));
    own.map(|one| (one.game.to_string(), one.before, one.best))
        .collect()
}

#[tokio::test]
async fn plays_are_told_of_once_a_player_and_game_with_what_is_better() {
    let app = quiet().await;
    let race = json!({ "id": "race", "gameId": "race", "title": "Race", "order": "asc", "operator": "best" });
    app.admin().await.make_board(race).await;
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    for score in [50, 70, 60] {
        ada.score(&service, "chess", score).await;
        ada.score(&service, "race", score).await;
    }
    bob.score(&service, "chess", 0).await;
    let news = take(&app).await;
    assert_eq!(news.played.len(), 3, "{news:?}");
    assert_eq!(
        improved(&news, &ada),
        [("chess".into(), None, 70), ("race".into(), None, 50)]
    );
    assert_eq!(improved(&news, &bob), [("chess".into(), None, 0)]);

    // From the best that there was to the best that there is, where lower is better as well.
    for (chess, race) in [(70, 50), (75, 49), (71, 50), (80, 48)] {
        ada.score(&service, "chess", chess).await;
        ada.score(&service, "race", race).await;
    }
    let news = take(&app).await;
    assert_eq!(
        improved(&news, &ada),
        [
            ("chess".into(), Some(70), 80),
            ("race".into(), Some(50), 48)
        ]
    );
    // Who has not become better has played all the same.
    ada.score(&service, "chess", 80).await;
    let news = take(&app).await;
    assert_eq!(news.played.len(), 1);
    assert_eq!(news.improved, []);
    assert_eq!(take(&app).await, News::default());
}

#[tokio::test]
async fn scores_that_are_written_together_leave_one_row_together() {
    let app = quiet().await;
    let service = app.game_service(&[]).await;
    let players = join_all((0..20).map(async |n| app.register(&format!("Player {n}")).await)).await;
    let tokens = join_all(
        players
            .iter()
            .map(async |player| service.vouch(player, "chess", 9).await),
    );
    let tokens = tokens.await;
    let plays = players.iter().zip(&tokens);
    let played = join_all(plays.map(async |(player, token)| player.submit(token, 9).await)).await;
    assert!(played.iter().all(|answer| answer.status.is_success()));
    let rows = "select count(*) from score_news";
    let plays = "select sum(cardinality(users))::bigint from score_news";
    assert!(app.database.count(rows).await < 20);
    assert_eq!(app.database.count(plays).await, 20);
    assert_eq!(take(&app).await.improved.len(), 20);
}

#[tokio::test]
async fn news_that_was_not_passed_on_is_still_there_and_nobody_gets_it_twice() {
    let app = quiet().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    // More than is taken at once.
    for score in 1..=40 {
        ada.score(&service, "chess", score).await;
    }
    let mut first = app.database.pool.begin().await.unwrap();
    let taken = app.scores().take_news(&mut first).await.unwrap();
    assert!(taken.more);
    assert_eq!(improved(&taken, &ada), [("chess".into(), None, 32)]);
    // Somebody else at the same time gets what is left, and doesn't wait.
    let rest = take(&app).await;
    assert!(!rest.more);
    assert_eq!(improved(&rest, &ada), [("chess".into(), Some(32), 40)]);
    first.rollback().await.unwrap();
    assert_eq!(take(&app).await, taken);
}

#[tokio::test]
async fn old_scores_are_told_of_but_make_nobody_better() {
    let app = quiet().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    ada.score(&service, "chess", 50).await;
    let claimed = format!(
        "update users set external_id = 'p:1' where id = '{}'",
        ada.uuid()
    );
    app.database.execute(&claimed).await;
    take(&app).await;
    let report = app
        .import("p:1,Ada,chess,60,\np:1,Ada,go,5,\np:2,Bob,chess,70,\n")
        .await;
    assert_eq!(report.imported, 3);
    let news = take(&app).await;
    assert_eq!(news.played.len(), 3);
    assert_eq!(news.improved, []);
    // From there it goes on.
    ada.score(&service, "chess", 65).await;
    let news = take(&app).await;
    assert_eq!(improved(&news, &ada), [("chess".into(), Some(60), 65)]);
}

#[tokio::test]
async fn a_server_that_does_jobs_passes_the_news_on() {
    let app = quiet().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    ada.score(&service, "chess", 5).await;
    let waiting = "select count(*) from score_news";
    assert_eq!(app.database.count(waiting).await, 1);
    let _worker = app.neighbour().setting("ROLE", "worker").start().await;
    eventually("the news is passed on", async || {
        (app.database.count(waiting).await == 0).then_some(())
    })
    .await;
}
