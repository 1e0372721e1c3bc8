use futures_util::future::join_all;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor};

use crate::harness::{Player, TestApp, TestDatabase, checked_statement, page_of};

fn names(list: &Value) -> Vec<String> {
    let users = list["users"].as_array().unwrap();
    let mut names: Vec<String> = users
        .iter()
        .map(|user| user["screenName"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

async fn follow(player: &Player, target: &Player) {
    let path = format!("/following/{}", target.id);
    player.put(&path).await.assert_ok();
}

#[tokio::test]
async fn a_follow_is_on_both_lists_at_once() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let answer = ada.put(&format!("/following/{}", bob.id)).await.assert_ok();
    assert_eq!(answer["userId"], bob.id);

    let following = ada.get("/following").await.assert_ok();
    assert_eq!(
        following["users"],
        json!([{
            "userId": bob.id,
            "screenName": "Bob",
            "avatar": following["users"][0]["avatar"],
            "followedAt": answer["followedAt"],
            "presence": { "status": "offline", "gameId": null, "context": null, "expiresAt": null },
        }])
    );
    assert_eq!(following["nextCursor"], Value::Null);
    let followers = bob.get("/followers").await.assert_ok();
    assert_eq!(names(&followers), ["Ada"]);
    assert_eq!(names(&bob.get("/following").await.assert_ok()), [""; 0]);
}

#[tokio::test]
async fn following_twice_is_following_once_and_so_is_leaving() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let path = format!("/following/{}", bob.id);
    let first = ada.put(&path).await.assert_ok();
    app.advance(60);
    assert_eq!(ada.put(&path).await.assert_ok(), first);
    let page = app.get(&format!("/users/{}", bob.id)).await.assert_ok();
    assert_eq!(page["followers"], 1);
    ada.delete(&path).await.assert_gone();
    ada.delete(&path).await.assert_gone();
    let page = app.get(&format!("/users/{}", bob.id)).await.assert_ok();
    assert_eq!(page["followers"], 0);
}

#[tokio::test]
async fn others_lists_can_be_read_too() {
    let app = TestApp::start().await;
    let (ada, bob, eve) = (
        app.register("Ada").await,
        app.register("Bob").await,
        app.register("Eve").await,
    );
    follow(&ada, &bob).await;
    let list = eve.get(&format!("/followers?userId={}", bob.id)).await;
    assert_eq!(names(&list.assert_ok()), ["Ada"]);
    let list = eve.get(&format!("/following?userId={}", ada.id)).await;
    assert_eq!(names(&list.assert_ok()), ["Bob"]);
    app.get("/following")
        .await
        .assert_error(401, "unauthenticated");
}

#[tokio::test]
async fn whom_nobody_can_follow() {
    let app = TestApp::start().await;
    let (ada, gone) = (app.register("Ada").await, app.register("Gone").await);
    gone.delete("/me").await.assert_gone();
    let path = |id: &str| format!("/following/{id}");
    ada.put(&path(&ada.id))
        .await
        .assert_error(422, "cannot_follow_self");
    let unknown = "usr_01h455vb4pex5vsknk084sn02q";
    for nobody in [unknown, &gone.id] {
        ada.put(&path(nobody))
            .await
            .assert_error(404, "user_not_found");
        ada.delete(&path(nobody)).await.assert_gone();
        ada.get(&format!("/followers?userId={nobody}"))
            .await
            .assert_error(404, "user_not_found");
    }
    // A token outlives its user by some minutes.
    gone.put(&path(&ada.id))
        .await
        .assert_error(401, "unauthenticated");
}

#[tokio::test]
async fn lists_are_paged_to_their_end_without_a_gap() {
    let app = TestApp::start().await;
    let star = app.register("Star").await;
    let mut everyone = Vec::new();
    for number in 0..7 {
        let fan = app.register(&format!("Fan {number}")).await;
        follow(&fan, &star).await;
        everyone.push(format!("Fan {number}"));
    }
    let mut seen = Vec::new();
    let mut path = "/followers?limit=3".to_owned();
    loop {
        let page = star.get(&path).await.assert_ok();
        let (users, next) = page_of(&page, "users");
        assert!(users.len() <= 3);
        seen.extend(names(&page));
        let Some(next) = next else { break };
        path = format!("/followers?limit=3&cursor={next}");
    }
    seen.sort();
    assert_eq!(seen, everyone);
    // A cursor of one list is worth nothing on another.
    let first = star.get("/followers?limit=3").await.assert_ok();
    let cursor = first["nextCursor"].as_str().unwrap();
    star.get(&format!("/following?cursor={cursor}"))
        .await
        .assert_error(400, "invalid_cursor");
}

#[tokio::test]
async fn lists_show_what_users_are_called_now() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    follow(&ada, &bob).await;
    bob.patch("/me")
        .json(&json!({ "screenName": "Robert", "avatar": 77 }))
        .await
        .assert_ok();
    let list = ada.get("/following").await.assert_ok();
    assert_eq!(list["users"][0]["screenName"], "Robert");
    assert_eq!(list["users"][0]["avatar"], 77);
    // On the other list as well, and wherever else one is found.
    ada.patch("/me")
        .json(&json!({ "screenName": "Augusta", "avatar": 78 }))
        .await
        .assert_ok();
    let list = bob.get("/followers").await.assert_ok();
    assert_eq!(list["users"][0]["screenName"], "Augusta");
    assert_eq!(list["users"][0]["avatar"], 78);
    let found = bob.get("/users?query=august").await.assert_ok();
    assert_eq!(found["users"][0]["id"], ada.id);
}

