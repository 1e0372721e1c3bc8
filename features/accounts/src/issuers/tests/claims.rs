use serde_json::{Value, json};

use super::world::{AUTH0, COGNITO, OTHER_KEY, OUR_KEY, World, jwk, sign, signed, unsigned_text};
use crate::Error;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;

const NOW: i64 = 1_800_000_000;

/// Each of these makes a good token bad.
async fn assert_refused(name: &str, values: impl IntoIterator<Item = Option<Value>>) {
    let world = World::new().await;
    world.assert_good(&World::good_token()).await;
    for value in values {
        let token = World::with_claim(name, value.clone());
        World::assert_invalid(world.read(&token).await, (name, value));
    }
}

#[tokio::test]
async fn row_7_expiry() {
    assert_refused(
        "exp",
        [
            None,
            Some(json!("1800003600")),
            Some(json!(1e300)),
            Some(json!(1_800_003_600.5)),
            Some(json!(null)),
        ],
    )
    .await;
    let world = World::new().await;
    for expiry in [NOW - 1, NOW, 0, -1, i64::MIN] {
        let result = world
            .read(&World::with_claim("exp", Some(json!(expiry))))
            .await;
        assert!(
            matches!(result, Err(Error::TokenExpired)),
            "{expiry}: {result:?}"
        );
    }
    let claims = World::good_claims()
        .to_string()
        .replace("1800003600", "1e400");
    let token = sign(
        &unsigned_text(&World::good_header().to_string(), &claims),
        &OUR_KEY,
        &RSA_PKCS1_SHA256,
    );
    World::assert_invalid(world.read(&token).await, "1e400");
    world
        .assert_good(&World::with_claim("exp", Some(json!(NOW + 1))))
        .await;
}

#[tokio::test]
async fn row_8_times_to_come() {
    assert_refused(
        "nbf",
        [
            Some(json!(NOW + 60)),
            Some(json!("1800000000")),
            Some(json!(1e300)),
        ],
    )
    .await;
    assert_refused(
        "iat",
        [
            Some(json!(NOW + 60)),
            Some(json!("1800000000")),
            Some(json!(true)),
        ],
    )
    .await;
    let world = World::new().await;
    for name in ["nbf", "iat"] {
        world
            .assert_good(&World::with_claim(name, Some(json!(NOW + 10))))
            .await;
        world.assert_good(&World::with_claim(name, None)).await;
    }
}

#[tokio::test]
async fn row_9_issuers() {
    let near = [
        "https://tenant.auth0.example",
        "https://tenant.auth0.example//",
        "https://TENANT.auth0.example/",
        "https://tenant.auth0.example.evil.example/",
        "http://tenant.auth0.example/",
        "https://tenant.auth0.example/ ",
        "",
    ];
    assert_refused("iss", near.into_iter().map(|name| Some(json!(name)))).await;
    assert_refused(
        "iss",
        [
            None,
            Some(json!([AUTH0])),
            Some(json!(1)),
            Some(json!(format!("{COGNITO}/"))),
        ],
    )
    .await;
}

#[tokio::test]
async fn row_10_audiences() {
    let other = "https://other.example";
    assert_refused(
        "aud",
        [
            None,
            Some(json!(other)),
            Some(json!([other])),
            Some(json!([])),
            Some(json!({})),
            Some(json!({ "https://api.example": true })),
            Some(json!("https://api.example/")),
            Some(json!("https://api.example https://other.example")),
            Some(json!([["https://api.example"]])),
        ],
    )
    .await;
    let world = World::new().await;
    for good in [
        json!("https://api.example"),
        json!([other, "https://api.example"]),
    ] {
        world
            .assert_good(&World::with_claim("aud", Some(good)))
            .await;
    }
}

#[tokio::test]
async fn row_11_keys_of_another_issuer() {
    let world = World::new().await;
    world
        .assert_good(&World::cognito_token(&World::cognito_claims()))
        .await;
    let mixed = signed(
        &json!({ "alg": "RS256", "kid": "c1" }),
        &World::good_claims(),
        &OTHER_KEY,
    );
    World::assert_invalid(world.read(&mixed).await, "Auth0's name, Cognito's key");
    let mixed = signed(
        &json!({ "alg": "RS256", "kid": "a1" }),
        &World::cognito_claims(),
        &OUR_KEY,
    );
    World::assert_invalid(world.read(&mixed).await, "Cognito's name, Auth0's key");

    // Even where both call their keys the same.
    let world = World::empty().await;
    world
        .serve("/auth0", json!({ "keys": [jwk("same", &OUR_KEY)] }))
        .await;
    world
        .serve("/cognito", json!({ "keys": [jwk("same", &OTHER_KEY)] }))
        .await;
    let header = json!({ "alg": "RS256", "kid": "same" });
    world
        .assert_good(&signed(&header, &World::good_claims(), &OUR_KEY))
        .await;
    World::assert_invalid(
        world
            .read(&signed(&header, &World::good_claims(), &OTHER_KEY))
            .await,
        "same id",
    );
}

