use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::encoding::PublicKeyX509Der;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PSS_SHA256,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::world::{
    OTHER_KEY, OUR_KEY, World, hmac_signed, jwk, modulus, sign, signed, unsigned, unsigned_text,
    with_signature,
};
use crate::Error;
use crate::model::issuer_token::Unverified;

fn header(algorithm: &str) -> Value {
    json!({ "alg": algorithm, "kid": "a1" })
}

#[tokio::test]
async fn row_1_no_algorithm() {
    let world = World::new().await;
    for algorithm in ["none", "None", "NONE", "nOnE", "", "rs256", "RS256 "] {
        let text = unsigned(&header(algorithm), &World::good_claims());
        for token in [
            format!("{text}."),
            text.clone(),
            sign(&text, &OUR_KEY, &RSA_PKCS1_SHA256),
        ] {
            World::assert_invalid(world.read(&token).await, algorithm);
        }
    }
    let text = unsigned(&json!({ "kid": "a1" }), &World::good_claims());
    World::assert_invalid(
        world.read(&sign(&text, &OUR_KEY, &RSA_PKCS1_SHA256)).await,
        "no alg",
    );
    let text = unsigned(&World::good_header(), &World::good_claims());
    World::assert_invalid(world.read(&format!("{text}.")).await, "no signature");
}

#[tokio::test]
async fn row_2_the_public_key_as_a_secret() {
    let world = World::new().await;
    world.assert_good(&World::good_token()).await;
    let der: PublicKeyX509Der<'_> = OUR_KEY.public_key().as_der().unwrap();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        STANDARD.encode(der.as_ref())
    );
    let modulus = modulus(&OUR_KEY);
    let encoded = URL_SAFE_NO_PAD.encode(modulus);
    for secret in [
        pem.as_bytes(),
        der.as_ref(),
        OUR_KEY.public_key().as_ref(),
        modulus,
        encoded.as_bytes(),
    ] {
        let text = unsigned(&header("HS256"), &World::good_claims());
        World::assert_invalid(world.read(&hmac_signed(&text, secret)).await, "HS256");
        let text = unsigned(&header("RS256"), &World::good_claims());
        World::assert_invalid(
            world.read(&hmac_signed(&text, secret)).await,
            "HS256 called RS256",
        );
    }
}

#[tokio::test]
async fn row_3_other_algorithms() {
    let world = World::new().await;
    let claims = World::good_claims();
    let of_rsa = |name: &str, padding| sign(&unsigned(&header(name), &claims), &OUR_KEY, padding);
    let curve = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let es256 = unsigned(&header("ES256"), &claims);
    let es256 = with_signature(
        &es256,
        curve.sign(&SystemRandom::new(), es256.as_bytes()).unwrap(),
    );
    let edwards = Ed25519KeyPair::generate().unwrap();
    let eddsa = unsigned(&header("EdDSA"), &claims);
    let eddsa = with_signature(&eddsa, edwards.sign(eddsa.as_bytes()));
    for token in [
        of_rsa("RS384", &RSA_PKCS1_SHA384),
        of_rsa("PS256", &RSA_PSS_SHA256),
        // Called by the right name, signed in another way.
        of_rsa("RS256", &RSA_PKCS1_SHA384),
        of_rsa("RS256", &RSA_PSS_SHA256),
        es256,
        eddsa,
    ] {
        World::assert_invalid(world.read(&token).await, &token);
    }
}

#[tokio::test]
async fn row_4_key_ids() {
    let world = World::new().await;
    for id in [
        json!("zz"),
        json!("../../x"),
        json!("' OR 1=1"),
        json!(""),
        json!(1),
        json!(null),
        json!({}),
        json!(["a1"]),
    ] {
        World::assert_invalid(world.read(&World::with_header("kid", id.clone())).await, id);
    }
    World::assert_invalid(
        world
            .read(&World::with_header("kid", json!("x".repeat(10_000))))
            .await,
        "10 KB",
    );
    World::assert_invalid(
        world
            .read(&World::with_header("kid", json!("x".repeat(257))))
            .await,
        "257 bytes",
    );
    let text = unsigned(&json!({ "alg": "RS256" }), &World::good_claims());
    World::assert_invalid(
        world.read(&sign(&text, &OUR_KEY, &RSA_PKCS1_SHA256)).await,
        "no kid",
    );
    assert_eq!(world.calls().await, 1);
}

#[tokio::test]
async fn row_5_keys_that_come_along() {
    let world = World::new().await;
    world.assert_good(&World::good_token()).await;
    world
        .serve("/evil", json!({ "keys": [jwk("a1", &OTHER_KEY)] }))
        .await;
    let evil = format!("{}/evil", world.server.uri());
    for (name, value) in [
        ("jku", json!(evil)),
        ("x5u", json!(evil)),
        ("jwk", jwk("a1", &OTHER_KEY)),
        (
            "x5c",
            json!([STANDARD.encode(OTHER_KEY.public_key().as_ref())]),
        ),
    ] {
        let mut header = World::good_header();
        header[name] = value;
        let token = signed(&header, &World::good_claims(), &OTHER_KEY);
        World::assert_invalid(world.read(&token).await, name);
        // They are ignored, not refused: the configured key still holds.
        world
            .assert_good(&signed(&header, &World::good_claims(), &OUR_KEY))
            .await;
    }
    assert_eq!(world.calls().await, 1);
}

#[tokio::test]
async fn row_6_extensions() {
    let world = World::new().await;
    for (name, value) in [
        ("crit", json!(["x"])),
        ("crit", json!([])),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
    ] {
        World::assert_invalid(
            world.read(&World::with_header(name, value.clone())).await,
            (name, value),
        );
    }
}

