//! Settings that administrators change while servers run.

use serde_json::{Value, json};

use crate::harness::{Answer, Player, TestApp, eventually};

async fn change(admin: &Player, changes: Value) -> Answer {
    admin.patch("/admin/config").json(&changes).await
}

fn setting<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let mut settings = answer["settings"].as_array().unwrap().iter();
    settings
        .find(|setting| setting["name"] == name)
        .unwrap_or_else(|| panic!("{name} is missing: {answer}"))
}

async fn present(admin: &Player, name: &str) -> Value {
    let answer = admin.get("/admin/config").await.assert_ok();
    setting(&answer, name).clone()
}

/// What the server says is the limit by address.
async fn limit_per_ip(app: &TestApp) -> Option<String> {
    let answer = app.get("/leaderboards").await;
    answer.header("ratelimit-limit").map(str::to_owned)
}

#[tokio::test]
async fn every_setting_is_shown_with_its_value_its_default_and_where_it_is_from() {
    let app = TestApp::builder()
        .setting("RATE_LIMIT_PER_IP", "700")
        .start()
        .await;
    let admin = app.admin().await;
    let answer = admin.get("/admin/config").await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let answer = answer.assert_ok();
    let names: Vec<_> = answer["settings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|setting| setting["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "RATE_LIMIT_ENABLED",
            "RATE_LIMIT_SCORE_UPDATE",
            "RATE_LIMIT_WINDOW_MS",
            "RATE_LIMIT_PER_IP",
            "DRIVER_CHECKS_AT",
            "MAPPER_ALERTS_AT",
            "SCHEDULES"
        ]
    );
    let description = setting(&answer, "RATE_LIMIT_PER_IP")["description"].clone();
    assert_eq!(
        setting(&answer, "RATE_LIMIT_PER_IP"),
        &json!({
            "name": "RATE_LIMIT_PER_IP", "value": 700, "default": 100, "source": "environment",
            "description": description, "changedAt": null, "changedBy": null, "changedByName": null,
        })
    );
    let window = setting(&answer, "RATE_LIMIT_WINDOW_MS");
    assert_eq!(
        (&window["value"], &window["source"]),
        (&json!(60_000), &json!("default"))
    );
    assert_eq!(setting(&answer, "RATE_LIMIT_ENABLED")["value"], false);
}

#[tokio::test]
async fn a_change_holds_at_once_on_every_server_and_after_a_restart() {
    let app = TestApp::start().await;
    let there = app.neighbour().start().await;
    let admin = app.admin().await;
    assert_eq!(limit_per_ip(&app).await, None, "tests begin without limits");
    let changes = json!({ "RATE_LIMIT_ENABLED": true, "RATE_LIMIT_PER_IP": 4321 });
    let answer = change(&admin, changes).await.assert_ok();
    let changed = setting(&answer, "RATE_LIMIT_PER_IP");
    assert_eq!(
        (&changed["value"], &changed["source"], &changed["changedBy"]),
        (&json!(4321), &json!("database"), &json!(admin.id))
    );
    assert_eq!(changed["changedByName"], "Admin");
    assert!(changed["changedAt"].is_string());
    let wanted = Some("4321".to_owned());
    assert_eq!(limit_per_ip(&app).await, wanted);
    eventually("the other server has heard", async || {
        (limit_per_ip(&there).await == wanted).then_some(())
    })
    .await;
    let later = app.neighbour().start_loading().await;
    assert_eq!(limit_per_ip(&later).await, wanted);

    // Null: as the configuration says.
    let back = json!({ "RATE_LIMIT_ENABLED": null, "RATE_LIMIT_PER_IP": null });
    let answer = change(&admin, back).await.assert_ok();
    let setting = setting(&answer, "RATE_LIMIT_PER_IP");
    assert_eq!(
        (&setting["value"], &setting["source"], &setting["changedAt"]),
        (&json!(100), &json!("default"), &Value::Null)
    );
    assert_eq!(limit_per_ip(&app).await, None);
    eventually("the other server has heard that too", async || {
        limit_per_ip(&there).await.is_none().then_some(())
    })
    .await;
}

#[tokio::test]
async fn players_are_held_to_the_new_limit_of_scores() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let service = admin.game_service(&[]).await;
    let ada = app.register("Ada").await;
    for _ in 0..20 {
        ada.score(&service, "chess", 1).await;
    }
    let changes = json!({
        "RATE_LIMIT_ENABLED": "on", "RATE_LIMIT_SCORE_UPDATE": 2, "RATE_LIMIT_WINDOW_MS": "10s",
        "RATE_LIMIT_PER_IP": 1000,
    });
    change(&admin, changes).await.assert_ok();
    for _ in 0..2 {
        ada.score(&service, "chess", 1).await;
    }
    let token = service.vouch(&ada, "chess", 1).await;
    let refused = ada.submit(&token, 1).await;
    refused.assert_error(429, "rate_limited");
    assert_eq!(refused.header("ratelimit-limit"), Some("2"));
    // Another setting's change doesn't begin the count anew.
    change(&admin, json!({ "RATE_LIMIT_PER_IP": 999 }))
        .await
        .assert_ok();
    ada.submit(&token, 1)
        .await
        .assert_error(429, "rate_limited");
    app.advance(10);
    ada.submit(&token, 1).await.assert_ok();
}

