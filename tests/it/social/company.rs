//! What leaderboards and the latest scores show of players to whoever looks.

use kernel::UserId;
use serde_json::{Value, json};

use crate::harness::{Player, TestApp, page_of};

async fn follow(player: &Player, target: &Player) {
    let path = format!("/following/{}", target.id);
    player.put(&path).await.assert_ok();
}

async fn say(player: &Player, status: &str) {
    let body = json!({ "status": status });
    player.put("/presence").json(&body).await.assert_ok();
}

/// Name, status and whether followed, as they are listed.
fn seen(list: &Value) -> Value {
    let rows = list.as_array().unwrap().iter();
    rows.map(|row| {
        json!([
            row["screenName"],
            row["presence"]["status"],
            row["followed"]
        ])
    })
    .collect()
}

/// Rank, name and score.
fn ranked(page: &Value) -> Value {
    let entries = page["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| json!([entry["rank"], entry["screenName"], entry["score"]]))
        .collect()
}

#[tokio::test]
async fn whoever_is_signed_in_sees_who_is_online_and_whom_they_follow() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let (ada, bob, eve) = (
        app.register("Ada").await,
        app.register("Bob").await,
        app.register("Eve").await,
    );
    for (player, score) in [(&ada, 30), (&bob, 20), (&eve, 10)] {
        player.score(&service, "chess", score).await;
    }
    follow(&ada, &bob).await;
    let body = json!({ "status": "playing", "gameId": "chess", "context": "<Level 3>" });
    let said = bob.put("/presence").json(&body).await.assert_ok();

    let page = ada.get("/leaderboards/chess/entries").await.assert_ok();
    assert_eq!(
        seen(&page["entries"]),
        json!([
            ["Ada", "offline", false],
            ["Bob", "playing", true],
            ["Eve", "offline", false]
        ])
    );
    let presence = json!({
        "status": "playing", "gameId": "chess", "context": "<Level 3>", "expiresAt": said["expiresAt"],
    });
    assert_eq!(page["entries"][1]["presence"], presence);
    let path = format!("/leaderboards/chess/around/{}?limit=2", bob.id);
    let window = ada.get(&path).await.assert_ok();
    assert_eq!(
        seen(&window["entries"]),
        json!([["Ada", "offline", false], ["Bob", "playing", true]])
    );
    let path = format!("/leaderboards/chess/entries/{}", bob.id);
    let entry = ada.get(&path).await.assert_ok();
    assert_eq!(
        (&entry["presence"], &entry["followed"]),
        (&presence, &json!(true))
    );
    assert_eq!(entry["percentile"], 50.0);

    // To everybody else, entries are what they were: the harness reads no field more.
    assert_eq!(app.board("chess").names().await, ["Ada", "Bob", "Eve"]);
    assert_eq!(app.board("chess").entry_of(&bob).await.rank, 2);
    assert_eq!(app.board("chess").around(&bob.id, 1).await.len(), 1);
    // What must be good, if it is sent at all.
    app.get("/leaderboards/chess/entries")
        .bearer("nonsense")
        .await
        .assert_error(401, "invalid_token");
}

#[tokio::test]
async fn the_latest_scores_show_who_is_online_and_whom_one_follows() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let (ada, bob, eve) = (
        app.register("Ada").await,
        app.register("Bob").await,
        app.register("Eve").await,
    );
    for (player, score) in [(&bob, 20), (&eve, 10), (&bob, 5)] {
        player.score(&service, "chess", score).await;
    }
    follow(&ada, &bob).await;
    say(&bob, "away").await;
    let page = ada.get("/scores?gameId=chess").await.assert_ok();
    let by_ada = json!([
        ["Bob", "away", true],
        ["Eve", "offline", false],
        ["Bob", "away", true]
    ]);
    assert_eq!(seen(&page["scores"]), by_ada);
    let page = app.get("/scores?gameId=chess").await.assert_ok();
    let by_nobody = json!([
        ["Bob", "away", null],
        ["Eve", "offline", null],
        ["Bob", "away", null]
    ]);
    assert_eq!(seen(&page["scores"]), by_nobody);
    assert!(page["scores"][0].get("followed").is_none());
}

#[tokio::test]
async fn the_invisible_and_whoever_blocks_the_caller_seem_offline() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let (ada, bob, eve) = (
        app.register("Ada").await,
        app.register("Bob").await,
        app.register("Eve").await,
    );
    for (player, score) in [(&ada, 30), (&bob, 20), (&eve, 10)] {
        player.score(&service, "chess", score).await;
    }
    follow(&ada, &bob).await;
    say(&bob, "invisible").await;
    say(&eve, "home").await;
    eve.put(&format!("/blocks/{}", ada.id)).await.assert_gone();
    let want = json!([
        ["Ada", "offline", false],
        ["Bob", "offline", true],
        ["Eve", "offline", false]
    ]);
    let page = ada.get("/leaderboards/chess/entries").await.assert_ok();
    assert_eq!(seen(&page["entries"]), want);
    let page = ada.get("/scores").await.assert_ok();
    assert_eq!(seen(&page["scores"])[0], json!(["Eve", "offline", false]));
    // Blocking hides from whoever is blocked, not the other way.
    say(&ada, "playing").await;
    let page = eve.get("/leaderboards/chess/entries").await.assert_ok();
    assert_eq!(seen(&page["entries"])[0], json!(["Ada", "playing", false]));
}

