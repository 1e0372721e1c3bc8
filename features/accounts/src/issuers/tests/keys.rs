use std::time::Duration;

use serde_json::json;
use wiremock::ResponseTemplate;

use super::world::{OTHER_KEY, OUR_KEY, World, jwk, signed};
use crate::Error;

const HOUR: u64 = 60 * 60;

/// A token that stays good for the whole of these tests.
fn token(key_id: &str, key: &aws_lc_rs::rsa::KeyPair) -> String {
    let mut claims = World::good_claims();
    claims["exp"] = json!(2_000_000_000);
    signed(&json!({ "alg": "RS256", "kid": key_id }), &claims, key)
}

fn set(keys: &[serde_json::Value]) -> serde_json::Value {
    json!({ "keys": keys })
}

#[tokio::test]
async fn row_4_unknown_ids_are_no_storm() {
    let world = World::new().await;
    for id in 0..50 {
        World::assert_invalid(
            world.read(&token(&format!("made-up-{id}"), &OUR_KEY)).await,
            id,
        );
    }
    assert_eq!(world.calls().await, 1);
    world.wait(10);
    for id in 0..50 {
        World::assert_invalid(
            world.read(&token(&format!("made-up-{id}"), &OUR_KEY)).await,
            id,
        );
    }
    world.assert_good(&token("a1", &OUR_KEY)).await;
    assert_eq!(world.calls().await, 2);
}

#[tokio::test]
async fn many_at_once_are_one_fetch() {
    let world = World::empty().await;
    let slow = ResponseTemplate::new(200)
        .set_body_json(set(&[jwk("a1", &OUR_KEY)]))
        .set_delay(Duration::from_millis(50));
    world.answer("/auth0", slow).await;
    let token = token("a1", &OUR_KEY);
    let all = futures_util::future::join_all((0..50).map(|_| world.read(&token))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(world.calls().await, 1);
}

#[tokio::test]
async fn row_16_keys_that_are_not_fit() {
    let world = World::empty().await;
    let mut short = jwk("short", &OUR_KEY);
    // 1024 bits.
    short["n"] = json!(format!("{}w", "x".repeat(170)));
    let with = |id: &str, name: &str, value: serde_json::Value| {
        let mut key = jwk(id, &OUR_KEY);
        key[name] = value;
        key
    };
    let keys = [
        short,
        with("enc", "use", json!("enc")),
        with("alg", "alg", json!("RS512")),
        with("ops", "key_ops", json!(["encrypt"])),
        with("kty", "kty", json!("EC")),
        with("n", "n", json!("!")),
        with("zero", "n", json!("AAAA")),
        with("e", "e", json!(3)),
        json!({ "kty": "oct", "kid": "oct", "k": "AAAA" }),
        json!({ "kty": "RSA" }),
        json!("a1"),
        json!(null),
        jwk("a1", &OUR_KEY),
    ];
    world.serve("/auth0", set(&keys)).await;
    world.assert_good(&token("a1", &OUR_KEY)).await;
    for id in ["short", "enc", "alg", "ops", "kty", "n", "zero", "e", "oct"] {
        World::assert_invalid(world.read(&token(id, &OUR_KEY)).await, id);
    }
}

#[tokio::test]
async fn row_17_rotation() {
    let world = World::new().await;
    world.assert_good(&token("a1", &OUR_KEY)).await;
    world.silence().await;
    world.serve("/auth0", set(&[jwk("a2", &OTHER_KEY)])).await;
    world.wait(11);
    world.assert_good(&token("a1", &OUR_KEY)).await;
    assert_eq!(world.calls().await, 0);
    world.assert_good(&token("a2", &OTHER_KEY)).await;
    world.assert_good(&token("a2", &OTHER_KEY)).await;
    assert_eq!(world.calls().await, 1);
    World::assert_invalid(world.read(&token("a1", &OUR_KEY)).await, "the old key");
    assert_eq!(world.calls().await, 1);
}

#[tokio::test]
async fn row_18_the_issuer_is_away() {
    let world = World::new().await;
    world.assert_good(&token("a1", &OUR_KEY)).await;
    world.silence().await;
    world.wait(HOUR - 1);
    for _ in 0..20 {
        world.assert_good(&token("a1", &OUR_KEY)).await;
        let unknown = world.read(&token("a2", &OTHER_KEY)).await;
        assert!(
            matches!(unknown, Err(Error::IssuerUnavailable)),
            "{unknown:?}"
        );
    }
    assert_eq!(world.calls().await, 1);
    // Old keys serve for a day.
    world.wait(22 * HOUR);
    world.assert_good(&token("a1", &OUR_KEY)).await;
    world.wait(2 * HOUR);
    let late = world.read(&token("a1", &OUR_KEY)).await;
    assert!(matches!(late, Err(Error::IssuerUnavailable)), "{late:?}");
}

#[tokio::test]
async fn an_issuer_that_never_answered_is_unavailable() {
    let world = World::empty().await;
    for _ in 0..20 {
        let result = world.read(&token("a1", &OUR_KEY)).await;
        assert!(
            matches!(result, Err(Error::IssuerUnavailable)),
            "{result:?}"
        );
    }
    assert_eq!(world.calls().await, 1);
}

#[tokio::test]
async fn keys_are_renewed_without_delay() {
    let world = World::new().await;
    world.assert_good(&token("a1", &OUR_KEY)).await;
    world.silence().await;
    world.serve("/auth0", set(&[jwk("a2", &OTHER_KEY)])).await;
    world.wait(HOUR);
    // Answered from the old set, while the new one is on its way.
    world.assert_good(&token("a1", &OUR_KEY)).await;
    // Whoever asks for a new key waits for that same fetch.
    world.assert_good(&token("a2", &OTHER_KEY)).await;
    assert_eq!(world.calls().await, 1);
}

#[tokio::test]
async fn a_broken_set_does_not_replace_a_good_one() {
    let broken = [
        ResponseTemplate::new(200).set_body_json(set(&[])),
        ResponseTemplate::new(200).set_body_json(json!([])),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(200).set_body_json(
            json!({ "keys": [jwk("a1", &OTHER_KEY)], "filler": "x".repeat(64 * 1024) }),
        ),
        ResponseTemplate::new(302).insert_header("location", "/elsewhere"),
        ResponseTemplate::new(500),
    ];
    for answer in broken {
        let world = World::new().await;
        world.assert_good(&token("a1", &OUR_KEY)).await;
        world.silence().await;
        world
            .serve("/elsewhere", set(&[jwk("a2", &OTHER_KEY)]))
            .await;
        world.answer("/auth0", answer).await;
        world.wait(11);
        let unknown = world.read(&token("a2", &OTHER_KEY)).await;
        assert!(
            matches!(unknown, Err(Error::IssuerUnavailable)),
            "{unknown:?}"
        );
        world.assert_good(&token("a1", &OUR_KEY)).await;
        assert_eq!(world.calls().await, 1);
    }
}