#[tokio::test]
async fn guessing_passwords_is_limited_by_the_same_switch() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.register("Ada").await);
    let wrong = json!({ "email": ada.email, "password": "not the password" });
    let guess = async || app.post("/auth/login").json(&wrong).await.status.as_u16();
    assert_eq!(guess().await, 401);
    let changes = json!({ "RATE_LIMIT_ENABLED": true, "RATE_LIMIT_PER_IP": 1000 });
    change(&admin, changes).await.assert_ok();
    for _ in 0..10 {
        assert_eq!(guess().await, 401);
    }
    assert_eq!(guess().await, 429);
    change(&admin, json!({ "RATE_LIMIT_ENABLED": false }))
        .await
        .assert_ok();
    assert_eq!(guess().await, 401);
}

#[tokio::test]
async fn what_the_configuration_would_refuse_is_refused_whole_and_all_of_it_told() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let answer = change(
        &admin,
        json!({ "RATE_LIMIT_PER_IP": 0, "RATE_LIMIT_WINDOW_MS": "soon", "RATE_LIMIT_SCORE_UPDATE": 5 }),
    )
    .await;
    let body = answer.assert_error(422, "validation_failed");
    let details = body["details"].as_array().unwrap();
    assert_eq!(details.len(), 2, "{body}");
    answer.assert_invalid("RATE_LIMIT_PER_IP");
    answer.assert_invalid("RATE_LIMIT_WINDOW_MS");
    for (name, value) in [
        ("RATE_LIMIT_PER_IP", json!(1.5)),
        ("RATE_LIMIT_PER_IP", json!(-1)),
        ("RATE_LIMIT_PER_IP", json!(1_000_001)),
        ("RATE_LIMIT_PER_IP", json!("")),
        ("RATE_LIMIT_PER_IP", json!([1])),
        ("RATE_LIMIT_ENABLED", json!("maybe")),
        ("JWT_SECRET", json!("0f1e2d3c4b5a69788796a5b4c3d2e1f0")),
        ("PORT", json!(1)),
        ("", json!(1)),
    ] {
        let answer = change(&admin, json!({ name: value })).await;
        answer.assert_invalid(name);
    }
    for body in ["[]", "null", "1"] {
        let call = admin.patch("/admin/config").json_text(body);
        assert!(call.await.status.is_client_error(), "{body}");
    }
    assert_eq!(app.database.count("select count(*) from settings").await, 0);
    let acts = "select count(*) from audit_log where action = 'setting.changed'";
    assert_eq!(app.database.count(acts).await, 0);
}

#[tokio::test]
async fn each_change_is_an_act_with_the_value_before_and_after() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for value in [json!(5), json!(5), json!(6), Value::Null, Value::Null] {
        change(&admin, json!({ "RATE_LIMIT_SCORE_UPDATE": value }))
            .await
            .assert_ok();
    }
    let path = "/admin/audit?action=setting.changed";
    let log = admin.get(path).await.assert_ok();
    let entries = log["entries"].as_array().unwrap();
    let data: Vec<_> = entries.iter().map(|entry| entry["data"].clone()).collect();
    assert_eq!(
        data,
        [
            json!({ "from": 6, "to": 10, "source": "default" }),
            json!({ "from": 5, "to": 6, "source": "database" }),
            json!({ "from": 10, "to": 5, "source": "database" }),
        ]
    );
    assert_eq!(entries[0]["subject"], "RATE_LIMIT_SCORE_UPDATE");
    assert_eq!(entries[0]["actorId"], json!(admin.id));
}

#[tokio::test]
async fn a_change_that_was_not_heard_is_found_and_what_no_rule_allows_is_passed_over() {
    let app = TestApp::builder()
        .setting("RATE_LIMIT_ENABLED", "true")
        .setting("RATE_LIMIT_PER_IP", "5000")
        .start()
        .await;
    let admin = app.admin().await;
    // As a later release, with other rules, may have left them.
    app.database
        .execute(
            "insert into settings values
                 ('RATE_LIMIT_PER_IP', '6000', now(), null), ('RATE_LIMIT_SCORE_UPDATE', '-3', now(), null),
                 ('RATE_LIMIT_PER_MOON', '1', now(), null), ('RATE_LIMIT_WINDOW_MS', '{}', now(), null)",
        )
        .await;
    app.database.cut_off_listeners().await;
    eventually("the table is read again", async || {
        (limit_per_ip(&app).await.as_deref() == Some("6000")).then_some(())
    })
    .await;
    let scores = present(&admin, "RATE_LIMIT_SCORE_UPDATE").await;
    assert_eq!(
        (&scores["value"], &scores["source"]),
        (&json!(10), &json!("default"))
    );
    assert_eq!(scores["changedAt"], Value::Null);
    // They are in nobody's way.
    change(&admin, json!({ "RATE_LIMIT_WINDOW_MS": 5000 }))
        .await
        .assert_ok();
    assert_eq!(present(&admin, "RATE_LIMIT_WINDOW_MS").await["value"], 5000);
}

#[tokio::test]
async fn two_servers_that_change_at_the_same_moment_lose_nothing() {
    let app = TestApp::start().await;
    let there = app.neighbour().start().await;
    let admin = app.admin().await;
    let other = admin.at(there.api());
    for value in 1..=10 {
        let (one, two) = tokio::join!(
            change(&admin, json!({ "RATE_LIMIT_PER_IP": value })),
            change(&other, json!({ "RATE_LIMIT_SCORE_UPDATE": value }))
        );
        one.assert_ok();
        two.assert_ok();
        for admin in [&admin, &other] {
            for name in ["RATE_LIMIT_PER_IP", "RATE_LIMIT_SCORE_UPDATE"] {
                assert_eq!(present(admin, name).await["value"], value);
            }
        }
    }
}
