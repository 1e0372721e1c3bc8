use futures_util::future::join_all;
use serde_json::json;

use crate::harness::{Call, PASSWORD, TestApp, fresh_email};

fn register(app: &TestApp, email: &str, password: &str, screen_name: &str) -> Call {
    app.post("/auth/register")
        .json(&json!({ "email": email, "password": password, "screenName": screen_name }))
}

#[tokio::test]
async fn a_newcomer_gets_an_account_and_is_signed_in() {
    let app = TestApp::start().await;
    let answer = register(&app, "Ada@Example.com", PASSWORD, "  Ada ")
        .await
        .assert_created();
    let user = &answer["user"];
    assert!(user["id"].as_str().unwrap().starts_with("usr_"));
    assert_eq!(user["email"], "Ada@Example.com");
    assert_eq!(user["screenName"], "Ada");
    assert_eq!(user["role"], "user");
    assert!(user["avatar"].as_u64().is_some_and(|avatar| avatar < 1000));
    assert_eq!(answer["tokenType"], "Bearer");
    assert_eq!(answer["expiresIn"], 900);
    let token = answer["accessToken"].as_str().unwrap();
    let me = app.get("/me").bearer(token).await.assert_ok();
    assert_eq!(me["id"], user["id"]);
}

#[tokio::test]
async fn an_email_is_taken_whatever_its_case_and_its_composition() {
    let app = TestApp::start().await;
    register(&app, "zoë@example.com", PASSWORD, "Zoë")
        .await
        .assert_created();
    for same in [
        "zoë@example.com",
        "ZOË@EXAMPLE.com",
        " zoe\u{308}@example.com ",
    ] {
        register(&app, same, PASSWORD, "Another")
            .await
            .assert_error(409, "email_taken");
    }
}

#[tokio::test]
async fn of_many_who_register_one_email_at_once_one_wins() {
    let app = TestApp::start().await;
    let email = fresh_email();
    let answers =
        join_all((0..10).map(|_| async { register(&app, &email, PASSWORD, "Ada").await })).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!(won.len(), 1);
    for answer in lost {
        assert!(
            matches!(answer.json()["code"].as_str(), Some("email_taken" | "busy")),
            "{answer:?}"
        );
    }
    assert_eq!(
        app.database
            .count("select count(*) from users where email like 'player-%'")
            .await,
        1
    );
}

#[tokio::test]
async fn what_is_no_email_is_refused() {
    let app = TestApp::start().await;
    let long = format!("{}@example.com", "a".repeat(300));
    for email in [
        "",
        " ",
        "ada",
        "@",
        "ada@",
        "@example.com",
        "a b@example.com",
        "a@b@example.com",
        "ada@example.com\0",
        "a\n@example.com",
        &long,
    ] {
        register(&app, email, PASSWORD, "Ada")
            .await
            .assert_invalid("email");
    }
}

#[tokio::test]
async fn a_password_has_10_to_128_characters() {
    let app = TestApp::start().await;
    for password in [
        "",
        "123456789",
        "ééééééééé",
        &"x".repeat(129),
        &"x".repeat(10_000),
    ] {
        register(&app, &fresh_email(), password, "Ada")
            .await
            .assert_invalid("password");
    }
    for password in [
        "1234567890",
        "éééééééééé",
        &"é".repeat(128),
        "          ",
        "pass\0word\u{202e}s",
    ] {
        let email = fresh_email();
        register(&app, &email, password, "Ada")
            .await
            .assert_created();
        app.login(&email, password).await;
    }
}

#[tokio::test]
async fn a_screen_name_that_does_not_show_is_refused() {
    let app = TestApp::start().await;
    let (long, too_long) = ("x".repeat(10_000), "é".repeat(33));
    for name in [
        "",
        "   ",
        "\u{a0}\u{3000}",
        "a\0b",
        "a\nb",
        "a\tb",
        "\u{1b}[31mred",
        "\u{7f}",
        "\u{202e}evil",
        "a\u{200b}b",
        "\u{feff}a",
        "\u{2800}",
        "\u{3164}",
        "\u{fe0f}",
        "\u{e000}",
        &long,
        &too_long,
    ] {
        register(&app, &fresh_email(), PASSWORD, name)
            .await
            .assert_invalid("screenName");
    }
}

#[tokio::test]
async fn names_of_all_scripts_and_emoji_come_back_as_they_were_given() {
    let app = TestApp::start().await;
    let longest = "é".repeat(32);
    for name in [
        "李小龙",
        "Дмитрий",
        "سارة",
        "👩🏽‍🚀",
        "🏴‍☠️",
        "1️⃣",
        "<script>alert(1)</script>",
        "'; drop table users --",
        "\"\\",
        &longest,
    ] {
        let answer = register(&app, &fresh_email(), PASSWORD, name)
            .await
            .assert_created();
        assert_eq!(answer["user"]["screenName"], name);
    }
}

#[tokio::test]
async fn look_alikes_are_two_people_and_the_id_tells_them_apart() {
    let app = TestApp::start().await;
    // A Cyrillic а; and two emoji that look the same.
    let (ada, other) = (app.register("Ada").await, app.register("Ad\u{430}").await);
    assert_ne!(ada.id, other.id);
    let (flag, tones) = (app.register("❤️").await, app.register("❤").await);
    assert_ne!(flag.id, tones.id);
    let composed = app
        .register("Zoe\u{308}")
        .await
        .get("/me")
        .await
        .assert_ok();
    assert_eq!(composed["screenName"], "Zo\u{eb}");
}

#[tokio::test]
async fn nobody_registers_as_an_admin() {
    let app = TestApp::start().await;
    let body = json!({ "email": fresh_email(), "password": PASSWORD, "screenName": "Eve", "role": "admin" });
    let answer = app.post("/auth/register").json(&body).await;
    if answer.status == 201 {
        assert_eq!(answer.json()["user"]["role"], "user");
    } else {
        answer.assert_error(422, "validation_failed");
    }
    assert_eq!(
        app.database
            .count("select count(*) from users where role = 'admin'")
            .await,
        1
    );
}
