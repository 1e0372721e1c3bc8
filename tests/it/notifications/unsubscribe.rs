use http::Method;
use notifications::event::{Event, MAP_RECORD};

use super::review;
use crate::harness::{Player, TestApp};

async fn world() -> (TestApp, Player, String) {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    app.confirm_address(&ada).await;
    app.notify(&ada, &review("review")).await;
    let mail = app.mail_to(&ada, "review").await;
    let path = path_of(mail.header("List-Unsubscribe").unwrap());
    (app, ada, path)
}

/// The path below `/api/v1` of `<http://host/api/v1/…>`.
fn path_of(header: &str) -> String {
    let url = header.trim_matches(['<', '>']);
    url.split_once("/api/v1").unwrap().1.to_owned()
}

async fn email_cell(player: &Player, event: &str) -> String {
    let seen = player.get("/notifications/preferences").await.assert_ok();
    seen["grid"][event]["email"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn one_click_unsubscribes_without_anything_else() {
    let (app, ada, path) = world().await;
    let multipart = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
    for (kind, body) in [
        (
            "application/x-www-form-urlencoded",
            "List-Unsubscribe=One-Click",
        ),
        ("multipart/form-data; boundary=x", multipart),
        ("application/x-www-form-urlencoded", ""),
        ("nonsense", "\0"),
    ] {
        let again = app
            .post(&path)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body("undo=1");
        again.await.assert_status(200);
        assert_eq!(email_cell(&ada, "review_ready").await, "immediate");
        let answer = app
            .post(&path)
            .header("Content-Type", kind)
            .body(body)
            .await;
        answer.assert_status(200);
        assert!(answer.text().contains("You are unsubscribed"));
        assert_eq!(email_cell(&ada, "review_ready").await, "off");
    }
    app.post(&path).await.assert_status(200);
    assert_eq!(email_cell(&ada, "review_ready").await, "off");
    assert_eq!(
        email_cell(&ada, "record_lost").await,
        "immediate",
        "only what the mail was about"
    );
}

#[tokio::test]
async fn looking_at_the_page_changes_nothing() {
    let (app, ada, path) = world().await;
    for method in [Method::GET, Method::HEAD] {
        let answer = app.call(method, &path).await;
        answer.assert_status(200);
        assert!(
            answer
                .header("content-type")
                .unwrap()
                .starts_with("text/html")
        );
        assert!(
            answer
                .header("content-security-policy")
                .unwrap()
                .contains("form-action 'self'")
        );
    }
    assert!(app.get(&path).await.text().contains("Unsubscribe?"));
    assert_eq!(email_cell(&ada, "review_ready").await, "immediate");
}

#[tokio::test]
async fn a_token_of_nobody_does_nothing() {
    let (app, ada, path) = world().await;
    for bad in [
        "/unsubscribe/A",
        &path[..path.len() - 1],
        &format!("{path}A"),
    ] {
        for method in [Method::GET, Method::POST] {
            app.call(method, bad)
                .await
                .assert_error(404, "invalid_unsubscribe_token");
        }
    }
    ada.delete("/me").await.assert_gone();
    app.post(&path).await.assert_status(200);
}

#[tokio::test]
async fn whoever_unsubscribes_from_the_digest_gets_none_though_it_has_gathered() {
    let (app, ada, _) = world().await;
    let record = Event::new(&MAP_RECORD, "record", "");
    app.notify(&ada, &record).await;
    app.advance(24 * 3600);
    app.gather_digests().await;
    let mail = app.mail_to(&ada, "record").await;
    let path = path_of(mail.header("List-Unsubscribe").unwrap());
    app.notify(&ada, &Event::new(&MAP_RECORD, "another", ""))
        .await;
    app.post(&path).await.assert_status(200);
    app.advance(24 * 3600);
    app.gather_digests().await;
    let skipped = "select count(*) from deliveries where status = 'skipped'";
    crate::harness::eventually("it is skipped", async || {
        (app.database.count(skipped).await == 1).then_some(())
    })
    .await;
    assert!(
        app.mails()
            .iter()
            .all(|mail| !mail.subject.contains("another"))
    );
}

#[tokio::test]
async fn a_large_providers_few_addresses_may_unsubscribe_all_of_its_users() {
    let app = TestApp::builder()
        .setting("RATE_LIMIT_ENABLED", "true")
        .setting("RATE_LIMIT_PER_IP", "2")
        .start()
        .await;
    for _ in 0..5 {
        app.post("/unsubscribe/A")
            .await
            .assert_error(404, "invalid_unsubscribe_token");
    }
}
