use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::harness::{JWT_SECRET, Player, TestApp, unsigned};

/// A token's header and claims.
fn open(token: &str) -> (Value, Value) {
    let mut parts = token
        .split('.')
        .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap_or_default());
    let mut next = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (next(), next())
}

fn sign(header: &Value, claims: &Value, secret: &str) -> String {
    // Byte for byte as the server writes it, where the header is its own.
    let header = serde_json::to_string(header).unwrap();
    let text = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let tag = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()),
        text.as_bytes(),
    );
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))
}

async fn refused(player: &Player, token: &str) {
    let answer = player.api.get("/me").bearer(token).await;
    answer.assert_error(401, "invalid_token");
    assert!(
        answer
            .header("www-authenticate")
            .unwrap()
            .starts_with("Bearer"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn without_a_token_nobody_is_signed_in() {
    let app = TestApp::start().await;
    app.get("/me").await.assert_error(401, "unauthenticated");
    app.get("/me")
        .header("Authorization", "Basic YTpi")
        .await
        .assert_error(401, "unauthenticated");
    app.get("/me")
        .bearer("")
        .await
        .assert_error(401, "invalid_token");
}

#[tokio::test]
async fn a_token_is_good_for_a_quarter_of_an_hour() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    app.advance(899);
    ada.get("/me").await.assert_ok();
    app.advance(1);
    ada.get("/me").await.assert_error(401, "token_expired");
}

#[tokio::test]
async fn the_same_claims_signed_again_are_taken_and_each_change_is_not() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let (header, claims) = open(&ada.token);
    let again = sign(&header, &claims, JWT_SECRET);
    app.get("/me").bearer(&again).await.assert_ok();
    refused(
        &ada,
        &sign(
            &header,
            &claims,
            "another secret of more than 32 characters",
        ),
    )
    .await;
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("aud", json!("somebody else")),
        ("aud", json!(["grandstand", "somebody else"])),
        ("sub", json!("usr_nonsense")),
        ("iat", json!(app.now() + 3600)),
        ("exp", json!((app.now() + 60).to_string())),
        ("exp", json!(1e300)),
        ("exp", json!(-1)),
        ("exp", Value::Null),
    ] {
        let mut changed = claims.clone();
        changed[name] = value;
        refused_or_expired(&ada, &sign(&header, &changed, JWT_SECRET)).await;
    }
    for name in ["iss", "aud", "sub", "exp", "iat"] {
        let mut less = claims.clone();
        less.as_object_mut().unwrap().remove(name);
        refused(&ada, &sign(&header, &less, JWT_SECRET)).await;
    }
}

async fn refused_or_expired(player: &Player, token: &str) {
    let answer = player.api.get("/me").bearer(token).await;
    assert_eq!(answer.status, 401, "{answer:?}");
    assert!(
        matches!(
            answer.json()["code"].as_str(),
            Some("invalid_token" | "token_expired")
        ),
        "{answer:?}"
    );
}

#[tokio::test]
async fn no_token_chooses_how_it_is_checked() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let (header, claims) = open(&ada.token);
    for algorithm in ["none", "None", "NONE", "nOnE", "HS512", "RS256", "ES256"] {
        let mut other = header.clone();
        other["alg"] = json!(algorithm);
        refused(&ada, &format!("{}.", unsigned(&other, &claims))).await;
        refused(&ada, &sign(&other, &claims, JWT_SECRET)).await;
    }
    for kind in [json!("JWT"), json!("logout+jwt"), Value::Null] {
        let mut other = header.clone();
        other["typ"] = kind;
        refused(&ada, &sign(&other, &claims, JWT_SECRET)).await;
    }
}

#[tokio::test]
async fn a_token_that_was_bent_is_refused() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let token = &ada.token;
    let (signed, _) = token.rsplit_once('.').unwrap();
    let long = format!("{token}{}", "A".repeat(30_000));
    for bent in [
        format!("{signed}."),
        signed.to_owned(),
        format!("{token}="),
        format!("{token}.x"),
        format!("{token}.x.y"),
        token[1..].to_owned(),
        token[..token.len() - 2].to_owned(),
        "..".to_owned(),
        "nonsense".to_owned(),
        long,
        ada.refresh.clone(),
    ] {
        refused(&ada, &bent).await;
    }
    let two = app
        .get("/me")
        .bearer(token)
        .header("Authorization", format!("Bearer {token}"))
        .await;
    two.assert_error(401, "invalid_token");
}

#[tokio::test]
async fn a_bad_token_is_refused_even_where_none_is_needed() {
    let app = TestApp::start().await;
    let stream = app
        .get("/leaderboards/global/events")
        .bearer("nonsense")
        .await;
    stream.assert_error(401, "invalid_token");
}
