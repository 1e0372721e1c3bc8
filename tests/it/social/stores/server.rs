//! A whole server over DynamoDB, and what happens when the line to that is cut.

use std::sync::Arc;

use kernel::UserId;
use serde_json::json;

use super::line::Line;
use crate::harness::{Dynamo, Player, SocialTables, TestApp, eventually};

struct OverLine {
    app: TestApp,
    line: Line,
    tables: SocialTables,
}

impl OverLine {
    async fn start() -> Self {
        let (line, dynamo) = (Line::open().await, Arc::new(Dynamo::make().await));
        let mut app = TestApp::builder();
        for (name, value) in dynamo.settings().await {
            app = app.setting(&name, value);
        }
        let app = app.setting("AWS_ENDPOINT_URL", &line.uri).start().await;
        let tables = SocialTables {
            database: Arc::clone(&app.database),
            dynamo: Some(dynamo),
        };
        Self { app, line, tables }
    }

    /// Plays by game, the game that was played last first.
    async fn games(&self, player: &Player) -> Vec<(String, u64)> {
        let path = format!("/users/{}/games?limit=50", player.id);
        let page = self.app.get(&path).await.assert_ok();
        let games = page["games"].as_array().unwrap().iter();
        games
            .map(|game| {
                let id = game["gameId"].as_str().unwrap().to_owned();
                (id, game["plays"].as_u64().unwrap())
            })
            .collect()
    }

    async fn until_games(&self, player: &Player, want: &[(&str, u64)]) {
        eventually("stats have arrived", async || {
            let games = self.games(player).await;
            let same = games.iter().map(|(game, plays)| (game.as_str(), *plays));
            same.eq(want.iter().copied()).then_some(())
        })
        .await;
    }

    /// Until nobody but who asks has anything to ask DynamoDB.
    async fn until_quiet(&self) {
        eventually("all news is passed on, and all jobs are done", async || {
            // In this order: news becomes jobs.
            let news = self.app.database.count("select count(*) from score_news");
            let jobs = "select count(*) from jobs where state <> 'succeeded'";
            (news.await == 0 && self.app.database.count(jobs).await == 0).then_some(())
        })
        .await;
    }

    /// Jobs of this kind that have failed and wait to be tried again.
    async fn until_failed(&self, kind: &str) {
        let failed =
            format!("select count(*) from jobs where kind = '{kind}' and state = 'failed'");
        eventually("the job has failed", async || {
            (self.app.database.count(&failed).await > 0).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn scores_and_imports_reach_the_copy() {
    let over = OverLine::start().await;
    let app = &over.app;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    ada.score(&service, "chess", 50).await;
    ada.score(&service, "chess", 70).await;
    ada.score(&service, "go", 5).await;
    over.until_games(&ada, &[("go", 1), ("chess", 2)]).await;
    let page = app
        .get(&format!("/users/{}/games", ada.id))
        .await
        .assert_ok();
    let chess = &page["games"][1];
    assert_eq!(
        *chess,
        json!({
            "gameId": "chess",
            "bestScore": 70,
            "lastScore": 70,
            "lastPlayedAt": chess["lastPlayedAt"],
            "plays": 2,
            "rank": 1,
        })
    );
    let claimed = format!(
        "update users set external_id = 'p:1' where id = '{}'",
        ada.uuid()
    );
    app.database.execute(&claimed).await;
    app.import("p:1,Ada,draughts,60,2020-01-01T00:00:00Z\n")
        .await;
    over.until_games(&ada, &[("go", 1), ("chess", 2), ("draughts", 1)])
        .await;
}

#[tokio::test]
async fn scores_count_while_the_copy_cannot_be_reached_and_reach_it_later() {
    let over = OverLine::start().await;
    let service = over.app.game_service(&[]).await;
    let ada = over.app.register("Ada").await;
    over.line.cut_after("PutItem", 0);
    ada.score(&service, "chess", 50).await;
    over.until_failed("social.mirror").await;
    assert_eq!(over.games(&ada).await, []);
    // What comes later isn't overtaken by what is tried again.
    over.line.mend();
    ada.score(&service, "chess", 60).await;
    over.until_games(&ada, &[("chess", 2)]).await;
    over.app.advance(60);
    over.until_quiet().await;
    assert_eq!(over.games(&ada).await, [("chess".to_owned(), 2)]);
}

#[tokio::test]
async fn a_page_is_two_calls_however_much_there_is() {
    let over = OverLine::start().await;
    let (ada, bob) = (
        over.app.register("Ada").await,
        over.app.register("Bob").await,
    );
    let service = over.app.game_service(&[]).await;
    for number in 0..25 {
        ada.score(&service, &format!("game-{number}"), 1).await;
    }
    bob.put(&format!("/following/{}", ada.id)).await.assert_ok();
    over.until_quiet().await;
    over.line.take_calls();
    let page = bob.get(&format!("/users/{}", ada.id)).await.assert_ok();
    assert_eq!(page["isFollowing"], true);
    assert_eq!(page["games"].as_array().unwrap().len(), 20);
    let mut calls = over.line.take_calls();
    calls.sort();
    assert_eq!(calls, ["BatchGetItem", "Query"]);
}

#[tokio::test]
async fn a_deletion_that_was_cut_off_half_way_is_done_later() {
    let over = OverLine::start().await;
    let app = &over.app;
    let service = app.game_service(&[]).await;
    let (star, friend) = (app.register("Star").await, app.register("Friend").await);
    star.score(&service, "chess", 50).await;
    over.until_games(&star, &[("chess", 1)]).await;
    star.put("/presence")
        .json(&json!({ "status": "home" }))
        .await
        .assert_ok();
    friend
        .put(&format!("/following/{}", star.id))
        .await
        .assert_ok();
    let fans: Vec<UserId> = (0..150).map(|_| app.clock.new_uuid().into()).collect();
    let of_fans = fans.iter().map(|fan| (*fan, star.user_id()));
    let of_star = fans.iter().take(60).map(|fan| (star.user_id(), *fan));
    over.tables
        .add_edges(&of_fans.chain(of_star).collect::<Vec<_>>())
        .await;
    let mut counts: Vec<_> = fans
        .iter()
        .enumerate()
        .map(|(place, fan)| (*fan, i64::from(place < 60), 1))
        .collect();
    counts.push((star.user_id(), 151, 60));
    over.tables.set_counts(&counts).await;
    let about = async || over.tables.rows_about(star.user_id()).await;
    // Edges, counts, presence and stats.
    assert_eq!(about().await, 151 + 60 + 1 + 1 + 1);

    over.line.cut_after("TransactWriteItems", 2);
    star.delete("/me").await.assert_gone();
    over.until_failed("social.forget").await;
    // Those whom the user followed are gone, in two transactions.
    assert_eq!(about().await, 151 + 3);
    over.line.mend();
    app.advance(60);
    eventually("nothing is left", async || {
        (about().await == 0).then_some(())
    })
    .await;
    assert_eq!(over.tables.counted().await, 0);
    let page = app.get(&format!("/users/{}", friend.id)).await.assert_ok();
    assert_eq!(page["following"], 0);
}
