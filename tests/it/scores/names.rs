//! Boards show players as they are called now, on every server.

use serde_json::json;

use crate::harness::{Player, TestApp, eventually};

/// As the page and the player's own entry have it.
async fn shows(app: &TestApp, player: &Player, name: &str, avatar: u16) -> bool {
    let page = app.board("chess").entries().await;
    let entry = app.board("chess").entry_of(player).await;
    let on_page = page.iter().find(|entry| entry.user_id == player.id);
    on_page.is_some_and(|entry| entry.screen_name == name && entry.avatar == avatar)
        && entry.screen_name == name
        && entry.avatar == avatar
}

#[tokio::test]
async fn a_change_of_name_or_avatar_shows_here_at_once_and_soon_on_every_server() {
    let first = TestApp::start().await;
    let second = first.neighbour().start().await;
    let service = first.game_service(&[]).await;
    let (ada, bob) = (first.register("Ada").await, first.register("Bob").await);
    for player in [&ada, &bob] {
        player.score(&service, "chess", 30).await;
    }
    eventually("the other server shows both", async || {
        (second.get("/leaderboards/chess").await.status == 200
            && second.board("chess").names().await == ["Ada", "Bob"])
        .then_some(())
    })
    .await;
    let change = json!({ "screenName": "Countess", "avatar": 7 });
    ada.patch("/me").json(&change).await.assert_ok();
    assert!(shows(&first, &ada, "Countess", 7).await);
    eventually("the other server shows the new name", async || {
        shows(&second, &ada, "Countess", 7).await.then_some(())
    })
    .await;
    assert!(shows(&second, &bob, "Bob", 0).await);
    let change = json!({ "screenName": "Ada again" });
    let there = ada.at(second.api());
    there.patch("/me").json(&change).await.assert_ok();
    eventually("the first server shows the next name", async || {
        shows(&first, &ada, "Ada again", 7).await.then_some(())
    })
    .await;
}

#[tokio::test]
async fn names_that_changed_in_a_missed_stretch_are_read_afterwards() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    ada.score(&service, "chess", 30).await;
    assert!(shows(&app, &ada, "Ada", 0).await);
    let rename = format!(
        "update users set screen_name = 'Countess' where id = '{}'",
        ada.uuid()
    );
    app.database.execute(&rename).await;
    assert!(shows(&app, &ada, "Ada", 0).await, "nobody has told");
    app.database.cut_off_listeners().await;
    eventually("the new name shows", async || {
        shows(&app, &ada, "Countess", 0).await.then_some(())
    })
    .await;
}

#[tokio::test]
async fn whoever_was_deleted_elsewhere_is_gone_from_finished_periods_too() {
    let first = TestApp::start().await;
    let second = first.neighbour().start().await;
    let board =
        json!({ "id": "weekly", "gameId": "chess", "title": "Weekly", "reset": "0 0 * * 1" });
    first.admin().await.make_board(board).await;
    let service = first.game_service(&[]).await;
    let (ada, bob) = (first.register("Ada").await, first.register("Bob").await);
    ada.score(&service, "chess", 50).await;
    bob.score(&service, "chess", 40).await;
    first.advance(7 * 86_400);
    let finished = async || {
        let page = second.board("weekly").page("?period=0").await;
        if page.status != 200 {
            return Vec::new();
        }
        let entries = page.json()["entries"].as_array().unwrap().clone();
        entries
            .iter()
            .map(|entry| entry["screenName"].as_str().unwrap().to_owned())
            .collect()
    };
    eventually("the other server has the finished period", async || {
        (finished().await == ["Ada", "Bob"]).then_some(())
    })
    .await;
    // The clock stood still for the tokens, which are a week too old now.
    let ada = first.login(&ada.email, crate::harness::PASSWORD).await;
    ada.delete("/me").await.assert_gone();
    eventually("the other server has let go of it", async || {
        (finished().await == ["Bob"]).then_some(())
    })
    .await;
}
