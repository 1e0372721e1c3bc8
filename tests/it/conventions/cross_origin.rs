use http::Method;

use crate::harness::TestApp;

const OURS: &str = "https://play.example.org";

#[tokio::test]
async fn pages_of_other_origins_may_not_call_unless_they_are_configured() {
    let app = TestApp::start().await;
    let answer = app.get("/leaderboards").header("Origin", OURS).await;
    answer.assert_ok();
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_configured_origin_may_call_and_others_still_may_not() {
    let app = TestApp::builder()
        .setting("CORS_ORIGINS", OURS)
        .start()
        .await;
    let answer = app.get("/leaderboards").header("Origin", OURS).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some(OURS));
    assert!(
        answer
            .header("vary")
            .unwrap()
            .to_lowercase()
            .contains("origin")
    );
    for other in [
        "https://evil.example",
        "https://play.example.org.evil.example",
        "null",
        "http://play.example.org",
    ] {
        let answer = app.get("/leaderboards").header("Origin", other).await;
        assert_eq!(
            answer.header("access-control-allow-origin"),
            None,
            "{other}"
        );
    }
    let asked_first = app
        .call(Method::OPTIONS, "/scores")
        .header("Origin", OURS)
        .header("Access-Control-Request-Method", "POST")
        .header(
            "Access-Control-Request-Headers",
            "authorization, content-type",
        )
        .await;
    assert!(asked_first.status.is_success(), "{asked_first:?}");
    assert!(
        asked_first
            .header("access-control-allow-headers")
            .unwrap()
            .contains("authorization")
    );
    assert!(
        asked_first
            .header("access-control-allow-methods")
            .unwrap()
            .contains("POST")
    );
}

#[tokio::test]
async fn a_refusal_can_be_read_by_a_configured_origin_too() {
    let app = TestApp::builder()
        .setting("CORS_ORIGINS", OURS)
        .start()
        .await;
    let answer = app.get("/me").header("Origin", OURS).await;
    answer.assert_error(401, "unauthenticated");
    assert_eq!(answer.header("access-control-allow-origin"), Some(OURS));
}
