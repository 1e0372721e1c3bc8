use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::harness::{TestApp, eventually, page_of};

#[tokio::test]
async fn global_always_exists_and_a_games_board_comes_with_its_first_score() {
    let app = TestApp::start().await;
    let (boards, _) = page_of(&app.get("/leaderboards").await.assert_ok(), "leaderboards");
    assert_eq!(boards.len(), 1);
    let global = &boards[0];
    for (name, value) in [
        ("id", json!("global")),
        ("gameId", Value::Null),
        ("order", json!("desc")),
        ("operator", json!("sum")),
        ("reset", Value::Null),
        ("nextResetAt", Value::Null),
        ("total", json!(0)),
    ] {
        assert_eq!(global[name], value, "{name}");
    }
    app.get("/leaderboards/chess")
        .await
        .assert_error(404, "leaderboard_not_found");
    let service = app.game_service(&[]).await;
    app.register("Ada").await.score(&service, "chess", 5).await;
    let chess = app.board("chess").definition().await;
    assert_eq!(
        (
            &chess["gameId"],
            &chess["operator"],
            &chess["order"],
            &chess["total"]
        ),
        (&json!("chess"), &json!("best"), &json!("desc"), &json!(1))
    );
}

#[tokio::test]
async fn an_admin_makes_changes_and_deletes_boards() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let made = admin.make_board(json!({ "id": "laps", "gameId": "race", "title": "Laps", "order": "asc", "operator": "best" })).await;
    assert_eq!(
        (&made["id"], &made["order"], &made["total"]),
        (&json!("laps"), &json!("asc"), &json!(0))
    );
    let again = admin
        .post("/admin/leaderboards")
        .json(&json!({ "id": "laps", "title": "Again" }))
        .await;
    again.assert_error(409, "leaderboard_exists");
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    ada.score(&service, "race", 90).await;
    bob.score(&service, "race", 80).await;
    assert_eq!(app.board("laps").names().await, ["Bob", "Ada"]);
    let changed = admin
        .patch("/admin/leaderboards/laps")
        .json(&json!({ "title": "Laps!", "order": "desc" }))
        .await
        .assert_ok();
    assert_eq!(
        (&changed["title"], &changed["operator"], &changed["total"]),
        (&json!("Laps!"), &json!("best"), &json!(2))
    );
    assert_eq!(app.board("laps").names().await, ["Ada", "Bob"]);
    admin.delete("/admin/leaderboards/laps").await.assert_gone();
    app.get("/leaderboards/laps")
        .await
        .assert_error(404, "leaderboard_not_found");
    app.get("/leaderboards/laps/entries")
        .await
        .assert_error(404, "leaderboard_not_found");
    admin
        .delete("/admin/leaderboards/laps")
        .await
        .assert_error(404, "leaderboard_not_found");
    admin
        .patch("/admin/leaderboards/laps")
        .json(&json!({}))
        .await
        .assert_error(404, "leaderboard_not_found");
    assert_eq!(app.database.count("select count(*) from scores join leaderboards on number = leaderboard_number where leaderboards.id = 'laps'").await, 0);
    // Made once more, it is empty.
    admin
        .make_board(json!({ "id": "laps", "gameId": "race", "title": "Laps" }))
        .await;
    assert!(app.board("laps").entries().await.is_empty());
    // And what was done is on record.
    assert!(
        app.database
            .count("select count(*) from audit_log where subject = 'laps'")
            .await
            >= 4
    );
}

#[tokio::test]
async fn a_deleted_games_board_begins_anew() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    ada.score(&service, "chess", 90).await;
    admin
        .delete("/admin/leaderboards/chess")
        .await
        .assert_gone();
    ada.score(&service, "chess", 10).await;
    assert_eq!(
        app.board("chess").standings().await,
        [("Ada".to_owned(), 10)]
    );
    assert_eq!(
        app.board("global").standings().await,
        [("Ada".to_owned(), 100)]
    );
}

#[tokio::test]
async fn a_new_order_shows_on_the_first_page_whoever_reads_meanwhile() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    ada.score(&service, "race", 90).await;
    bob.score(&service, "race", 80).await;
    for (order, names) in [("asc", ["Bob", "Ada"]), ("desc", ["Ada", "Bob"])].repeat(10) {
        let changed = AtomicBool::new(false);
        let changing = async {
            admin
                .patch("/admin/leaderboards/race")
                .json(&json!({ "order": order }))
                .await
                .assert_ok();
            changed.store(true, Ordering::Release);
        };
        let reading = async {
            while !changed.load(Ordering::Acquire) {
                app.board("race").names().await;
            }
        };
        tokio::join!(changing, reading);
        assert_eq!(app.board("race").names().await, names, "{order}");
    }
}

