use serde_json::Value;

use crate::harness::{TestApp, page_of};

fn names(users: &[Value]) -> Vec<&str> {
    users
        .iter()
        .map(|user| user["screenName"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn users_are_found_by_how_their_names_begin() {
    let app = TestApp::start().await;
    for name in ["Anna", "ANDREA", "andi", "Bob", "Jo%nas", "Jo_h"] {
        app.register(name).await;
    }
    let find = async |query: &str| {
        let found = app.get(&format!("/users?query={query}")).await.assert_ok();
        let (users, next) = page_of(&found, "users");
        assert_eq!(next, None);
        names(&users).join(" ")
    };
    assert_eq!(find("an").await, "andi ANDREA Anna");
    assert_eq!(find("AND").await, "andi ANDREA");
    assert_eq!(find("nna").await, "");
    // Nothing stands for anything else.
    assert_eq!(find("jo%25").await, "Jo%nas");
    assert_eq!(find("jo_").await, "Jo_h");

    let first = app.get("/users?query=an&limit=2").await.assert_ok();
    let (users, next) = page_of(&first, "users");
    assert_eq!(names(&users), ["andi", "ANDREA"]);
    let path = format!("/users?query=an&limit=2&cursor={}", next.unwrap());
    let (users, next) = page_of(&app.get(&path).await.assert_ok(), "users");
    assert_eq!(names(&users), ["Anna"]);
    assert_eq!(next, None);
}

#[tokio::test]
async fn who_is_signed_in_sees_whom_they_follow() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    ada.put(&format!("/following/{}", bob.id)).await.assert_ok();
    let found = ada.get("/users?query=bob").await.assert_ok();
    assert_eq!(found["users"][0]["isFollowing"], true);
    let found = app.get("/users?query=bob").await.assert_ok();
    assert_eq!(found["users"][0]["isFollowing"], false);
}

#[tokio::test]
async fn what_nobody_can_be_found_by() {
    let app = TestApp::start().await;
    for query in ["", "%20%20", &"x".repeat(65), "a%00b"] {
        app.get(&format!("/users?query={query}"))
            .await
            .assert_invalid("query");
    }
    app.get("/users").await.assert_error(400, "invalid_query");
}
