use http::Method;
use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn health_tells_of_each_part_and_what_is_not_configured_never_degrades() {
    let app = TestApp::start().await;
    for path in ["/health", "/api/health"] {
        let health = app.at_root(Method::GET, path).await.assert_ok();
        let checks = json!({ "database": "ok", "redis": "disabled", "queue": "ok" });
        assert_eq!(health, json!({ "status": "ok", "checks": checks }));
    }
    app.at_root(Method::GET, "/health/live").await.assert_ok();
    app.at_root(Method::GET, "/health/ready").await.assert_ok();
}

#[tokio::test]
async fn the_reference_and_the_first_pages_are_served() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.assert_ok();
    assert!(
        document["openapi"].as_str().unwrap().starts_with("3.1"),
        "{}",
        document["openapi"]
    );
    let docs = app.at_root(Method::GET, "/docs").await;
    assert!(
        docs.status.is_redirection() || docs.status == 200,
        "{docs:?}"
    );
    for page in ["/docs/", "/"] {
        let answer = app.at_root(Method::GET, page).await;
        answer.assert_status(200);
        assert!(
            answer
                .header("content-type")
                .unwrap()
                .starts_with("text/html"),
            "{page}"
        );
        for elsewhere in ["src=\"http", "href=\"http://", "src='http"] {
            assert!(
                !answer.text().contains(elsewhere),
                "{page} loads from elsewhere"
            );
        }
    }
}
