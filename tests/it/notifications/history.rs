use serde_json::json;

use super::{delivered, newest, review};
use crate::harness::{TestApp, page_of};

#[tokio::test]
async fn what_was_told_is_listed_newest_first_and_marked_as_read() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    for title in ["one", "two", "three"] {
        assert!(app.notify(&ada, &review(title)).await);
        app.advance(1);
    }
    let page = ada.get("/notifications?limit=2").await.assert_ok();
    assert_eq!(page["unreadCount"], 3);
    let (items, cursor) = page_of(&page, "notifications");
    assert_eq!(items[0]["title"], "three");
    assert_eq!(items[0]["link"], "/reviews/1");
    assert_eq!(items[0]["importance"], "high");
    assert_eq!(items[0]["readAt"], json!(null));
    let next = format!("/notifications?limit=2&cursor={}", cursor.unwrap());
    let (rest, _) = page_of(&ada.get(&next).await.assert_ok(), "notifications");
    assert_eq!(rest[0]["title"], "one");

    let foreign = bob
        .post("/notifications/read")
        .json(&json!({ "ids": [items[0]["id"]] }));
    assert_eq!(foreign.await.assert_ok()["unreadCount"], 0);
    let read = ada
        .post("/notifications/read")
        .json(&json!({ "ids": [items[0]["id"]] }));
    assert_eq!(read.await.assert_ok()["unreadCount"], 2);
    let unread = ada.get("/notifications?unread=true").await.assert_ok();
    assert_eq!(page_of(&unread, "notifications").0.len(), 2);
    let read = ada.post("/notifications/read").json(&json!({}));
    assert_eq!(read.await.assert_ok()["unreadCount"], 0);
    assert_eq!(
        page_of(
            &bob.get("/notifications").await.assert_ok(),
            "notifications"
        )
        .0
        .len(),
        0
    );
}

#[tokio::test]
async fn open_pages_of_the_user_are_told_at_once_on_every_server() {
    let app = TestApp::start().await;
    let other = app.neighbour().start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let mut streams = [
        ada.own_events("?topics=notifications").await,
        ada.at(other.api())
            .own_events("?topics=notifications")
            .await,
    ];
    app.notify(&bob, &review("not hers")).await;
    assert!(app.notify(&ada, &review("hers")).await);
    let id = newest(&ada).await["id"].clone();
    let told = json!({ "id": id, "event": "review_ready", "title": "hers", "link": "/reviews/1" });
    for stream in &mut streams {
        assert_eq!(stream.next_named("notification").await, told);
    }
}

#[tokio::test]
async fn the_same_fact_is_told_once_and_nothing_to_whoever_wants_none() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    assert!(app.notify(&ada, &review("one").about("rev_1")).await);
    assert!(!app.notify(&ada, &review("one").about("rev_1")).await);
    assert!(app.notify(&ada, &review("two").about("rev_2")).await);
    let off =
        json!({ "grid": { "review_ready": { "inApp": "off", "email": "off", "webhook": "off" } } });
    ada.put("/notifications/preferences")
        .json(&off)
        .await
        .assert_ok();
    assert!(!app.notify(&ada, &review("three")).await);
    assert_eq!(
        ada.get("/notifications").await.assert_ok()["unreadCount"],
        2
    );
}

#[tokio::test]
async fn a_mail_goes_out_at_once_to_a_confirmed_address_only() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    app.notify(&ada, &review("unheard")).await;
    assert_eq!(newest(&ada).await["deliveries"], json!([]));
    app.confirm_address(&ada).await;
    app.advance(1);
    app.notify(&ada, &review("Ada\r\nBcc: all@example.org <b>"))
        .await;
    let delivery = delivered(&ada, "email", "sent").await;
    assert_eq!(delivery["attempts"], 1);
    let mail = app.mail_to(&ada, "Ada").await;
    assert_eq!(mail.subject, "Ada Bcc: all@example.org <b>");
    assert_eq!(mail.header("Bcc"), None);
    assert!(mail.text.contains("It took a while.") && mail.text.contains("/reviews/1"));
    assert!(
        mail.html.contains("&#60;b&#62;") && !mail.html.contains("<b>"),
        "{}",
        mail.html
    );
    assert_eq!(
        mail.header("List-Unsubscribe-Post"),
        Some("List-Unsubscribe=One-Click")
    );
}

#[tokio::test]
async fn mail_waits_for_the_quiet_to_end() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    app.confirm_address(&ada).await;
    let now = app.clock.now().to_zoned(jiff::tz::TimeZone::UTC);
    let clock = |hours: i64| {
        (&now + jiff::Span::new().hours(hours))
            .strftime("%H:%M")
            .to_string()
    };
    let quiet =
        json!({ "quietHours": { "from": clock(-1), "until": clock(2) }, "timeZone": "UTC" });
    ada.put("/notifications/preferences")
        .json(&quiet)
        .await
        .assert_ok();
    app.notify(&ada, &review("later")).await;
    delivered(&ada, "email", "pending").await;
    app.advance(3 * 3600);
    let mail = app.mail_to(&ada, "later").await;
    assert!(mail.text.contains("It took a while."));
}

#[tokio::test]
async fn what_is_held_is_exported_and_goes_with_the_account() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    app.notify(&ada, &review("for the export")).await;
    ada.post("/feedback")
        .json(&json!({ "message": "Fine." }))
        .await
        .assert_created();
    let export = ada.get("/me/export").await.assert_ok();
    assert_eq!(
        export["notifications"]["notifications"][0]["title"],
        "for the export"
    );
    assert_eq!(export["notifications"]["feedback"][0]["message"], "Fine.");
    ada.delete("/me").await.assert_gone();
    let left = "select (select count(*) from notifications) + (select count(*) from feedback)";
    assert_eq!(app.database.count(left).await, 0);
}
