use serde_json::{Value, json};

use crate::harness::{TestApp, page_of};

#[tokio::test]
async fn the_latest_scores_come_first_and_page_by_page() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    for score in 1..=5 {
        ada.score(&service, if score % 2 == 0 { "go" } else { "chess" }, score)
            .await;
    }
    let (mut deltas, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let (scores, next) = page_of(
            &app.get(&format!("/scores{query}")).await.assert_ok(),
            "scores",
        );
        assert!(
            scores
                .iter()
                .all(|score| score["screenName"] == "Ada" && score["userId"] == ada.id.as_str())
        );
        deltas.extend(scores.iter().map(|score| score["scoreDelta"].clone()));
        let Some(cursor) = next else { break };
        query = format!("?limit=2&cursor={cursor}");
    }
    assert_eq!(deltas, [5, 4, 3, 2, 1].map(Value::from));
    let (chess, _) = page_of(&app.get("/scores?gameId=chess").await.assert_ok(), "scores");
    assert_eq!(
        chess
            .iter()
            .map(|score| score["scoreDelta"].clone())
            .collect::<Vec<_>>(),
        [5, 3, 1].map(Value::from)
    );
    assert_eq!(
        app.get("/scores?gameId=nothing").await.assert_ok()["scores"],
        json!([])
    );
    app.get("/scores?gameId=a%20b")
        .await
        .assert_error(400, "invalid_query");
}

#[tokio::test]
async fn nothing_private_is_in_the_latest_scores() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    let token = service.vouch(&ada, "chess", 5).await;
    let body =
        json!({ "actionToken": token.text, "scoreDelta": 5, "metadata": { "secret": "opening" } });
    ada.post("/scores").json(&body).await.assert_ok();
    let text = app.get("/scores").await.assert_ok().to_string();
    for private in [&ada.email, "opening", &token.action_id] {
        assert!(!text.contains(private), "{text}");
    }
}
