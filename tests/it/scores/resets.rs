use jiff::Timestamp;
use serde_json::json;

use crate::harness::{TestApp, eventually};

async fn wait_for_period(app: &TestApp, period: u32) {
    eventually("the period ends", async || {
        (app.board("weekly").definition().await["period"] == period).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_period_ends_by_the_clock_and_stays_readable() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let made = admin
        .make_board(
            json!({ "id": "weekly", "gameId": "chess", "title": "Weekly", "reset": "0 0 * * 1" }),
        )
        .await;
    let next: Timestamp = made["nextResetAt"].as_str().unwrap().parse().unwrap();
    let wait = next.as_second() - app.now();
    assert!((1..=7 * 86_400).contains(&wait), "{made}");
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    ada.score(&service, "chess", 50).await;
    bob.score(&service, "chess", 70).await;
    app.board("weekly")
        .page("?period=1")
        .await
        .assert_error(404, "period_not_found");
    app.board("weekly")
        .page("?period=-1")
        .await
        .assert_error(404, "period_not_found");
    let mut events = app.events("weekly").await;
    events.next().await;

    app.advance(wait.cast_unsigned());
    wait_for_period(&app, 1).await;

    assert!(app.board("weekly").entries().await.is_empty());
    events.until(|data| data["total"] == 0).await;
    let after: Timestamp = app.board("weekly").definition().await["nextResetAt"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(after.as_second() - next.as_second(), 7 * 86_400);
    // The board of the game itself, and the finished period, are untouched.
    assert_eq!(app.board("chess").names().await, ["Bob", "Ada"]);
    let finished = app
        .board("weekly")
        .page("?period=0&limit=1")
        .await
        .assert_ok();
    assert_eq!(
        (&finished["total"], &finished["entries"][0]["screenName"]),
        (&json!(2), &json!("Bob"))
    );
    let cursor = finished["nextCursor"].as_str().unwrap();
    let rest = app
        .board("weekly")
        .page(&format!("?period=0&cursor={cursor}"))
        .await
        .assert_ok();
    assert_eq!(
        (
            &rest["entries"][0]["rank"],
            &rest["entries"][0]["screenName"]
        ),
        (&json!(2), &json!("Ada"))
    );
    app.board("weekly")
        .page(&format!("?cursor={cursor}"))
        .await
        .assert_error(400, "invalid_cursor");

    // The new period begins from nothing, even for `best`.
    let (ada, service) = (
        app.login(&ada.email, crate::harness::PASSWORD).await,
        app.game_service(&[]).await,
    );
    ada.score(&service, "chess", 5).await;
    assert_eq!(
        app.board("weekly").standings().await,
        [("Ada".to_owned(), 5)]
    );
    // Whoever deletes the account leaves the finished periods too.
    ada.delete("/me").await.assert_gone();
    assert_eq!(
        app.board("weekly").page("?period=0").await.assert_ok()["total"],
        1
    );
}

#[tokio::test]
async fn several_servers_end_a_period_once() {
    let app = TestApp::start().await;
    let neighbour = app.neighbour().start().await;
    let admin = app.admin().await;
    admin
        .make_board(json!({ "id": "weekly", "title": "Weekly", "reset": "*/5 * * * *" }))
        .await;
    eventually("the neighbour knows the board", async || {
        (neighbour.get("/leaderboards/weekly").await.status == 200).then_some(())
    })
    .await;
    app.advance(300);
    wait_for_period(&app, 1).await;
    wait_for_period(&neighbour, 1).await;
    assert_eq!(
        app.database
            .count("select period::bigint from leaderboards where id = 'weekly'")
            .await,
        1
    );
}