#[tokio::test]
async fn global_can_be_renamed_and_nothing_else() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let renamed = admin
        .patch("/admin/leaderboards/global")
        .json(&json!({ "title": "Everybody" }))
        .await
        .assert_ok();
    assert_eq!(renamed["title"], "Everybody");
    admin
        .delete("/admin/leaderboards/global")
        .await
        .assert_error(409, "leaderboard_fixed");
    for change in [
        json!({ "reset": "0 0 * * 1" }),
        json!({ "order": "asc" }),
        json!({ "operator": "best" }),
        json!({ "title": "Nobody", "order": "asc" }),
    ] {
        admin
            .patch("/admin/leaderboards/global")
            .json(&change)
            .await
            .assert_error(409, "leaderboard_fixed");
    }
    // Whoever sends back what is there changes nothing.
    let same = json!({ "title": "Everybody", "order": "desc", "operator": "sum", "reset": null });
    let unchanged = admin
        .patch("/admin/leaderboards/global")
        .json(&same)
        .await
        .assert_ok();
    assert_eq!(unchanged["title"], "Everybody");
}

#[tokio::test]
async fn boards_keep_their_rules() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let with = |name: &str, value: Value| {
        let mut body = json!({ "id": "new", "title": "New" });
        body[name] = value;
        admin.post("/admin/leaderboards").json(&body)
    };
    for id in [
        json!(""),
        json!("a b"),
        json!("a/b"),
        json!("é"),
        json!("x".repeat(65)),
        Value::Null,
    ] {
        with("id", id).await.assert_error(422, "validation_failed");
    }
    for title in [json!(""), json!("x".repeat(101)), json!(7)] {
        with("title", title)
            .await
            .assert_error(422, "validation_failed");
    }
    with("title", json!("a\0b"))
        .await
        .assert_error(422, "validation_failed");
    for (name, value) in [("order", "up"), ("operator", "average"), ("gameId", "a b")] {
        with(name, json!(value))
            .await
            .assert_error(422, "validation_failed");
    }
    for cron in [
        "",
        "* * * *",
        "* * * * * *",
        "61 * * * *",
        "soon",
        "@daily",
        &"* ".repeat(1000),
    ] {
        with("reset", json!(cron))
            .await
            .assert_error(422, "validation_failed");
    }
    // A line that never fires.
    with("reset", json!("0 0 30 2 *"))
        .await
        .assert_error(422, "validation_failed");
    assert_eq!(
        page_of(&app.get("/leaderboards").await.assert_ok(), "leaderboards")
            .0
            .len(),
        1
    );
}

#[tokio::test]
async fn boards_are_listed_page_by_page() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for number in 0..5 {
        admin
            .make_board(json!({ "id": format!("board-{number}"), "title": "Board" }))
            .await;
    }
    let (mut ids, mut query) = (Vec::new(), "?limit=4".to_owned());
    loop {
        let (boards, next) = page_of(
            &app.get(&format!("/leaderboards{query}")).await.assert_ok(),
            "leaderboards",
        );
        ids.extend(
            boards
                .iter()
                .map(|board| board["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = next else { break };
        query = format!("?limit=4&cursor={cursor}");
    }
    assert_eq!(
        ids,
        [
            "board-0", "board-1", "board-2", "board-3", "board-4", "global"
        ]
    );
}

#[tokio::test]
async fn a_board_of_all_games_counts_every_game() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    admin
        .make_board(json!({ "id": "best-of-all", "title": "Best of all", "operator": "best" }))
        .await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    ada.score(&service, "chess", 5).await;
    ada.score(&service, "go", 9).await;
    assert_eq!(
        app.board("best-of-all").standings().await,
        [("Ada".to_owned(), 9)]
    );
}

#[tokio::test]
async fn boards_that_come_change_and_go_cost_nobody_a_score() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    let playing = async {
        for _ in 0..60 {
            let token = service.vouch(&ada, "chess", 1).await;
            loop {
                let answer = ada.submit(&token, 1).await;
                if answer.status == 200 {
                    break;
                }
                // Only ever for a moment, and safe to send again.
                answer.assert_error(503, "leaderboard_changing");
            }
        }
    };
    let changing = async {
        for _ in 0..10 {
            admin
                .make_board(json!({ "id": "brief", "gameId": "chess", "title": "Brief" }))
                .await;
            admin
                .patch("/admin/leaderboards/brief")
                .json(&json!({ "operator": "sum", "order": "asc" }))
                .await
                .assert_ok();
            admin
                .delete("/admin/leaderboards/brief")
                .await
                .assert_gone();
        }
    };
    tokio::join!(playing, changing);
    assert_eq!(app.board("global").entry_of(&ada).await.score, 60);
    for board in ["global", "chess"] {
        let synced = admin
            .post(&format!("/admin/leaderboards/{board}/sync"))
            .await
            .assert_ok();
        assert_eq!(synced["drift"], 0, "{board}");
    }
    // What was left of them goes when a schedule's time has come.
    app.advance(300);
    let orphans = "select count(*) from scores where leaderboard_number not in (select number from leaderboards)";
    eventually("scores of deleted boards are purged", async || {
        (app.database.count(orphans).await == 0).then_some(())
    })
    .await;
}
