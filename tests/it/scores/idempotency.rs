use futures_util::future::join_all;
use serde_json::json;

use crate::harness::{ForgedToken, TestApp};

#[tokio::test]
async fn the_same_request_again_changes_nothing_and_answers_the_same() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let token = service.vouch(&ada, "chess", 50).await;
    let first = ada.submit(&token, 42).await;
    assert_eq!(first.header("idempotent-replayed"), None);
    bob.score(&service, "chess", 99).await;
    ada.score(&service, "chess", 50).await;
    let again = ada.submit(&token, 42).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(
        again.assert_ok(),
        first.assert_ok(),
        "the first answer, though the world has moved on"
    );
    assert_eq!(app.board("global").entry_of(&ada).await.score, 92);
}

#[tokio::test]
async fn the_same_token_with_another_score_is_409() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    let token = service.vouch(&ada, "chess", 50).await;
    ada.submit(&token, 42).await.assert_ok();
    for other in [0, 41, 43, 50] {
        ada.submit(&token, other)
            .await
            .assert_error(409, "action_token_replayed");
    }
    assert_eq!(app.board("global").entry_of(&ada).await.score, 42);
}

#[tokio::test]
async fn fifty_equal_requests_at_once_have_one_effect_and_one_answer() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    let token = service.vouch(&ada, "chess", 50).await;
    let answers = join_all((0..50).map(|_| async { ada.submit(&token, 42).await })).await;
    let fresh = answers
        .iter()
        .filter(|answer| answer.header("idempotent-replayed").is_none())
        .count();
    assert_eq!(fresh, 1);
    for answer in &answers {
        assert_eq!(answer.assert_ok(), answers[0].assert_ok());
    }
    assert_eq!(app.board("global").entry_of(&ada).await.score, 42);
    assert_eq!(
        app.database
            .count("select count(*) from score_events")
            .await,
        1
    );
    assert_eq!(
        app.database
            .count("select count(*) from consumed_tokens")
            .await,
        1
    );
    assert_eq!(
        app.database
            .count("select plays from user_game_stats")
            .await,
        1
    );
}

#[tokio::test]
async fn of_many_scores_for_one_token_at_once_one_counts() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    let token = &service.vouch(&ada, "chess", 50).await;
    let ada = &ada;
    let answers =
        join_all((1..=50).map(|score| async move { ada.submit(token, score).await })).await;
    let (counted, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(counted.len(), 1);
    for answer in refused {
        answer.assert_error(409, "action_token_replayed");
    }
    assert_eq!(
        app.board("global").entry_of(ada).await.score,
        counted[0].json()["scoreDelta"]
    );
}

#[tokio::test]
async fn an_action_counts_once_for_good_even_by_another_token() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let body = |player: &str, maximum: u64| json!({ "userId": player, "gameId": "chess", "maxScore": maximum, "actionId": "chess/final" });
    let first = service.vouch_with(&body(&ada.id, 50)).await;
    let again = service.vouch_with(&body(&ada.id, 60)).await;
    let bobs = service.vouch_with(&body(&bob.id, 50)).await;
    ada.submit(&first, 42).await.assert_ok();
    ada.submit(&again, 42)
        .await
        .assert_error(409, "action_token_replayed");
    bob.submit(&bobs, 42)
        .await
        .assert_error(409, "action_token_replayed");
    // Another game's action of that name is another action.
    let go = service
        .vouch_with(
            &json!({ "userId": ada.id, "gameId": "go", "maxScore": 9, "actionId": "go/final" }),
        )
        .await;
    ada.submit(&go, 9).await.assert_ok();
}

#[tokio::test]
async fn a_replay_tells_nobody_else_anything() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.register("Ada").await, app.register("Eve").await);
    let token = ForgedToken::good(&ada, app.now()).sign(app.action_token_secret());
    ada.submit_text(&token, &json!(42)).await.assert_ok();
    let answer = eve.submit_text(&token, &json!(42)).await;
    let body = answer.assert_error(403, "action_token_wrong_user");
    assert!(!body.to_string().contains(&ada.id));
}

#[tokio::test]
async fn a_player_is_not_refused_for_anothers_deleted_account() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    ada.delete("/me").await.assert_gone();
    for number in 0..10 {
        // Both were vouched for, and are written together or one after the other.
        let [adas, bobs] = [&ada, &bob].map(|player| {
            let token = ForgedToken {
                action: format!("chess/shared-{number}"),
                ..ForgedToken::good(player, app.now())
            };
            token.sign(app.action_token_secret())
        });
        let (one, five) = (json!(1), json!(5));
        let (gone, counted) =
            tokio::join!(ada.submit_text(&adas, &one), bob.submit_text(&bobs, &five),);
        assert_ne!(gone.status, 200);
        counted.assert_ok();
    }
    assert_eq!(app.board("global").entry_of(&bob).await.score, 50);
}
