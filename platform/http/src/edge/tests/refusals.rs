//! Every refusal has the shape of an error.

use super::*;

const JSON: (&str, &str) = ("content-type", "application/json");

fn post_people(headers: &[(&str, &str)], body: &str) -> Request {
    request(Method::POST, "/people", headers, body.to_owned())
}

#[tokio::test]
async fn what_is_not_there() {
    let router = apply(routes(), config());
    send(&router, fetch("/nowhere", &[]))
        .await
        .is_error(404, "not_found");
    send(&router, fetch("/people/x", &[]))
        .await
        .is_error(404, "not_found");
    send(&router, request(Method::POST, "/%00%ff", &[], ""))
        .await
        .is_error(404, "not_found");
    let answer = send(&router, request(Method::DELETE, "/people", &[], "")).await;
    answer.is_error(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("POST"));
}

#[tokio::test]
async fn bad_input() {
    let router = apply(routes(), config());
    assert_eq!(
        send(&router, post_people(&[JSON], r#"{"name":"Wren"}"#))
            .await
            .body,
        "Wren"
    );
    for plain in [&[] as &[_], &[("content-type", "text/plain")]] {
        let answer = send(&router, post_people(plain, r#"{"name":"Wren"}"#)).await;
        answer.is_error(415, "unsupported_media_type");
    }
    for broken in ["", "{", r#"{"name":"#, "\u{0}"] {
        send(&router, post_people(&[JSON], broken))
            .await
            .is_error(400, "malformed_json");
    }
    for wrong in [r#"{"name":1}"#, "{}", "[]", "1e400"] {
        let answer = send(&router, post_people(&[JSON], wrong)).await;
        assert!(
            [400, 422].contains(&answer.status),
            "{wrong}: {}",
            answer.body
        );
    }
    let answer = send(&router, post_people(&[JSON], r#"{"name":"x"}"#)).await;
    answer.is_error(422, "validation_failed");
    assert_eq!(answer.json()["details"][0]["field"], "name");
    for query in ["/search", "/search?limit=x", "/search?limit=-1"] {
        send(&router, fetch(query, &[]))
            .await
            .is_error(400, "invalid_query");
    }
}

#[tokio::test]
async fn too_much() {
    let router = apply(routes(), config());
    let large = "x".repeat(101);
    let answer = send(
        &router,
        request(Method::POST, "/raw", &[("content-length", "101")], large),
    )
    .await;
    answer.is_error(413, "body_too_large");
    let fits = send(&router, request(Method::POST, "/raw", &[], "x".repeat(100))).await;
    assert_eq!(fits.body, "100");
    // Of unknown length: counted while it is read.
    let chunks = |count| {
        Body::from_stream(futures_util::stream::iter(
            (0..count).map(|_| Ok::<_, std::io::Error>(bytes::Bytes::from_static(&[b'x'; 50]))),
        ))
    };
    let fits = send(&router, request(Method::POST, "/raw", &[], chunks(2))).await;
    assert_eq!(fits.body, "100");
    for count in [3, 1000] {
        let answer = send(
            &router,
            request(Method::POST, "/people", &[JSON], chunks(count)),
        )
        .await;
        answer.is_error(413, "body_too_large");
    }
}

#[tokio::test(start_paused = true)]
async fn what_takes_too_long() {
    let router = apply(routes(), config());
    send(&router, fetch("/slow", &[]))
        .await
        .is_error(408, "request_timeout");
    // A body that never comes.
    let body = Body::from_stream(futures_util::stream::pending::<
        Result<bytes::Bytes, std::io::Error>,
    >());
    let answer = send(&router, request(Method::POST, "/people", &[JSON], body)).await;
    answer.is_error(408, "request_timeout");
    let body = Body::from_stream(futures_util::stream::pending::<
        Result<bytes::Bytes, std::io::Error>,
    >());
    let answer = send(
        &router,
        request(Method::POST, "/raw", &[("content-length", "9999")], body),
    )
    .await;
    answer.is_error(413, "body_too_large");
}

#[tokio::test]
async fn what_panics() {
    let router = apply(routes(), config());
    send(&router, fetch("/panics", &[]))
        .await
        .is_error(500, "internal_error");
    assert_eq!(send(&router, fetch("/health", &[])).await.body, "ok");

    let early = Router::new().route_service(
        "/early",
        tower::service_fn(|_: Request| {
            if true {
                panic!("before there is a future")
            }
            std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(
                Body::empty(),
            )))
        }),
    );
    send(&apply(early, config()), fetch("/early", &[]))
        .await
        .is_error(500, "internal_error");
}

#[tokio::test]
async fn what_is_away_says_when_to_come_back() {
    let router = apply(routes(), config());
    let answer = send(&router, fetch("/away", &[])).await;
    answer.is_error(503, "away");
    assert_eq!(answer.header("retry-after"), Some("1"));
}
