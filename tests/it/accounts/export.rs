use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn an_export_holds_everything_about_the_caller_and_nothing_about_others() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let token = service.vouch(&ada, "chess", 50).await;
    let body =
        json!({ "actionToken": token.text, "scoreDelta": 42, "metadata": { "opening": "Réti" } });
    ada.post("/scores").json(&body).await.assert_ok();
    ada.score(&service, "chess", 7).await;
    ada.score(&service, "go", 9).await;
    bob.score(&service, "chess", 1).await;
    let discord = json!({ "discordId": "80351110224678912", "username": "ada.elsewhere" });
    ada.post("/link/discord").json(&discord).await.assert_ok();
    let export = ada.get("/me/export").await.assert_ok();
    let text = export.to_string();
    for held in [
        &ada.id,
        &ada.email,
        "Réti",
        "ada.elsewhere",
        &token.action_id,
    ] {
        assert!(text.contains(held), "{held} is missing: {text}");
    }
    for foreign in [&bob.id, &bob.email, &ada.refresh, "argon2", "Bob"] {
        assert!(!text.contains(foreign), "{foreign}: {text}");
    }
    let games = &export["scores"]["games"];
    assert_eq!(games[0]["gameId"], "chess");
    assert_eq!(
        (
            &games[0]["bestScore"],
            &games[0]["lastScore"],
            &games[0]["plays"]
        ),
        (&json!(42), &json!(7), &json!(2))
    );
    assert_eq!(
        (&games[1]["gameId"], &games[1]["plays"]),
        (&json!("go"), &json!(1))
    );
    assert_eq!(export["scores"]["events"].as_array().unwrap().len(), 3);
    assert_eq!(export["sessions"].as_array().unwrap().len(), 1);
    assert!(export["account"]["lastSeenAt"].is_string(), "{export}");
}
