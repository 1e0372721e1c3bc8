//! Mail servers that fail, each in its way, at the other end of a real connection.

use notifications::event::{Event, MAP_RECORD, REVIEW_READY};
use serde_json::json;

use super::{delivered, newest, review, told_of_closing};
use crate::harness::{Builder, Fault, Player, SmtpServer, Step, TestApp, eventually};

fn builder(smtp: &SmtpServer) -> Builder {
    TestApp::builder()
        .setting("SMTP_URL", smtp.url())
        // Long enough for a server that answers, on a machine that is slow.
        .setting("SMTP_TIMEOUT", "3s")
        .setting("MAIL_FROM", "Grandstand <news@play.example>")
}

async fn world() -> (TestApp, SmtpServer, Player) {
    let smtp = SmtpServer::start().await;
    let app = builder(&smtp).start().await;
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

/// The first attempt fails there, and the second sends it.
async fn is_sent_at_the_second_attempt(
    app: &TestApp,
    smtp: &SmtpServer,
    ada: &Player,
    (step, fault): (Step, Fault),
) {
    let before = reviews(smtp);
    smtp.next(step, fault);
    app.notify(ada, &review("review")).await;
    let first = eventually(&format!("{step:?} {fault:?}"), async || {
        let first = newest(ada).await["deliveries"][0].clone();
        (first["status"] == "pending" && first["attempts"] == 1).then_some(first)
    })
    .await;
    assert!(first["reason"].is_string(), "{first}");
    assert_eq!(reviews(smtp), before);
    app.advance(60);
    assert_eq!(delivered(ada, "email", "sent").await["attempts"], 2);
    assert_eq!(reviews(smtp), before + 1, "{step:?} {fault:?}");
}

#[tokio::test]
async fn who_is_not_let_in_tries_again_later() {
    for fault in [
        (Step::Greeting, Fault::Say("421 4.3.2 not now")),
        (Step::Greeting, Fault::Say("554 5.3.2 no mail here")),
        (Step::Greeting, Fault::Hang),
        (Step::Greeting, Fault::Cut),
        (Step::Login, Fault::Say("535 5.7.8 who are you?")),
        (Step::Login, Fault::Say("454 4.7.0 not now")),
    ] {
        let smtp = SmtpServer::start().await;
        let app = builder(&smtp).start().await;
        // Whose address needs no link, so that this is the first conversation.
        let admin = app.admin().await;
        is_sent_at_the_second_attempt(&app, &smtp, &admin, fault).await;
    }
}

#[tokio::test]
async fn a_message_that_was_not_handed_over_is_tried_again_and_sent_once() {
    let (app, smtp, ada) = world().await;
    for fault in [
        (Step::Sender, Fault::Say("421 4.3.2 closing")),
        (Step::Sender, Fault::Say("454 4.3.0 not now")),
        // An administrator can put these right.
        (Step::Sender, Fault::Say("530 5.7.0 sign in first")),
        (Step::Sender, Fault::Say("554 5.7.1 access denied")),
        (Step::Recipient, Fault::Say("421 4.3.2 closing")),
        (Step::Recipient, Fault::Say("451 4.2.1 greylisted")),
        (Step::Recipient, Fault::Hang),
        (Step::Recipient, Fault::Cut),
        (Step::Data, Fault::Say("451 4.3.0 not now")),
        (Step::Data, Fault::Hang),
        (Step::Data, Fault::Cut),
    ] {
        is_sent_at_the_second_attempt(&app, &smtp, &ada, fault).await;
    }
}

/// SES says so of a message that came too fast: it was dropped.
#[tokio::test]
async fn a_message_that_was_handed_over_and_refused_for_now_is_sent_again() {
    let (app, smtp, ada) = world().await;
    for (round, said) in [
        "454 4.7.0 Throttling failure: Maximum sending rate exceeded.",
        "451 4.3.0 disk full",
        "421 4.3.2 closing",
    ]
    .into_iter()
    .enumerate()
    {
        smtp.next(Step::Content, Fault::Say(said));
        app.notify(&ada, &review("review")).await;
        eventually(said, async || {
            let first = newest(&ada).await["deliveries"][0].clone();
            (first["status"] == "pending" && first["attempts"] == 1).then_some(())
        })
        .await;
        app.advance(60);
        assert_eq!(delivered(&ada, "email", "sent").await["attempts"], 2);
        let mails = smtp.mails();
        let ids = mails.iter().filter(|mail| mail.subject == "review");
        let ids: Vec<_> = ids.map(|mail| mail.header("Message-ID")).collect();
        assert_eq!(ids.len(), 2 * (round + 1), "{said}");
        assert_eq!(ids[2 * round], ids[2 * round + 1], "it is the same mail");
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

#[tokio::test]
async fn an_address_that_bounced_gets_no_digest() {
    let (app, smtp, ada) = world().await;
    let bob = app.register("Bob").await;
    smtp.mail_to(&bob.email, "Confirm").await;
    app.confirm_address(&bob).await;
    for player in [&ada, &bob] {
        let record = Event::new(&MAP_RECORD, "record", "");
        app.notify(player, &record).await;
    }
    smtp.next(
        Step::Recipient,
        Fault::Say("550 5.1.1 <ada@example.com>: nobody lives here"),
    );
    app.notify(&ada, &review("review")).await;
    told_of_closing(&ada).await;
    app.advance(24 * 3600);
    app.gather_digests().await;
    smtp.mail_to(&bob.email, "record").await;
    let digests = async |status: &str| {
        let digests = format!(
            "select count(*) from deliveries where digest_id is not null and status = '{status}'"
        );
        app.database.count(&digests).await
    };
    eventually("hers is skipped", async || {
        (digests("skipped").await == 1 && digests("sent").await == 1).then_some(())
    })
    .await;
    let mails = smtp.mails();
    assert_eq!(
        mails.iter().filter(|mail| mail.subject == "record").count(),
        1
    );
}

/// As no form of ours lets it in, but an old row might have it.
#[tokio::test]
async fn a_name_with_lines_of_its_own_becomes_no_header_and_no_command() {
    let (app, smtp, ada) = world().await;
    let name = r"Ada\r\nBcc: all@example.org\r\n\r\n.\r\nRCPT TO:<all@example.org>";
    app.database
        .execute(&format!("update users set screen_name = E'{name}'"))
        .await;
    let body = json!({ "email": ada.email });
    app.post("/auth/password/forgot")
        .json(&body)
        .await
        .assert_gone();
    let letter = smtp.mail_to(&ada.email, "new password").await;
    let event = Event::new(&REVIEW_READY, &name.replace(r"\r\n", "\r\n"), "");
    app.notify(&ada, &event).await;
    let notice = smtp.mail_to(&ada.email, "all@example.org").await;
    delivered(&ada, "email", "sent").await;
    for mail in [letter, notice] {
        assert_eq!(mail.header("Bcc"), None, "{}", mail.raw);
        assert_eq!(mail.header("To"), Some(ada.email.as_str()));
        assert!(mail.text.contains("RCPT TO:"), "{}", mail.raw);
    }
    let heard = smtp.heard();
    let count = |word: &str| heard.iter().filter(|heard| *heard == word).count();
    // One for each: the link to confirm the address, the letter, the notice.
    assert_eq!(
        (count("RCPT"), count("DATA"), smtp.mails().len()),
        (3, 3, 3)
    );
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
