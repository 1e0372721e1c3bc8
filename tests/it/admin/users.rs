//! Administrators look users up.

use http::Method;
use serde_json::{Value, json};

use super::Elsewhere;
use crate::harness::{PASSWORD, Player, TestApp, page_of};

async fn users(admin: &Player, query: &str) -> Vec<Value> {
    let answer = admin.get(&format!("/admin/users{query}")).await.assert_ok();
    page_of(&answer, "users").0
}

fn names(users: &[Value]) -> Vec<&str> {
    users
        .iter()
        .map(|user| user["screenName"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn an_admin_finds_a_user_by_id_by_email_and_by_how_the_name_begins() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ada = app.register("Ada").await;
    app.register("adam").await;
    app.register("Bob").await;
    app.register("ÄDA").await;
    let by_id = users(&admin, &format!("?query={}", ada.id)).await;
    assert_eq!(names(&by_id), ["Ada"]);
    let shouted = ada.email.to_uppercase();
    assert_eq!(
        users(&admin, &format!("?query={shouted}")).await,
        by_id,
        "an e-mail is matched whole, in any case"
    );
    assert_eq!(names(&users(&admin, "?query=ADA").await), ["Ada", "adam"]);
    assert_eq!(names(&users(&admin, "?query=%20adam%20").await), ["adam"]);
    assert_eq!(names(&users(&admin, "?query=A%CC%88DA").await), ["ÄDA"]);
    for nobody in [
        "da",
        "ad%25",
        "a_a",
        "%00",
        "nobody%40example.com",
        "usr_01h455vb4pex5vsknk084sn02q",
        &"x".repeat(2000),
    ] {
        assert!(
            users(&admin, &format!("?query={nobody}")).await.is_empty(),
            "{nobody}"
        );
    }
}

#[tokio::test]
async fn the_list_says_who_somebody_is_and_is_for_nobodys_cache() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ada = app.register("Ada").await;
    let answer = admin.get(&format!("/admin/users?query={}", ada.id)).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let user = answer.assert_ok()["users"][0].clone();
    let created = user["createdAt"].as_str().unwrap();
    assert_eq!(
        user,
        json!({
            "id": ada.id, "email": ada.email, "screenName": "Ada", "avatar": 0, "role": "user",
            "alertType": "accurate",
            "createdAt": created, "lastSeenAt": created, "banned": null, "unclaimed": false,
        })
    );
}

#[tokio::test]
async fn a_user_is_seen_when_signing_in_and_when_getting_new_tokens() {
    let (elsewhere, app) = Elsewhere::start().await;
    let admin = app.admin().await;
    let ada = app.register("Ada").await;
    let seen = async |id: &str| {
        let found = users(&admin, &format!("?query={id}")).await;
        found[0]["lastSeenAt"].clone()
    };
    let at_sign_up = seen(&ada.id).await;
    app.advance(60);
    assert_eq!(seen(&ada.id).await, at_sign_up);
    ada.refresh(&ada.refresh).await.assert_ok();
    let at_refresh = seen(&ada.id).await;
    assert!(at_refresh.as_str() > at_sign_up.as_str(), "{at_refresh}");
    app.advance(60);
    app.login(&ada.email, PASSWORD).await;
    assert!(seen(&ada.id).await.as_str() > at_refresh.as_str());

    let bob = elsewhere.user(&app, "auth0|bob").await;
    let at_first = seen(&bob.id).await;
    app.advance(120);
    bob.get("/me").await.assert_ok();
    assert_eq!(seen(&bob.id).await, at_first, "who a token is of is kept");
}

#[tokio::test]
async fn imported_players_are_unclaimed_and_never_seen() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.database
        .execute(
            "insert into users (id, external_id, screen_name, created_at)
             values (gen_random_uuid(), 'steam:1', 'Rook', now())",
        )
        .await;
    let rook = users(&admin, "?query=rook").await[0].clone();
    assert_eq!(
        (&rook["unclaimed"], &rook["lastSeenAt"], &rook["email"]),
        (&json!(true), &Value::Null, &Value::Null)
    );
    // Nobody could sign in as that admin.
    let path = format!("/admin/users/{}", rook["id"].as_str().unwrap());
    admin
        .patch(&path)
        .json(&json!({ "role": "admin" }))
        .await
        .assert_error(409, "user_unclaimed");
}

#[tokio::test]
async fn both_orders_are_paged_without_gaps_or_repetitions() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    // Names that are alike fall back on the id.
    for name in ["Kim", "kim", "KIM", "Kimberly", "kima", "Kim", "Zoë"] {
        app.advance(1);
        app.register(name).await;
    }
    for (query, order, want) in [
        ("", 3, vec!["Zoë", "Kim", "kima", "Kimberly"]),
        ("query=kim&", 4, vec![]),
    ] {
        let all = users(&admin, &format!("?{query}limit=100")).await;
        let mut paged = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/admin/users?{query}limit={order}{cursor}");
            let (items, next) = page_of(&admin.get(&path).await.assert_ok(), "users");
            paged.extend(items);
            match next {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(paged, all, "{query}");
        assert_eq!(&names(&all)[..want.len()], want);
        assert_eq!(all.len(), if query.is_empty() { 8 } else { 6 });
    }
    let first = admin
        .get("/admin/users?query=kim&limit=2")
        .await
        .assert_ok();
    let cursor = first["nextCursor"].as_str().unwrap();
    for other in ["", "query=ki&", "cursor=x&query=kim&"] {
        let path = format!("/admin/users?{other}cursor={cursor}");
        let answer = admin.get(&path).await;
        answer.assert_status(400);
    }
}

#[tokio::test]
async fn a_change_of_nobody_or_of_nothing_we_know_is_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ada = app.register("Ada").await;
    let change = |id: &str, body: Value| {
        let call = admin.call(Method::PATCH, &format!("/admin/users/{id}"));
        call.json(&body)
    };
    change("usr_01h455vb4pex5vsknk084sn02q", json!({ "role": "admin" }))
        .await
        .assert_error(404, "user_not_found");
    for body in [
        json!({ "role": "owner" }),
        json!({ "email": "x@example.com" }),
        json!({ "banned": true }),
        json!({ "banned": true, "reason": " " }),
        json!({ "banned": true, "reason": "a\nb" }),
        json!({ "banned": true, "reason": "x".repeat(501) }),
        json!({ "banned": false, "reason": "why not" }),
        json!({ "reason": "alone" }),
    ] {
        let answer = change(&ada.id, body.clone()).await;
        answer.assert_error(422, "validation_failed");
    }
    let unchanged = change(&ada.id, json!({})).await.assert_ok();
    assert_eq!(unchanged["role"], "user");
    assert_eq!(
        app.database
            .count(
                "select count(*) from audit_log where subject like 'usr_%' and actor_id is not null"
            )
            .await,
        0
    );
}
