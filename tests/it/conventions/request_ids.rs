use http::Method;

use crate::harness::TestApp;

#[tokio::test]
async fn a_sane_request_id_comes_back_as_it_was_sent() {
    let app = TestApp::start().await;
    let longest = "x".repeat(128);
    for id in ["abc", "7f0c-41.B_9", &longest] {
        let answer = app.get("/leaderboards").header("X-Request-Id", id).await;
        assert_eq!(answer.header("x-request-id"), Some(id));
        let body = app
            .get("/nothing")
            .header("X-Request-Id", id)
            .await
            .assert_error(404, "not_found");
        assert_eq!(body["requestId"], id);
    }
}

#[tokio::test]
async fn an_id_that_is_not_sane_is_replaced() {
    let app = TestApp::start().await;
    let long = "x".repeat(129);
    for id in [
        &b""[..],
        b" ",
        b"a b",
        b"a\"b",
        b"<script>",
        b"\xff\xfe",
        b"a;b",
        long.as_bytes(),
    ] {
        let answer = app.get("/nothing").header("X-Request-Id", id).await;
        let body = answer.assert_error(404, "not_found");
        assert!(
            body["requestId"].as_str().unwrap().starts_with("req_"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn every_answer_has_an_id_of_its_own() {
    let app = TestApp::start().await;
    let mut ids = Vec::new();
    for path in [
        "/health",
        "/health/live",
        "/metrics",
        "/api/v1/openapi.json",
        "/docs/",
        "/api/v1/leaderboards",
        "/",
        "/nothing",
    ] {
        let answer = app.at_root(Method::GET, path).await;
        ids.push(
            answer
                .header("x-request-id")
                .unwrap_or_else(|| panic!("{path}"))
                .to_owned(),
        );
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8);
}
