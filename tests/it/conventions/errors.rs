use http::Method;
use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn an_unknown_route_answers_in_the_shape_of_every_error() {
    let app = TestApp::start().await;
    for path in [
        "/nothing",
        "/api/v1",
        "/api/v1/nothing",
        "/api/v2/me",
        "/api/v1/leaderboards/global/nothing",
        "/%00",
        "/api/v1/me/",
    ] {
        app.at_root(Method::GET, path)
            .await
            .assert_error(404, "not_found");
    }
    app.at_root(Method::POST, "/api/v1/nothing")
        .body("x".repeat(1000))
        .await
        .assert_error(404, "not_found");
}

#[tokio::test]
async fn a_wrong_method_is_405_and_says_which_would_do() {
    let app = TestApp::start().await;
    let answer = app.delete("/leaderboards/global").await;
    answer.assert_error(405, "method_not_allowed");
    assert!(
        answer
            .header("allow")
            .is_some_and(|allow| allow.contains("GET")),
        "{:?}",
        answer.headers
    );
    app.at_root(Method::POST, "/health")
        .await
        .assert_error(405, "method_not_allowed");
}

#[tokio::test]
async fn broken_json_is_400_whatever_breaks_it() {
    let app = TestApp::start().await;
    let deep = format!("{{\"email\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    for body in [
        "",
        "{",
        "{\"email\":",
        "nonsense",
        "{\"email\":\"a\",\"password\":\"b\"}{}",
        "{\"email\":\"\\ud800\"}",
        "{\"email\":\"a\",}",
        "{'email':'a'}",
        "\u{feff}{}",
    ] {
        app.post("/auth/login")
            .json_text(body)
            .await
            .assert_error(400, "malformed_json");
    }
    let answer = app.post("/auth/login").json_text(deep).await;
    assert!(matches!(answer.status.as_u16(), 400 | 422), "{answer:?}");
    let not_utf8 = app
        .post("/auth/login")
        .header("Content-Type", "application/json")
        .body(b"{\"email\":\"\xff\"}".to_vec());
    not_utf8.await.assert_error(400, "malformed_json");
}

#[tokio::test]
async fn what_is_not_said_to_be_json_is_415() {
    let app = TestApp::start().await;
    let body = r#"{"email":"a@example.com","password":"0123456789"}"#;
    app.post("/auth/login")
        .body(body)
        .await
        .assert_error(415, "unsupported_media_type");
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "json",
        "multipart/form-data; boundary=x",
    ] {
        let answer = app
            .post("/auth/login")
            .header("Content-Type", kind)
            .body(body)
            .await;
        answer.assert_error(415, "unsupported_media_type");
    }
    for kind in [
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/problem+json",
    ] {
        let answer = app
            .post("/auth/login")
            .header("Content-Type", kind)
            .body(body)
            .await;
        answer.assert_error(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn json_of_another_shape_is_422_and_names_the_field() {
    let app = TestApp::start().await;
    let register = |body: &str| app.post("/auth/register").json_text(body);
    register("{}").await.assert_invalid("email");
    register("[]").await.assert_error(422, "validation_failed");
    register("null")
        .await
        .assert_error(422, "validation_failed");
    register(r#"{"email":7,"password":"0123456789","screenName":"Ada"}"#)
        .await
        .assert_error(422, "validation_failed");
    register(r#"{"email":"a@example.com","password":"0123456789","screenName":null}"#)
        .await
        .assert_error(422, "validation_failed");
}

#[tokio::test]
async fn a_body_of_two_megabytes_is_413() {
    let app = TestApp::start().await;
    let body = json!({ "email": "a".repeat(2_000_000), "password": "0123456789" });
    app.post("/auth/login")
        .json(&body)
        .await
        .assert_error(413, "body_too_large");
    // The same without saying beforehand how much it will be.
    let chunks = (0..32).map(|_| Ok::<_, std::io::Error>("x".repeat(64 * 1024)));
    let streamed = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let answer = app
        .post("/auth/login")
        .header("Content-Type", "application/json")
        .body(streamed)
        .attempt()
        .await;
    // The server may hang up on a client that goes on sending.
    if let Ok(answer) = answer {
        answer.assert_error(413, "body_too_large");
    }
}

#[tokio::test]
async fn a_path_that_holds_no_id_is_404() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    for path in [
        "/leaderboards/global/entries/nobody",
        "/leaderboards/global/entries/ses_01h455vb4pex5vsknk084sn02q",
    ] {
        app.get(path).await.assert_error(404, "not_found");
    }
    ada.delete("/auth/sessions/usr_01h455vb4pex5vsknk084sn02q")
        .await
        .assert_error(404, "not_found");
    ada.delete("/link/carrier-pigeon")
        .await
        .assert_error(404, "not_found");
    app.get("/leaderboards/nothing")
        .await
        .assert_error(404, "leaderboard_not_found");
    app.get("/leaderboards/a%20b")
        .await
        .assert_error(404, "not_found");
}

#[tokio::test]
async fn answers_tell_browsers_to_do_nothing_with_them() {
    let app = TestApp::start().await;
    for path in ["/leaderboards", "/nothing"] {
        let answer = app.get(path).await;
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(
            answer.header("referrer-policy"),
            Some("no-referrer"),
            "{path}"
        );
        assert!(
            answer
                .header("content-security-policy")
                .is_some_and(|policy| policy.contains("default-src 'none'"))
        );
        assert!(
            answer.header("strict-transport-security").is_none(),
            "plain HTTP"
        );
        assert!(answer.header("server").is_none(), "nobody needs to know");
    }
}
