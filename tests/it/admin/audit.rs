//! What administrators did can be read again.

use serde_json::{Value, json};

use super::{ban, unban};
use crate::harness::{Player, TestApp, page_of};

async fn entries(admin: &Player, query: &str) -> Vec<Value> {
    let answer = admin.get(&format!("/admin/audit{query}")).await.assert_ok();
    page_of(&answer, "entries").0
}

fn actions(entries: &[Value]) -> Vec<&str> {
    entries
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn the_audit_log_tells_who_did_what_to_whom_newest_first() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.register("Ada").await);
    app.advance(60);
    ban(&admin, &ada, "Cheated.").await;
    let answer = admin.get("/admin/audit").await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let all = entries(&admin, "").await;
    assert_eq!(actions(&all), ["user.banned", "user.made_first_admin"]);
    let at = all[0]["at"].as_str().unwrap();
    assert_eq!(
        at.parse::<jiff::Timestamp>().unwrap().as_second(),
        app.now()
    );
    assert_eq!(
        all[0],
        json!({
            "at": at, "actorId": admin.id, "actorName": "Admin", "action": "user.banned", "subject": ada.id,
            "data": { "reason": "Cheated." },
        })
    );
    assert_eq!(
        all[1]["actorId"],
        Value::Null,
        "the server did it by itself"
    );
}

#[tokio::test]
async fn it_is_narrowed_by_actor_and_by_action_and_paged() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.register("Ada").await);
    let bob = app.register("Bob").await;
    admin
        .patch(&format!("/admin/users/{}", bob.id))
        .json(&json!({ "role": "admin" }))
        .await
        .assert_ok();
    for _ in 0..3 {
        ban(&admin, &ada, "Cheated.").await;
        unban(&bob, &ada).await;
    }
    let by_bob = entries(&admin, &format!("?actor={}", bob.id)).await;
    assert_eq!(actions(&by_bob), ["user.unbanned"; 3]);
    let bans = entries(&admin, "?action=user.banned").await;
    assert_eq!(actions(&bans), ["user.banned"; 3]);
    let neither = format!("?actor={}&action=user.banned", bob.id);
    assert!(entries(&admin, &neither).await.is_empty());

    let all = entries(&admin, "").await;
    assert_eq!(all.len(), 8);
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let answer = admin.get(&format!("/admin/audit?limit=3{cursor}")).await;
        let (items, next) = page_of(&answer.assert_ok(), "entries");
        paged.extend(items);
        let Some(next) = next else { break };
        // A page of one list goes on in that list only.
        admin
            .get(&format!("/admin/audit?action=user.banned&cursor={next}"))
            .await
            .assert_error(400, "invalid_cursor");
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, all);

    for (query, field) in [
        ("actor=ada", "actor"),
        ("actor=ses_01h455vb4pex5vsknk084sn02q", "actor"),
        ("action=", "action"),
        ("action=%00", "action"),
    ] {
        let answer = admin.get(&format!("/admin/audit?{query}")).await;
        answer.assert_invalid(field);
    }
}

#[tokio::test]
async fn a_deleted_admin_leaves_acts_without_a_name() {
    let app = TestApp::start().await;
    let (admin, ada, bob) = (
        app.admin().await,
        app.register("Ada").await,
        app.register("Bob").await,
    );
    admin
        .patch(&format!("/admin/users/{}", ada.id))
        .json(&json!({ "role": "admin" }))
        .await
        .assert_ok();
    ban(&ada, &bob, "Cheated.").await;
    ada.delete("/me").await.assert_gone();
    let banned = entries(&admin, "?action=user.banned").await[0].clone();
    assert_eq!(
        (&banned["actorId"], &banned["actorName"], &banned["subject"]),
        (&Value::Null, &Value::Null, &json!(bob.id))
    );
    let all = entries(&admin, "").await;
    assert!(!json!(all).to_string().contains(&ada.id), "{all:?}");
}
