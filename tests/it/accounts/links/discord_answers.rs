//! Every way in which Discord may answer.

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::discord::{ID, REVOKE, TOKEN, me, token, world};

fn error(status: u16, word: &str) -> ResponseTemplate {
    let body = json!({ "error": word, "error_description": "secret-description" });
    ResponseTemplate::new(status).set_body_json(body)
}

#[tokio::test]
async fn where_discord_does_not_say_who_it_is_nothing_is_linked() {
    let world = world().await;
    let refused = (400, "link_not_proven");
    let later = (503, "link_provider_unavailable");
    let page = || ResponseTemplate::new(200).set_body_string("<html>");
    let body = |body: Value| ResponseTemplate::new(200).set_body_json(body);
    let limited = ResponseTemplate::new(429).insert_header("retry-after", "77");
    let scopeless =
        json!({ "access_token": "the-token", "token_type": "Bearer", "scope": "email" });
    let number: Value =
        serde_json::from_str(r#"{ "id": 9007199254740993001, "username": "ada" }"#).unwrap();
    // With what Discord answers to the code and to the token, and whether there is a token to give back.
    for (what, to_code, to_token, gives_back, (status, code)) in [
        (
            "an old code",
            error(400, "invalid_grant"),
            me(),
            false,
            refused,
        ),
        (
            "a wrong secret",
            error(401, "invalid_client"),
            me(),
            false,
            later,
        ),
        (
            "a wrong address",
            error(400, "invalid_request"),
            me(),
            false,
            later,
        ),
        ("a page", page(), me(), false, later),
        ("broken", ResponseTemplate::new(500), me(), false, later),
        ("enough", limited, me(), false, later),
        (
            "elsewhere",
            ResponseTemplate::new(302).insert_header("location", "/x"),
            me(),
            false,
            later,
        ),
        ("another scope", body(scopeless), me(), true, refused),
        (
            "a token that isn't one",
            body(json!({ "access_token": "a\nb", "token_type": "Bearer", "scope": "identify" })),
            me(),
            true,
            later,
        ),
        (
            "no such token",
            token(),
            ResponseTemplate::new(401),
            true,
            later,
        ),
        ("a page for a person", token(), page(), true, later),
        ("a number for an id", token(), body(number), true, later),
        (
            "an id too large",
            token(),
            body(json!({ "id": "99999999999999999999", "username": "ada" })),
            true,
            later,
        ),
        ("no name", token(), body(json!({ "id": ID })), true, later),
    ] {
        world.answers(to_code, to_token).await;
        let answer = world.prove().await;
        let told = answer.assert_error(status, code).to_string();
        assert!(!told.contains("secret"), "{what}: {told}");
        assert_eq!(
            world.asked(TOKEN).await.len(),
            1,
            "{what}: a code is good once"
        );
        assert_eq!(
            world.asked(REVOKE).await.len(),
            usize::from(gives_back),
            "{what}"
        );
        if what == "enough" {
            assert_eq!(answer.header("retry-after"), Some("77"));
        }
    }
    assert_eq!(world.links().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_token_that_cannot_be_given_back_harms_nothing() {
    let world = world().await;
    world.answers(token(), me()).await;
    Mock::given(method("POST"))
        .and(path(REVOKE))
        .respond_with(ResponseTemplate::new(503))
        .with_priority(1)
        .mount(&world.discord)
        .await;
    world.prove().await.assert_ok();
}
