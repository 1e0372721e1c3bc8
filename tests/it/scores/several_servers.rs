use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use crate::harness::{TestApp, eventually};

#[tokio::test]
async fn a_second_server_on_the_database_shows_the_firsts_changes_soon() {
    let first = TestApp::start().await;
    let second = first.neighbour().start().await;
    let service = first.game_service(&[]).await;
    let (ada, bob) = (first.register("Ada").await, first.register("Bob").await);
    let mut events = second.events("global").await;
    events.next().await;
    ada.score(&service, "chess", 30).await;
    bob.at(second.api())
        .score(&service.at(second.api()), "chess", 20)
        .await;
    events.until(|data| data["total"] == 2).await;
    for server in [&first, &second] {
        for board in ["global", "chess"] {
            eventually("both servers agree", async || {
                if server.get(&format!("/leaderboards/{board}")).await.status != 200 {
                    return None;
                }
                (server.board(board).names().await == ["Ada", "Bob"]).then_some(())
            })
            .await;
        }
    }
    let (one, other) = (
        first.board("global").page("").await.assert_ok(),
        second.board("global").page("").await.assert_ok(),
    );
    assert_eq!(one, other, "the same version is the same board");
}

#[tokio::test]
async fn changes_of_one_server_reach_the_others_streams_as_they_happen() {
    let first = TestApp::start().await;
    let second = first.neighbour().start().await;
    let service = first.game_service(&[]).await;
    let ada = first.register("Ada").await;
    ada.score(&service, "chess", 1).await;
    let mut events = second.events("global").await;
    events.until(|data| data["total"] == 1).await;
    // Until they have heard of each other, a change is found missing, and that takes more than half a second.
    const PATIENCE: Duration = Duration::from_millis(500);
    const ROUNDS: u32 = 20;
    let began = Instant::now();
    for round in 2..=ROUNDS + 1 {
        ada.score(&service, "chess", 1).await;
        events
            .until(|data| data["entries"][0]["score"] == round)
            .await;
    }
    let elapsed = began.elapsed();
    assert!(elapsed < ROUNDS * PATIENCE, "{elapsed:?}");
}

#[tokio::test]
async fn what_one_server_answered_the_other_answers_again() {
    let first = TestApp::start().await;
    let second = first.neighbour().start().await;
    let service = first.game_service(&[]).await;
    let ada = first.register("Ada").await;
    let token = service.vouch(&ada, "chess", 30).await;
    let answer = ada.submit(&token, 30).await.assert_ok();
    let again = ada.at(second.api()).submit(&token, 30).await;
    assert_eq!(again.assert_ok(), answer);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    ada.at(second.api())
        .submit(&token, 29)
        .await
        .assert_error(409, "action_token_replayed");
}

#[tokio::test]
async fn two_servers_counting_for_one_player_lose_nothing() {
    let first = TestApp::start().await;
    let second = first.neighbour().start().await;
    let service = first.game_service(&[]).await;
    let ada = first.register("Ada").await;
    let there = (ada.at(second.api()), service.at(second.api()));
    let play = async |ada: &crate::harness::Player, service: &crate::harness::GameService| {
        futures_util::future::join_all((0..50).map(|_| ada.score(service, "chess", 1))).await;
    };
    tokio::join!(play(&ada, &service), play(&there.0, &there.1));
    for server in [&first, &second] {
        eventually("both servers have counted all", async || {
            let entry = server.board("global").entry(&ada).await;
            (entry.status == 200 && entry.json()["score"] == 100).then_some(())
        })
        .await;
    }
    assert_eq!(first.database.count("select score from scores join leaderboards on number = leaderboard_number where leaderboards.id = 'global'").await, 100);
}

#[tokio::test]
async fn deleted_boards_and_players_are_gone_on_the_other_server_soon() {
    let first = TestApp::start().await;
    let second = first.neighbour().start().await;
    let admin = first.admin().await;
    let service = first.game_service(&[]).await;
    let ada = first.register("Ada").await;
    admin
        .make_board(json!({ "id": "extra", "title": "Extra" }))
        .await;
    ada.score(&service, "chess", 5).await;
    eventually("the other server shows the board", async || {
        let there = second.get("/leaderboards/extra").await.status == 200
            && second.get("/leaderboards/chess").await.status == 200;
        (there && second.board("extra").names().await == ["Ada"]).then_some(())
    })
    .await;
    admin
        .delete("/admin/leaderboards/extra")
        .await
        .assert_gone();
    ada.delete("/me").await.assert_gone();
    eventually("the other server shows neither", async || {
        let gone = second.get("/leaderboards/extra").await.status == 404;
        (gone && second.board("chess").names().await.is_empty()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_server_starts_beside_one_of_a_later_release() {
    let first = TestApp::start().await;
    // What that one has added, which this release has never heard of.
    first
        .database
        .execute(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
             values (999999, 'of a later release', true, ''::bytea, 0)",
        )
        .await;
    let second = first.neighbour().start().await;
    // The database is used again by other tests.
    first
        .database
        .execute("delete from _sqlx_migrations where version = 999999")
        .await;
    second.get("/leaderboards/global").await.assert_ok();
}
