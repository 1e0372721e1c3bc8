use serde_json::json;

use crate::harness::{PASSWORD, TestApp};

#[tokio::test]
async fn a_deleted_account_is_gone_everywhere_at_once() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    ada.score(&service, "chess", 50).await;
    bob.score(&service, "chess", 20).await;
    let unused = service.vouch(&ada, "chess", 10).await;
    let mut events = app.events("global").await;
    events.next().await;

    ada.delete("/me").await.assert_gone();

    for board in ["global", "chess"] {
        assert_eq!(app.board(board).names().await, ["Bob"]);
        assert_eq!(app.board(board).entry_of(&bob).await.rank, 1);
        app.board(board)
            .entry(&ada)
            .await
            .assert_error(404, "not_ranked");
        assert_eq!(app.board(board).definition().await["total"], 1);
    }
    let event = events.until(|data| data["total"] == 1).await;
    assert!(!event.data["entries"].to_string().contains(&ada.id));
    ada.get("/me").await.assert_error(401, "unauthenticated");
    ada.submit(&unused, 10)
        .await
        .assert_error(401, "unauthenticated");
    ada.patch("/me")
        .json(&json!({ "screenName": "Ghost" }))
        .await
        .assert_error(401, "unauthenticated");
    ada.post("/link/trackmania")
        .json(&json!({ "username": "ghost" }))
        .await
        .assert_error(401, "unauthenticated");
    ada.refresh(&ada.refresh)
        .await
        .assert_error(401, "invalid_refresh_token");
    let login = json!({ "email": ada.email, "password": PASSWORD });
    app.post("/auth/login")
        .json(&login)
        .await
        .assert_error(401, "invalid_credentials");
    ada.delete("/me").await.assert_error(401, "unauthenticated");
}

#[tokio::test]
async fn the_audit_rows_stay_without_the_name() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    ada.score(&service, "chess", 50).await;
    ada.score(&service, "chess", 60).await;
    let id = ada.uuid();
    ada.delete("/me").await.assert_gone();
    let kept = "select count(*) from score_events where user_id is null and metadata is null";
    assert_eq!(app.database.count(kept).await, 2);
    for table in [
        "scores",
        "user_game_stats",
        "sessions",
        "identities",
        "external_logins",
        "score_events",
    ] {
        let rows = format!("select count(*) from {table} where user_id = '{id}'");
        assert_eq!(app.database.count(&rows).await, 0, "{table}");
    }
    assert_eq!(
        app.database
            .count(&format!("select count(*) from users where id = '{id}'"))
            .await,
        0
    );
    let traces = format!(
        "select (select count(*) from consumed_tokens where answer like '%{typed}%')
              + (select count(*) from audit_log where actor_id = '{id}' or subject = '{typed}' or data::text like '%{typed}%')",
        typed = ada.id
    );
    assert_eq!(app.database.count(&traces).await, 0);
    assert_eq!(app.get("/scores").await.assert_ok()["scores"], json!([]));
}

#[tokio::test]
async fn the_email_of_a_deleted_account_is_free_again() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    ada.delete("/me").await.assert_gone();
    let body = json!({ "email": ada.email, "password": PASSWORD, "screenName": "Ada again" });
    let answer = app
        .post("/auth/register")
        .json(&body)
        .await
        .assert_created();
    assert_ne!(answer["user"]["id"], ada.id.as_str());
}

#[tokio::test]
async fn a_score_and_a_deletion_at_the_same_moment_leave_no_ghost() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    for _ in 0..5 {
        let ada = app.register("Ada").await;
        let tokens = [
            service.vouch(&ada, "chess", 9).await,
            service.vouch(&ada, "go", 9).await,
        ];
        let submissions = futures_util::future::join_all(
            tokens
                .iter()
                .map(|token| async { ada.submit(token, 9).await }),
        );
        let (answers, deleted) = tokio::join!(submissions, async { ada.delete("/me").await });
        deleted.assert_gone();
        for answer in answers {
            assert!(matches!(answer.status.as_u16(), 200 | 401), "{answer:?}");
        }
        for board in app.get("/leaderboards").await.assert_ok()["leaderboards"]
            .as_array()
            .unwrap()
        {
            assert_eq!(board["total"], 0, "{board}");
        }
    }
    assert_eq!(app.database.count("select count(*) from scores").await, 0);
    assert_eq!(
        app.database
            .count("select count(*) from user_game_stats")
            .await,
        0
    );
}
