//! A day at a glance.

use serde_json::{Value, json};

use notifications::event::{Event, REVIEW_READY};

use crate::harness::{Fault, PASSWORD, Player, SmtpServer, Step, TestApp, eventually};

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
            // What these depend on goes on beside the requests; the next test looks at them.
            "jobs": seen["jobs"], "mails": seen["mails"],
            "trackmania": { "mapperAlerts": null, "driverChecks": null, "mailedMissed": 0, "mailedIsExact": true },
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

/// A job of a queue that no worker looks at, behind the server's back.
fn job(state: &str, more: &str, values: &str) -> String {
    format!(
        "insert into jobs (id, queue, kind, payload, priority, state, due_at, most_attempts, created_at, {more})
         values (gen_random_uuid(), 'tests', 'test', 'null', 1, '{state}', '2200-01-01', 3, now(), {values});"
    )
}

#[tokio::test]
async fn jobs_are_told_by_their_states_and_mails_by_how_they_ended() {
    let smtp = SmtpServer::start().await;
    let app = TestApp::builder()
        .setting("SMTP_URL", smtp.url())
        .setting("MAIL_FROM", "news@play.example")
        .start()
        .await;
    let admin = app.admin().await;
    // One about an account, and three of the admin's.
    app.register("Ada").await;
    let counted = async |wanted| {
        eventually("a mail is counted", async || {
            let counted = "select coalesce(sum(count), 0)::bigint from mail_days";
            (app.database.count(counted).await == wanted).then_some(())
        })
        .await;
    };
    counted(1).await;
    let faults = [
        None,
        Some(Fault::Say("554 5.6.0 no such words here")),
        Some(Fault::Cut),
    ];
    for (before, fault) in (1..).zip(faults) {
        if let Some(fault) = fault {
            smtp.next(Step::Content, fault);
        }
        let event = Event::new(&REVIEW_READY, "review", "It took a while.");
        app.notify(&admin, &event).await;
        counted(before + 1).await;
    }
    eventually("the four jobs have ended", async || {
        let ended = "select count(*) from jobs where state = 'succeeded'";
        (app.database.count(ended).await == 4).then_some(())
    })
    .await;
    let now = app.clock.now();
    let today = kernel::Day::of(now);
    let yesterday = today.start() - jiff::SignedDuration::from_nanos(1000);
    let mut sql = job("queued", "start", "1")
        + &job("delayed", "start", "null")
        + &job("failed", "start", "null").repeat(2)
        + &job(
            "running",
            "lease_id, lease_until",
            "gen_random_uuid(), '2200-01-01'",
        );
    for (state, at) in [
        ("succeeded", yesterday),
        ("cancelled", now),
        ("cancelled", today.end()),
    ] {
        sql += &job(state, "finished_at", &format!("'{at}'"));
    }
    for at in [yesterday, now, now] {
        sql += &format!(
            "insert into dead_jobs (id, queue, kind, payload, priority, attempts, most_attempts, errors, created_at,
                                    died_at)
             values (gen_random_uuid(), 'tests', 'test', 'null', 1, 3, 3, '[]', now(), '{at}');"
        );
    }
    app.database.execute(&sql).await;
    let seen = overview(&admin, &today.to_string()).await;
    assert_eq!(
        seen["jobs"],
        json!({
            "queued": 1, "delayed": 1, "running": 1, "failed": 2, "dead": 3,
            "succeeded": 4, "cancelled": 1, "died": 2, "isExact": true,
        })
    );
    assert_eq!(
        seen["mails"],
        json!({ "sent": 2, "failed": 1, "unknown": 1 })
    );
    let before = overview(&admin, &kernel::Day::of(yesterday).to_string()).await;
    assert_eq!(
        (
            &before["jobs"]["succeeded"],
            &before["jobs"]["died"],
            &before["jobs"]["queued"]
        ),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(
        before["mails"],
        json!({ "sent": 0, "failed": 0, "unknown": 0 })
    );
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
