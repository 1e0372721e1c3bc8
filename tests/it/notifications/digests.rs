use notifications::event::{Event, MAP_RECORD, NEW_FOLLOWER};
use serde_json::json;

use crate::harness::{Player, TestApp, within};

const DAY: u64 = 24 * 3600;

async fn world() -> (TestApp, Player) {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    app.confirm_address(&ada).await;
    (app, ada)
}

fn record(title: &str) -> Event {
    Event::new(&MAP_RECORD, title, "By a tenth.").link("/maps/x")
}

fn digests(app: &TestApp) -> Vec<crate::harness::Mail> {
    let mut mails = app.mails();
    mails.retain(|mail| {
        mail.header("List-Id")
            .is_some_and(|list| list.starts_with("Daily digest"))
    });
    mails
}

#[tokio::test]
async fn a_day_becomes_one_mail_with_the_most_important_first() {
    let (app, ada) = world().await;
    app.notify(&ada, &Event::new(&NEW_FOLLOWER, "Bob follows you", ""))
        .await;
    app.notify(&ada, &record("Zoë drove 🏁 <fast>")).await;
    app.gather_digests().await;
    assert_eq!(digests(&app).len(), 0, "it isn't its hour");
    app.advance(DAY);
    app.gather_digests().await;
    let mail = app.mail_to(&ada, "and 1 more").await;
    assert_eq!(mail.subject, "Zoë drove 🏁 <fast>, and 1 more");
    let (first, second) = (
        mail.text.find("Zoë").unwrap(),
        mail.text.find("Bob").unwrap(),
    );
    assert!(first < second);
    assert!(mail.html.contains("&#60;fast&#62;") && mail.html.contains("/maps/x"));
    assert!(mail.raw.find("text/plain") < mail.raw.find("text/html"));
    let unsubscribe = mail.header("List-Unsubscribe").unwrap();
    let url = unsubscribe.trim_matches(['<', '>']);
    assert!(mail.text.contains(url), "{}", mail.raw);
    // Nothing gathered since: nothing is sent.
    app.advance(DAY);
    app.gather_digests().await;
    app.notify(&ada, &record("the next day")).await;
    app.advance(DAY);
    app.gather_digests().await;
    app.mail_to(&ada, "the next day").await;
    assert_eq!(digests(&app).len(), 2);
}

#[tokio::test]
async fn several_servers_send_it_once() {
    let (app, ada) = world().await;
    let other = app.neighbour().start().await;
    for number in 0..5 {
        let player = app.register("Player").await;
        app.confirm_address(&player).await;
        app.notify(&player, &record(&format!("record {number}")))
            .await;
    }
    app.notify(&ada, &record("mine")).await;
    app.advance(DAY);
    tokio::join!(
        app.gather_digests(),
        other.gather_digests(),
        app.gather_digests(),
        other.gather_digests()
    );
    let sent = async || {
        let open = "select count(*) from deliveries where finished_at is null";
        (app.database.count(open).await == 0).then_some(())
    };
    crate::harness::eventually("all are sent", sent).await;
    assert_eq!(
        app.database
            .count("select count(*) from deliveries where status = 'sent'")
            .await,
        6
    );
    assert_eq!(digests(&app).len() + digests(&other).len(), 6);
    within("the other stops", other.stop()).await;
}

#[tokio::test]
async fn what_was_turned_off_meanwhile_is_left_out() {
    let (app, ada) = world().await;
    app.notify(&ada, &record("record")).await;
    app.notify(&ada, &Event::new(&NEW_FOLLOWER, "Bob follows you", ""))
        .await;
    let off = json!({ "grid": { "map_record": { "email": "off" } } });
    ada.put("/notifications/preferences")
        .json(&off)
        .await
        .assert_ok();
    app.advance(DAY);
    app.gather_digests().await;
    let mail = app.mail_to(&ada, "Bob").await;
    assert_eq!(mail.subject, "Bob follows you");
    assert!(!mail.text.contains("record"));
}

#[tokio::test]
async fn it_comes_at_the_hour_that_its_user_chose_last() {
    let (app, ada) = world().await;
    app.notify(&ada, &record("record")).await;
    let now = app.clock.now().to_zoned(jiff::tz::TimeZone::UTC);
    let hour = (&now + jiff::Span::new().hours(3)).hour();
    let body = json!({ "digest": { "hour": hour }, "timeZone": "UTC" });
    ada.put("/notifications/preferences")
        .json(&body)
        .await
        .assert_ok();
    app.advance(3600);
    app.gather_digests().await;
    assert_eq!(digests(&app).len(), 0);
    app.advance(2 * 3600);
    app.gather_digests().await;
    app.mail_to(&ada, "record").await;
}

#[tokio::test]
async fn an_admin_may_preview_it() {
    let (app, ada) = world().await;
    let admin = app.admin().await;
    let path = format!("/admin/digests/preview?userId={}", ada.id);
    let empty = admin.get(&path).await.assert_ok();
    assert_eq!(
        (&empty["dueAt"], &empty["subject"]),
        (&json!(null), &json!(null))
    );
    app.notify(&ada, &record("record")).await;
    let preview = admin.get(&path).await.assert_ok();
    assert_eq!(preview["subject"], "record");
    assert!(
        preview["dueAt"].is_string() && preview["html"].as_str().unwrap().contains("By a tenth.")
    );
    assert_eq!(digests(&app).len(), 0);
    ada.get(&path).await.assert_error(403, "admin_only");
    let nobody = "/admin/digests/preview?userId=usr_01h455vb4pex5vsknk084sn02q";
    admin.get(nobody).await.assert_error(404, "user_not_found");
}