#[tokio::test]
async fn rows_12_and_13_other_uses_and_clients() {
    let world = World::new().await;
    for (name, value) in [
        ("token_use", json!("id")),
        ("token_use", json!(null)),
        ("token_use", json!(["access"])),
        ("client_id", json!("client-3")),
        ("client_id", json!("client-")),
        ("client_id", json!(null)),
        ("client_id", json!(["client-1"])),
    ] {
        let mut claims = World::cognito_claims();
        claims[name] = value.clone();
        World::assert_invalid(
            world.read(&World::cognito_token(&claims)).await,
            (name, value),
        );
    }
    // An ID token of Cognito names its client in `aud`; one of Auth0 has the client for its audience.
    let mut id_token = World::cognito_claims();
    id_token["token_use"] = json!("id");
    id_token["aud"] = json!("client-1");
    World::assert_invalid(
        world.read(&World::cognito_token(&id_token)).await,
        "Cognito ID token",
    );
    World::assert_invalid(
        world
            .read(&World::with_claim("aud", Some(json!("client-1"))))
            .await,
        "Auth0 ID token",
    );
    // The rule of one issuer never serves the other.
    let mut claims = World::good_claims();
    claims["token_use"] = json!("access");
    claims["client_id"] = json!("client-1");
    claims.as_object_mut().unwrap().remove("aud");
    let token = signed(&World::good_header(), &claims, &OUR_KEY);
    World::assert_invalid(world.read(&token).await, "Auth0 by Cognito's rule");
}

#[tokio::test]
async fn row_19_who_is_an_admin() {
    let world = World::new().await;
    for (value, want) in [
        (json!("admins"), true),
        (json!(["players", "admins"]), true),
        (json!("admin"), false),
        (json!("admins2"), false),
        (json!("not admins"), false),
        (json!(["Admins"]), false),
        (json!([["admins"]]), false),
        (json!({ "admins": true }), false),
        (json!(true), false),
    ] {
        let token = World::with_claim("https://app.example/roles", Some(value.clone()));
        assert_eq!(world.assert_good(&token).await.is_admin, want, "{value}");
    }
    assert!(!world.assert_good(&World::good_token()).await.is_admin);
}

#[tokio::test]
async fn subjects_are_bounded() {
    let values = [
        None,
        Some(json!("")),
        Some(json!(1)),
        Some(json!("a\u{0}b")),
        Some(json!("x".repeat(256))),
    ];
    assert_refused("sub", values).await;
}

#[tokio::test]
async fn names_and_addresses_are_taken_where_they_can_be_shown() {
    let world = World::new().await;
    let subject = world
        .assert_good(&World::cognito_token(&World::cognito_claims()))
        .await;
    assert_eq!(subject.screen_name.unwrap().as_str(), "Ada");
    for name in [
        "ada@example.org",
        "0a1b2c3d-0000-4000-8000-000000000000",
        "5f0c8f7e-3f65-4a5c-9f6a-0d1c3f0a9b8c",
        "auth0|123",
        "a\u{202E}b",
        " ",
    ] {
        let mut claims = World::cognito_claims();
        claims["username"] = json!(name);
        let subject = world.assert_good(&World::cognito_token(&claims)).await;
        assert_eq!(subject.screen_name, None, "{name}");
    }
    for (verified, want) in [
        (json!(true), true),
        (json!("true"), true),
        (json!(false), false),
        (json!(null), false),
        (json!(1), false),
    ] {
        let mut claims = World::cognito_claims();
        claims["email"] = json!("Ada@Example.org");
        claims["email_verified"] = verified.clone();
        let subject = world.assert_good(&World::cognito_token(&claims)).await;
        assert_eq!(subject.email.is_some(), want, "{verified}");
    }
}
