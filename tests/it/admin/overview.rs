//! A day at a glance.

use serde_json::{Value, json};

use crate::harness::{PASSWORD, Player, TestApp};

async fn overview(admin: &Player, date: &str) -> Value {
    let path = format!("/admin/overview?date={date}");
    admin.get(&path).await.assert_ok()
}

/// A play that was counted then, behind the server's back.
fn play(number: usize, player: &Player, game: &str, at: &str) -> String {
    format!(
        "insert into score_events (action_id, user_id, game_id, score_delta, created_at)
         values ('{game}/{number}', '{}', '{game}', 1, '{at}');",
        player.uuid()
    )
}

#[tokio::test]
async fn today_is_counted_as_it_happens_and_looks_as_the_document_says() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let service = admin.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    app.login(&ada.email, PASSWORD).await;
    for (player, game) in [
        (&ada, "chess"),
        (&ada, "chess"),
        (&bob, "chess"),
        (&ada, "go"),
    ] {
        player.score(&service, game, 1).await;
    }
    let _stream = ada.own_events("").await;
    // Plays are counted by the clock of PostgreSQL, and the server's stands still.
    let date: String = sqlx::query_scalar(
        "select to_char(min(created_at) at time zone 'UTC', 'YYYY-MM-DD') from score_events",
    )
    .fetch_one(&app.database.pool)
    .await
    .unwrap();
    let answer = admin.get(&format!("/admin/overview?date={date}")).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let seen = answer.assert_ok();
    assert_eq!(
        seen,
        json!({
            "date": date, "asOf": seen["asOf"],
            "users": { "total": 3, "totalIsExact": true, "new": 3, "active": 3 },
            // Ada twice, the admin twice: for the key, and for these tests.
            "sessions": { "open": 4, "openIsExact": true },
            "scores": {
                "counted": 4, "players": 2,
                "games": [{ "gameId": "chess", "counted": 3 }, { "gameId": "go", "counted": 1 }],
            },
            "leaderboards": { "total": 3 },
            "streams": { "open": 1 },
        })
    );
    let document = app.get("/openapi.json").await.assert_ok();
    let schemas = &document["components"]["schemas"];
    let names = |value: &Value| -> Vec<String> {
        let mut names: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    let sections = &schemas["Overview"]["properties"];
    assert_eq!(names(&seen), names(sections));
    for (name, section) in sections.as_object().unwrap() {
        if let Some(schema) = section["$ref"].as_str().filter(|_| seen[name].is_object()) {
            let schema = schema.rsplit('/').next().unwrap();
            assert_eq!(names(&seen[name]), names(&schemas[schema]["properties"]));
        }
    }
}

#[tokio::test]
async fn a_day_is_from_midnight_to_midnight_in_utc_however_the_ids_lie() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let times = [
        "2026-03-01T12:00:00Z",
        "2026-03-01T23:59:59.999Z",
        // Servers that count at the same moment may get their ids in the other order.
        "2026-03-02T00:00:00Z",
        "2026-03-01T23:59:58Z",
        "2026-03-02T12:00:00+05:30",
        "2026-03-03T00:00:01Z",
        "2026-03-02T23:59:59.999999Z",
        "2026-03-03T00:00:00Z",
        "2026-03-05T00:00:00Z",
    ];
    let mut sql = String::new();
    for (number, at) in times.iter().enumerate() {
        let player = if number % 2 == 0 { &ada } else { &bob };
        sql += &play(number, player, "chess", at);
        // A gap: numbers that were never written, as of a transaction that failed.
        sql += "select nextval('score_events_id_seq') from generate_series(1, 1000);";
    }
    app.database.execute(&sql).await;
    for (date, counted, players) in [
        ("2026-02-28", 0, 0),
        ("2026-03-01", 3, 2),
        ("2026-03-02", 3, 1),
        ("2026-03-03", 2, 1),
        ("2026-03-04", 0, 0),
        ("2026-03-05", 1, 1),
        ("2026-03-06", 0, 0),
        ("1970-01-01", 0, 0),
        ("9998-12-31", 0, 0),
    ] {
        let scores = overview(&admin, date).await["scores"].clone();
        assert_eq!(
            (&scores["counted"], &scores["players"]),
            (&json!(counted), &json!(players)),
            "{date}: {scores}"
        );
    }
}

#[tokio::test]
async fn the_ten_busiest_games_are_named_and_all_are_counted() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ada = app.register("Ada").await;
    let mut sql = String::new();
    for game in 1..=12 {
        for number in 0..game {
            let at = "2026-03-02T12:00:00Z";
            sql += &play(number, &ada, &format!("game{game:02}"), at);
        }
    }
    app.database.execute(&sql).await;
    let scores = overview(&admin, "2026-03-02").await["scores"].clone();
    assert_eq!(scores["counted"], 78);
    assert_eq!(scores["players"], 1);
    let games = scores["games"].as_array().unwrap();
    assert_eq!(games.len(), 10);
    assert_eq!(games[0], json!({ "gameId": "game12", "counted": 12 }));
    assert_eq!(games[9]["gameId"], "game03");
}

#[tokio::test]
async fn a_user_is_new_on_one_day_and_active_once_a_day() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.advance(3 * 86_400);
    let ada = app.register("Ada").await;
    let first = kernel::Day::of(app.clock.now()).to_string();
    // The admin's device and Ada's, twice on the next day.
    app.advance(86_400);
    let second = kernel::Day::of(app.clock.now()).to_string();
    let mut token = ada.refresh.clone();
    for _ in 0..2 {
        let next = ada.refresh(&token).await.assert_ok();
        token = next["refreshToken"].as_str().unwrap().to_owned();
    }
    let admin = app
        .login(&admin.email, crate::harness::ADMIN_PASSWORD)
        .await;
    for (date, new, active) in [(&first, 1, 1), (&second, 0, 2)] {
        let users = overview(&admin, date).await["users"].clone();
        assert_eq!(
            (&users["total"], &users["new"], &users["active"]),
            (&json!(2), &json!(new), &json!(active)),
            "{date}"
        );
    }
    let today = admin.get("/admin/overview").await.assert_ok();
    assert_eq!(today["date"], json!(second));
}

#[tokio::test]
async fn an_answer_is_kept_for_ten_seconds() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let before = overview(&admin, "2026-03-02").await;
    app.register("Ada").await;
    app.advance(9);
    assert_eq!(overview(&admin, "2026-03-02").await, before);
    app.advance(1);
    assert_eq!(overview(&admin, "2026-03-02").await["users"]["total"], 2);
}

#[tokio::test]
async fn what_is_no_day_is_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for date in [
        "today",
        "2026-02-29",
        "2026-3-1",
        "",
        "2026-03-01T00:00:00Z",
    ] {
        admin
            .get(&format!("/admin/overview?date={date}"))
            .await
            .assert_error(400, "invalid_query");
    }
}
