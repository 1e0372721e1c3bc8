use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn sum_best_and_last_do_what_they_say() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (operator, order) in [
        ("sum", "desc"),
        ("best", "desc"),
        ("best", "asc"),
        ("last", "desc"),
        ("sum", "asc"),
        ("last", "asc"),
    ] {
        let id = format!("{operator}-{order}");
        admin.make_board(json!({ "id": id, "gameId": "race", "title": id, "order": order, "operator": operator })).await;
    }
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    for score in [30, 10, 20] {
        ada.score(&service, "race", score).await;
    }
    bob.score(&service, "race", 25).await;
    for (board, want) in [
        ("sum-desc", [("Ada", 60), ("Bob", 25)]),
        ("sum-asc", [("Bob", 25), ("Ada", 60)]),
        ("best-desc", [("Ada", 30), ("Bob", 25)]),
        ("best-asc", [("Ada", 10), ("Bob", 25)]),
        ("last-desc", [("Bob", 25), ("Ada", 20)]),
        ("last-asc", [("Ada", 20), ("Bob", 25)]),
        // A game's own board is made by itself, and keeps the best.
        ("race", [("Ada", 30), ("Bob", 25)]),
        ("global", [("Ada", 60), ("Bob", 25)]),
    ] {
        let want = want.map(|(name, score)| (name.to_owned(), score));
        assert_eq!(app.board(board).standings().await, want, "{board}");
    }
}

#[tokio::test]
async fn of_equal_scores_the_one_reached_first_is_ahead() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let mut players = Vec::new();
    for name in ["Ada", "Bob", "Cleo", "Dan"] {
        players.push(app.register(name).await);
    }
    let [ada, bob, cleo, dan] = &players[..] else {
        panic!("four")
    };
    dan.score(&service, "chess", 10).await;
    cleo.score(&service, "chess", 5).await;
    bob.score(&service, "chess", 10).await;
    cleo.score(&service, "chess", 10).await;
    ada.score(&service, "chess", 10).await;
    assert_eq!(
        app.board("chess").names().await,
        ["Dan", "Bob", "Cleo", "Ada"]
    );
    // What doesn't change the score doesn't move the time.
    let reached = app.board("chess").entry_of(bob).await.reached_at;
    bob.score(&service, "chess", 10).await;
    bob.score(&service, "chess", 3).await;
    assert_eq!(app.board("chess").entry_of(bob).await.reached_at, reached);
    assert_eq!(
        app.board("chess").names().await,
        ["Dan", "Bob", "Cleo", "Ada"]
    );
    // On `global`, which adds up, Bob has moved.
    assert_eq!(app.board("global").names().await[0], "Bob");
    let ranks: Vec<u64> = app
        .board("chess")
        .entries()
        .await
        .iter()
        .map(|entry| entry.rank)
        .collect();
    assert_eq!(ranks, [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_score_that_is_reached_again_counts_from_the_last_time() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    admin
        .make_board(
            json!({ "id": "latest", "gameId": "race", "title": "Latest", "operator": "last" }),
        )
        .await;
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    ada.score(&service, "race", 10).await;
    bob.score(&service, "race", 10).await;
    assert_eq!(app.board("latest").names().await, ["Ada", "Bob"]);
    ada.score(&service, "race", 5).await;
    ada.score(&service, "race", 10).await;
    assert_eq!(app.board("latest").names().await, ["Bob", "Ada"]);
}

#[tokio::test]
async fn the_order_survives_a_restart() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    for (name, score) in [("Ada", 5), ("Bob", 9), ("Cleo", 5), ("Dan", 9), ("Eve", 5)] {
        app.register(name)
            .await
            .score(&service, "chess", score)
            .await;
    }
    let (entries, version) = (
        app.board("chess").entries().await,
        app.board("chess").page("").await.assert_ok()["version"].clone(),
    );
    assert_eq!(
        app.board("chess").names().await,
        ["Bob", "Dan", "Ada", "Cleo", "Eve"]
    );
    let next = app.neighbour().start().await;
    app.stop().await;
    assert_eq!(next.board("chess").entries().await, entries);
    assert_eq!(
        next.board("chess").page("").await.assert_ok()["version"],
        version
    );
}