#[tokio::test]
async fn a_board_among_those_whom_one_follows_has_ranks_of_its_own() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let mut players = Vec::new();
    for name in ["Ada", "Bob", "Cleo", "Dan", "Eve", "Fay"] {
        players.push(app.register(name).await);
    }
    // Bob and Cleo have the same score, and Cleo had it first. Ada follows nobody who is ahead of all.
    for (place, score) in [(4, 90), (2, 50), (1, 50), (3, 70), (0, 40)] {
        players[place].score(&service, "chess", score).await;
    }
    let [ada, bob, cleo, dan, _, fay] = &players[..] else {
        panic!("six")
    };
    for target in [bob, cleo, dan, fay] {
        follow(ada, target).await;
    }
    let path = "/leaderboards/chess/entries?scope=following";
    let page = ada.get(path).await.assert_ok();
    assert_eq!(
        ranked(&page),
        json!([
            [1, "Dan", 70],
            [2, "Cleo", 50],
            [3, "Bob", 50],
            [4, "Ada", 40]
        ])
    );
    assert_eq!(
        (&page["total"], &page["nextCursor"]),
        (&json!(4), &Value::Null)
    );
    assert_eq!(seen(&page["entries"])[1], json!(["Cleo", "offline", true]));

    // Page by page, the ties in between.
    let (mut paged, mut next) = (Vec::new(), String::new());
    loop {
        let page = ada.get(&format!("{path}&limit=2{next}")).await.assert_ok();
        paged.extend(ranked(&page).as_array().unwrap().clone());
        let (_, Some(cursor)) = page_of(&page, "entries") else {
            break;
        };
        next = format!("&cursor={cursor}");
    }
    assert_eq!(json!(paged), ranked(&page));
    // Somebody else's cursor, and that of the whole board, are worth nothing here.
    let whole = ada
        .get("/leaderboards/chess/entries?limit=1")
        .await
        .assert_ok();
    let cursor = whole["nextCursor"].as_str().unwrap();
    ada.get(&format!("{path}&cursor={cursor}"))
        .await
        .assert_error(400, "invalid_cursor");
    bob.get(&format!("{path}{next}"))
        .await
        .assert_error(400, "invalid_cursor");

    // Where lower is better, it is so here too.
    let race = json!({ "id": "race", "gameId": "race", "title": "Race", "order": "asc", "operator": "best" });
    app.admin().await.make_board(race).await;
    for (player, time) in [(ada, 61), (bob, 60)] {
        player.score(&service, "race", time).await;
    }
    let page = ada.get("/leaderboards/race/entries?scope=following").await;
    assert_eq!(
        ranked(&page.assert_ok()),
        json!([[1, "Bob", 60], [2, "Ada", 61]])
    );
}

#[tokio::test]
async fn a_board_among_nobody_is_ones_own_score() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    bob.score(&service, "chess", 5).await;
    let path = "/leaderboards/chess/entries?scope=following";
    let page = ada.get(path).await.assert_ok();
    assert_eq!((&page["total"], &page["entries"]), (&json!(0), &json!([])));
    ada.score(&service, "chess", 3).await;
    assert_eq!(
        ranked(&ada.get(path).await.assert_ok()),
        json!([[1, "Ada", 3]])
    );
    // Nobody is nobody's follower.
    app.get(path).await.assert_error(401, "unauthenticated");
    ada.get("/leaderboards/chess/entries?scope=everybody")
        .await
        .assert_error(400, "invalid_query");
    ada.get("/leaderboards/nothing/entries?scope=following")
        .await
        .assert_error(404, "leaderboard_not_found");
}

#[tokio::test]
async fn a_board_among_ten_thousand_is_read_whole() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    ada.score(&service, "chess", 1).await;
    let crowd: Vec<UserId> = (0..10_005).map(|_| app.clock.new_uuid().into()).collect();
    let uuids: Vec<_> = crowd.iter().map(|player| player.uuid()).collect();
    for insert in [
        "insert into users (id, screen_name, created_at)
         select id, 'Player ' || n, now() from unnest($1::uuid[]) with ordinality as crowd (id, n)",
        "insert into scores (leaderboard_number, period, user_id, score, reached_at)
         select number, 0, crowd.id, 100000 + n, now()
         from unnest($1::uuid[]) with ordinality as crowd (id, n), leaderboards
         where leaderboards.id = 'global'",
    ] {
        let inserted = sqlx::query(insert).bind(&uuids);
        inserted.execute(&app.database.pool).await.unwrap();
    }
    // A few more than one may follow: many follows at once may come to that.
    let edges: Vec<_> = crowd
        .iter()
        .map(|player| (ada.user_id(), *player))
        .collect();
    app.social.add_edges(&edges).await;
    let admin = app.admin().await;
    admin
        .post("/admin/leaderboards/global/sync")
        .await
        .assert_ok();
    let page = ada
        .get("/leaderboards/global/entries?scope=following&limit=100")
        .await;
    let page = page.assert_ok();
    // The first 10,000 by their ids, and Ada.
    assert_eq!(page["total"], 10_001);
    assert_eq!(page["entries"].as_array().unwrap().len(), 100);
    let cursor = page["nextCursor"].as_str().unwrap();
    let path = format!("/leaderboards/global/entries?scope=following&limit=100&cursor={cursor}");
    let second = ada.get(&path).await.assert_ok();
    assert_eq!(second["entries"][0]["rank"], 101);
    assert_eq!(second["entries"][0]["followed"], true);
}