#[tokio::test]
async fn row_14_shapes() {
    let world = World::new().await;
    let token = World::good_token();
    world.assert_good(&token).await;
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        panic!("three parts")
    };
    let mut other = World::good_claims();
    other["sub"] = json!("auth0|456");
    let other = URL_SAFE_NO_PAD.encode(other.to_string());
    for token in [
        format!("{header}.{other}.{signature}"),
        format!("{token}="),
        format!("{token}=="),
        format!("{header}=.{claims}.{signature}"),
        format!("{header}.{claims}==.{signature}"),
        format!("{token}A"),
        format!("{token}."),
        format!("{token}\n"),
        format!("{token}.{signature}"),
        format!("{header}.{claims}.{signature}.{signature}.{signature}"),
        format!("{header}..{signature}"),
        format!(".{claims}.{signature}"),
        format!("{header}.{signature}"),
        header.to_owned(),
        "..".to_owned(),
        String::new(),
        token.replace('.', ".."),
        format!("{}+/", &token[..token.len() - 2]),
    ] {
        World::assert_invalid(world.read(&token).await, &token);
    }
    for place in [header.len() + 5, token.len() - 1, token.len() - 100] {
        for letter in ["A", "B", "_"] {
            let mut changed = token.clone();
            changed.replace_range(place..=place, letter);
            if changed != token {
                World::assert_invalid(world.read(&changed).await, place);
            }
        }
    }
}

#[tokio::test]
async fn row_15_repeated_members() {
    let world = World::new().await;
    let header = World::good_header().to_string();
    let claims = World::good_claims().to_string();
    let sign_text = |header: &str, claims: &str| {
        sign(&unsigned_text(header, claims), &OUR_KEY, &RSA_PKCS1_SHA256)
    };
    world.assert_good(&sign_text(&header, &claims)).await;
    for (header, claims) in [
        (
            header.clone(),
            claims.replacen('{', r#"{"iss":"https://evil.example/","#, 1),
        ),
        (
            header.clone(),
            claims.replacen('{', r#"{"unknown":1,"unknown":2,"#, 1),
        ),
        (
            header.clone(),
            claims.replacen('{', r#"{"x":{"y":1,"y":1},"#, 1),
        ),
        (header.replacen('{', r#"{"alg":"none","#, 1), claims.clone()),
        (header.replacen('{', r#"{"kid":"zz","#, 1), claims.clone()),
    ] {
        World::assert_invalid(
            world.read(&sign_text(&header, &claims)).await,
            (header, claims),
        );
    }
}

#[tokio::test]
async fn row_20_types() {
    let world = World::new().await;
    for kind in [
        "JWT",
        "jwt",
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "application/jwt",
    ] {
        world
            .assert_good(&World::with_header("typ", json!(kind)))
            .await;
    }
    let text = unsigned(&header("RS256"), &World::good_claims());
    world
        .assert_good(&sign(&text, &OUR_KEY, &RSA_PKCS1_SHA256))
        .await;
    for kind in [
        json!("logout+jwt"),
        json!("dpop+jwt"),
        json!("id+jwt"),
        json!(""),
        json!(1),
        json!(null),
        json!("application/"),
    ] {
        World::assert_invalid(
            world.read(&World::with_header("typ", kind.clone())).await,
            kind,
        );
    }
}

#[tokio::test]
async fn row_21_nested_compressed_and_huge() {
    let world = World::new().await;
    let header = json!({ "alg": "RS256", "kid": "a1", "cty": "JWT" }).to_string();
    let nested = unsigned_text(&header, &World::good_token());
    World::assert_invalid(
        world
            .read(&sign(&nested, &OUR_KEY, &RSA_PKCS1_SHA256))
            .await,
        "nested",
    );
    let deflated = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(&header),
        URL_SAFE_NO_PAD.encode([0x78, 0x9c, 0xab, 0xae, 0x05])
    );
    World::assert_invalid(
        world
            .read(&sign(&deflated, &OUR_KEY, &RSA_PKCS1_SHA256))
            .await,
        "compressed",
    );
    for length in [8 * 1024, 1_000_000] {
        let huge = World::with_claim("filler", Some(json!("x".repeat(length))));
        World::assert_invalid(world.read(&huge).await, length);
    }
    let deep = format!("{}1{}", r#"{"x":"#.repeat(500), "}".repeat(500));
    World::assert_invalid(
        world
            .read(&sign(
                &unsigned_text(&header, &deep),
                &OUR_KEY,
                &RSA_PKCS1_SHA256,
            ))
            .await,
        "deep",
    );
    assert_eq!(world.calls().await, 0);
}

#[tokio::test]
async fn our_own_name_is_no_issuer() {
    let world = World::new().await;
    let token = World::with_claim("iss", Some(json!("grandstand")));
    assert!(matches!(world.read(&token).await, Err(Error::InvalidToken)));
}

proptest! {
    #[test]
    fn any_text_is_taken_apart_without_a_panic(text in "\\PC{0,200}") {
        let _ = Unverified::parse(&text);
    }

    #[test]
    fn any_bytes_in_three_parts_are_taken_apart_without_a_panic(
        header in proptest::collection::vec(any::<u8>(), 0..60),
        claims in "(\\{\"iss\":)?[\\{\\}\\[\\]\",:a-z0-9.e-]{0,60}",
        signature in proptest::collection::vec(any::<u8>(), 0..60),
        is_header_good: bool,
    ) {
        let good = World::good_header().to_string().into_bytes();
        let header = URL_SAFE_NO_PAD.encode(if is_header_good { good } else { header });
        let token = format!("{header}.{}.{}", URL_SAFE_NO_PAD.encode(claims), URL_SAFE_NO_PAD.encode(signature));
        let _ = Unverified::parse(&token);
    }
}
