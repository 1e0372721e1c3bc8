use serde_json::json;

use crate::harness::{PASSWORD, TestApp};

#[tokio::test]
async fn an_email_is_matched_whatever_its_case() {
    let app = TestApp::start().await;
    let body = json!({ "email": "Ada@Example.com", "password": PASSWORD, "screenName": "Ada" });
    let registered = app
        .post("/auth/register")
        .json(&body)
        .await
        .assert_created();
    for email in ["ada@example.com", "ADA@EXAMPLE.COM", " Ada@example.com "] {
        let answer = app
            .post("/auth/login")
            .json(&json!({ "email": email, "password": PASSWORD }))
            .await
            .assert_ok();
        assert_eq!(answer["user"], registered["user"]);
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_email_answer_alike() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let mut answers = Vec::new();
    for (email, password) in [
        (ada.email.as_str(), "another password"),
        ("nobody@example.com", PASSWORD),
        ("not an address", PASSWORD),
        (ada.email.as_str(), "short"),
        (ada.email.as_str(), ""),
        (ada.email.as_str(), "A LONG PASSWORD"),
    ] {
        let answer = app
            .post("/auth/login")
            .json(&json!({ "email": email, "password": password }))
            .await;
        let mut body = answer.assert_error(401, "invalid_credentials");
        body["requestId"].take();
        answers.push(body);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down_and_the_right_one_still_works_later() {
    let app = TestApp::builder()
        .setting("RATE_LIMIT_ENABLED", "true")
        .setting("RATE_LIMIT_PER_IP", "1000")
        .start()
        .await;
    let ada = app.register("Ada").await;
    let guess = json!({ "email": ada.email, "password": "not the password" });
    for _ in 0..10 {
        app.post("/auth/login")
            .json(&guess)
            .await
            .assert_error(401, "invalid_credentials");
    }
    app.post("/auth/login")
        .json(&guess)
        .await
        .assert_error(429, "rate_limited");
    let right = json!({ "email": ada.email, "password": PASSWORD });
    app.post("/auth/login")
        .json(&right)
        .await
        .assert_error(429, "rate_limited");
    app.advance(600);
    app.post("/auth/login").json(&right).await.assert_ok();
}