#[tokio::test]
async fn follows_and_unfollows_that_race_leave_counts_that_are_true() {
    let app = TestApp::start().await;
    let players: Vec<Player> =
        join_all((0..4).map(async |number| app.register(&format!("Player {number}")).await)).await;
    let mut calls = Vec::new();
    for round in 0..6 {
        for one in &players {
            for other in players.iter().filter(|other| other.id != one.id) {
                let path = format!("/following/{}", other.id);
                calls.push(match (round + one.id.len() + calls.len()) % 2 {
                    0 => one.put(&path),
                    _ => one.delete(&path),
                });
            }
        }
    }
    let answers = join_all(calls.into_iter().map(async |call| call.await)).await;
    assert!(answers.iter().all(|answer| answer.status.is_success()));
    for player in &players {
        let page = app.get(&format!("/users/{}", player.id)).await.assert_ok();
        for list in ["followers", "following"] {
            let path = format!("/{list}?limit=100");
            let listed = player.get(&path).await.assert_ok();
            let length = listed["users"].as_array().unwrap().len();
            assert_eq!(page[list], length, "{list}");
        }
    }
}

#[tokio::test]
async fn who_follows_ten_thousand_can_follow_nobody_more() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    app.social.set_counts(&[(ada.user_id(), 0, 9_999)]).await;
    follow(&ada, &bob).await;
    let eve = app.register("Eve").await;
    ada.put(&format!("/following/{}", eve.id))
        .await
        .assert_error(409, "follows_too_many");
    // Whom she follows already is no further one.
    follow(&ada, &bob).await;
}

#[tokio::test]
async fn the_last_page_of_a_hundred_thousand_reads_no_more_than_the_first() {
    let database = TestDatabase::create().await;
    let star = "00000000-0000-7000-8000-000000000000";
    // Listed in another order than they came.
    let edges = format!(
        "insert into follows select md5('fan' || n)::uuid, '{star}', now() from generate_series(1, 100000) n;
         insert into follows select '{star}', md5('idol' || n)::uuid, now() from generate_series(1, 100000) n;"
    );
    database.execute(&edges).await;
    database.execute("analyze follows").await;
    let mut connection = database.pool.acquire().await.unwrap();
    for listed in ["user_id", "target_user_id"] {
        let statement = checked_statement(&format!("select {listed}, created_at from follows"));
        let prepare = format!("prepare listing_{listed} as {statement}");
        connection.execute(AssertSqlSafe(prepare)).await.unwrap();
        for after in [
            "00000000-0000-0000-0000-000000000000",
            "ffff0000-0000-0000-0000-000000000000",
        ] {
            let explain = format!(
                "explain (analyze, buffers, format json) execute listing_{listed} ('{star}', '{after}', 21)"
            );
            let plan: Value = sqlx::query_scalar(AssertSqlSafe(explain))
                .fetch_one(&mut *connection)
                .await
                .unwrap();
            let page = &plan[0]["Plan"];
            let rows = page["Actual Rows"].as_f64().unwrap();
            assert!((1.0..=21.0).contains(&rows), "{plan:#}");
            // A block for each row, and those that lead through the index to the first of them.
            let blocks = ["Shared Hit Blocks", "Shared Read Blocks"];
            let blocks: f64 = blocks.iter().filter_map(|name| page[*name].as_f64()).sum();
            assert!(blocks <= 21.0 + 6.0, "{plan:#}");
        }
    }
}
