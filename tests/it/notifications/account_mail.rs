use serde_json::json;

use crate::harness::{Answer, PASSWORD, Player, TestApp, eventually};

const NEW_PASSWORD: &str = "another long password";

async fn token_for(app: &TestApp, player: &Player, subject: &str) -> String {
    app.mail_to(player, subject).await.after("#token=")
}

async fn reset(app: &TestApp, token: &str, password: &str) -> Answer {
    let body = json!({ "token": token, "password": password });
    app.post("/auth/password/reset").json(&body).await
}

async fn forget(app: &TestApp, email: &str) -> Answer {
    app.post("/auth/password/forgot")
        .json(&json!({ "email": email }))
        .await
}

#[tokio::test]
async fn an_address_is_confirmed_by_the_link_that_was_mailed_there() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    assert_eq!(ada.get("/me").await.assert_ok()["emailConfirmed"], false);
    let token = token_for(&app, &ada, "Confirm").await;
    let mail = app.mail_to(&ada, "Confirm").await;
    assert!(mail.text.contains("Hello Ada,") && mail.header("List-Unsubscribe").is_none());
    let verify = async |token: &str| {
        app.post("/auth/email/verify")
            .json(&json!({ "token": token }))
            .await
    };
    verify(&token).await.assert_gone();
    assert_eq!(ada.get("/me").await.assert_ok()["emailConfirmed"], true);
    for bad in [
        token.as_str(),
        "",
        "gat_x",
        &format!("gat_{}", "A".repeat(43)),
    ] {
        verify(bad).await.assert_error(403, "invalid_mailed_link");
    }
    reset(&app, &token, NEW_PASSWORD)
        .await
        .assert_error(403, "invalid_mailed_link");
    let kept = app
        .database
        .count("select count(*) from account_tokens")
        .await;
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn a_link_can_be_asked_for_again_and_only_the_last_one_works() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let first = token_for(&app, &ada, "Confirm").await;
    ada.post("/auth/email/verify/send").await.assert_gone();
    app.advance(61);
    eventually("there is a second mail", async || {
        ada.post("/auth/email/verify/send").await.assert_gone();
        (app.mails().len() == 2).then_some(())
    })
    .await;
    let second = app.mails()[1].after("#token=");
    let verify = async |token: &str| {
        app.post("/auth/email/verify")
            .json(&json!({ "token": token }))
            .await
    };
    verify(&first)
        .await
        .assert_error(403, "invalid_mailed_link");
    app.advance(3 * 24 * 3600);
    verify(&second)
        .await
        .assert_error(403, "invalid_mailed_link");
}

#[tokio::test]
async fn a_forgotten_password_is_chosen_anew_and_all_devices_are_signed_out() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let phone = app.login(&ada.email, PASSWORD).await;
    forget(&app, &ada.email.to_uppercase()).await.assert_gone();
    let token = token_for(&app, &ada, "new password").await;
    reset(&app, &token, "short")
        .await
        .assert_invalid("password");
    reset(&app, &token, NEW_PASSWORD).await.assert_gone();
    reset(&app, &token, PASSWORD)
        .await
        .assert_error(403, "invalid_mailed_link");
    for device in [&ada, &phone] {
        let refresh = json!({ "refreshToken": device.refresh });
        app.post("/auth/refresh")
            .json(&refresh)
            .await
            .assert_error(401, "invalid_refresh_token");
    }
    let old = json!({ "email": ada.email, "password": PASSWORD });
    app.post("/auth/login")
        .json(&old)
        .await
        .assert_error(401, "invalid_credentials");
    let again = app.login(&ada.email, NEW_PASSWORD).await;
    assert_eq!(again.get("/me").await.assert_ok()["emailConfirmed"], true);
}

#[tokio::test]
async fn the_token_is_kept_by_its_hash_alone_and_for_an_hour() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    forget(&app, &ada.email).await.assert_gone();
    let token = token_for(&app, &ada, "new password").await;
    for table in ["account_tokens", "jobs", "dead_jobs"] {
        let held = format!("select count(*) from {table} row where row::text like '%{token}%'");
        assert_eq!(app.database.count(&held).await, 0, "{table}");
    }
    app.advance(3601);
    reset(&app, &token, NEW_PASSWORD)
        .await
        .assert_error(403, "invalid_mailed_link");
    app.login(&ada.email, PASSWORD).await;
}

#[tokio::test]
async fn nobody_learns_who_has_an_account() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    app.mail_to(&ada, "Confirm").await;
    let known = forget(&app, &ada.email).await;
    let unknown = forget(&app, "nobody@example.org").await;
    known.assert_gone();
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
    // Either way the request itself writes one job and no more.
    let asked = "select count(*) from jobs where kind = 'accounts.send_mail' and payload->>'purpose' = 'reset_password'";
    assert_eq!(app.database.count(asked).await, 2);
    app.mail_to(&ada, "new password").await;
    assert_eq!(app.mails().len(), 2);
    forget(&app, "no address").await.assert_invalid("email");
}

#[tokio::test]
async fn links_are_not_mailed_without_end() {
    let app = TestApp::builder()
        .setting("RATE_LIMIT_ENABLED", "true")
        .setting("RATE_LIMIT_PER_IP", "1000")
        .start()
        .await;
    for _ in 0..10 {
        forget(&app, "ada@example.org").await.assert_gone();
    }
    forget(&app, "ada@example.org")
        .await
        .assert_error(429, "rate_limited");
    forget(&app, "bob@example.org").await.assert_gone();
}
