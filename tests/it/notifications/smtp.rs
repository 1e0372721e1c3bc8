//! Mail servers that fail, each in its way, at the other end of a real connection.

use serde_json::json;

use super::{delivered, newest, review, told_of_closing};
use crate::harness::{Fault, Player, SmtpServer, Step, TestApp, eventually};

async fn world() -> (TestApp, SmtpServer, Player) {
    let smtp = SmtpServer::start().await;
    let app = TestApp::builder()
        .setting("SMTP_URL", smtp.url())
        .setting("SMTP_TIMEOUT", "300ms")
        .setting("MAIL_FROM", "Grandstand <news@play.example>")
        .start()
        .await;
    let ada = app.register("Ada").await;
    // The link to confirm the address is out of the way.
    smtp.mail_to(&ada.email, "Confirm").await;
    app.confirm_address(&ada).await;
    (app, smtp, ada)
}

/// What was handed over about reviews.
fn reviews(smtp: &SmtpServer) -> usize {
    let mails = smtp.mails();
    mails.iter().filter(|mail| mail.subject == "review").count()
}

#[tokio::test]
async fn mails_go_over_one_connection_that_is_kept() {
    let (app, smtp, ada) = world().await;
    for title in ["review", "another"] {
        app.notify(&ada, &review(title)).await;
        let mail = smtp.mail_to(&ada.email, title).await;
        assert_eq!(mail.header("From"), Some("Grandstand <news@play.example>"));
        delivered(&ada, "email", "sent").await;
        app.advance(1);
    }
    assert_eq!(smtp.connections(), 1);
}

#[tokio::test]
async fn what_may_go_better_later_is_tried_again_and_sent_once() {
    for (step, fault) in [
        (Step::Greeting, Fault::Say("421 4.3.2 not now")),
        (Step::Greeting, Fault::Hang),
        (Step::Greeting, Fault::Cut),
        (Step::Login, Fault::Say("535 5.7.8 who are you?")),
        (Step::Login, Fault::Say("454 4.7.0 not now")),
        (Step::Recipient, Fault::Say("451 4.2.1 greylisted")),
        (Step::Recipient, Fault::Hang),
        (Step::Recipient, Fault::Cut),
    ] {
        let smtp = SmtpServer::start().await;
        let app = TestApp::builder()
            .setting("SMTP_URL", smtp.url())
            .setting("SMTP_TIMEOUT", "300ms")
            .setting("MAIL_FROM", "news@play.example")
            .start()
            .await;
        let admin = app.admin().await;
        smtp.next(step, fault);
        app.notify(&admin, &review("review")).await;
        let first = eventually(&format!("{step:?} {fault:?}"), async || {
            let first = newest(&admin).await["deliveries"][0].clone();
            (first["status"] == "pending" && first["attempts"] == 1).then_some(first)
        })
        .await;
        assert!(first["reason"].is_string(), "{first}");
        assert_eq!(reviews(&smtp), 0);
        app.advance(60);
        assert_eq!(delivered(&admin, "email", "sent").await["attempts"], 2);
        assert_eq!(reviews(&smtp), 1, "{step:?} {fault:?}");
    }
}

#[tokio::test]
async fn a_message_that_may_have_arrived_is_not_sent_again() {
    for fault in [Fault::Cut, Fault::Hang] {
        let (app, smtp, ada) = world().await;
        smtp.next(Step::Content, fault);
        app.notify(&ada, &review("review")).await;
        let delivery = delivered(&ada, "email", "unknown").await;
        assert!(delivery["reason"].is_string());
        app.advance(3600);
        app.notify(&ada, &review("another")).await;
        smtp.mail_to(&ada.email, "another").await;
        assert_eq!(reviews(&smtp), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_message_that_is_refused_is_given_up() {
    let (app, smtp, ada) = world().await;
    smtp.next(Step::Content, Fault::Say("554 5.6.0 no such words here"));
    app.notify(&ada, &review("review")).await;
    let delivery = delivered(&ada, "email", "failed").await;
    assert!(
        delivery["reason"].as_str().unwrap().contains("554"),
        "{delivery}"
    );
    app.notify(&ada, &review("another")).await;
    smtp.mail_to(&ada.email, "another").await;
}

#[tokio::test]
async fn an_address_that_bounces_gets_no_more_until_its_user_says_so() {
    let (app, smtp, ada) = world().await;
    smtp.next(
        Step::Recipient,
        Fault::Say("550 5.1.1 <ada@example.com>: nobody lives here"),
    );
    app.notify(&ada, &review("review")).await;
    told_of_closing(&ada).await;
    let channels =
        async || ada.get("/notifications/preferences").await.assert_ok()["channels"].clone();
    assert_eq!(channels().await["email"], "bounced");
    app.advance(1);
    app.notify(&ada, &review("review")).await;
    delivered(&ada, "email", "skipped").await;
    ada.post("/notifications/email/resume").await.assert_gone();
    assert_eq!(channels().await["email"], "ready");
    app.advance(1);
    app.notify(&ada, &review("review")).await;
    delivered(&ada, "email", "sent").await;
    assert_eq!(reviews(&smtp), 1);
    assert_eq!(json!(smtp.mails().len()), 2);
}

/// The other server died between the first byte and the last.
#[tokio::test]
async fn what_another_server_had_begun_to_send_is_not_sent_again() {
    let (app, smtp, ada) = world().await;
    let now = app.clock.now().to_zoned(jiff::tz::TimeZone::UTC);
    let clock = |minutes: i64| {
        let time = &now + jiff::Span::new().minutes(minutes);
        time.strftime("%H:%M").to_string()
    };
    let quiet =
        json!({ "quietHours": { "from": clock(-5), "until": clock(5) }, "timeZone": "UTC" });
    ada.put("/notifications/preferences")
        .json(&quiet)
        .await
        .assert_ok();
    app.notify(&ada, &review("review")).await;
    delivered(&ada, "email", "pending").await;
    app.database
        .execute("update deliveries set status = 'sending', attempts = 1, attempted_at = now()")
        .await;
    app.advance(10 * 60);
    let delivery = delivered(&ada, "email", "unknown").await;
    assert!(
        delivery["reason"]
            .as_str()
            .unwrap()
            .contains("may have arrived")
    );
    assert_eq!(reviews(&smtp), 0);
}
