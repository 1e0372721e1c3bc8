use serde_json::json;

use crate::harness::{TestApp, eventually};

#[tokio::test]
async fn consumed_tokens_go_when_they_expire_and_the_action_still_counts_once() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    let body =
        json!({ "userId": ada.id, "gameId": "chess", "maxScore": 9, "actionId": "chess/final" });
    let token = service.vouch_with(&body).await;
    ada.submit(&token, 9).await.assert_ok();
    let long = json!({ "userId": ada.id, "gameId": "chess", "maxScore": 9, "ttlSeconds": 3600 });
    ada.submit(&service.vouch_with(&long).await, 9)
        .await
        .assert_ok();
    assert_eq!(
        app.database
            .count("select count(*) from consumed_tokens")
            .await,
        2
    );
    app.advance(600);
    // A schedule's time has come; whichever server sees to it.
    let next = app.neighbour().start().await;
    eventually("the expired token is purged", async || {
        (app.database
            .count("select count(*) from consumed_tokens")
            .await
            == 1)
            .then_some(())
    })
    .await;
    let again = service.at(next.api()).vouch_with(&body).await;
    let ada = ada.at(next.api());
    ada.submit(&again, 9)
        .await
        .assert_error(409, "action_token_replayed");
    assert_eq!(
        app.database
            .count("select count(*) from score_events")
            .await,
        2
    );
}
