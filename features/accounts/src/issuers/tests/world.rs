use std::sync::LazyLock;
use std::time::Duration;

use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaEncoding};
use aws_lc_rs::{hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use kernel::Clock;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::Error;
use crate::config::{Accepts, Issuer};
use crate::issuers::Issuers;
use crate::model::issuer_token::Subject;

pub static OUR_KEY: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());
pub static OTHER_KEY: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());

pub const AUTH0: &str = "https://tenant.auth0.example/";
pub const COGNITO: &str = "https://cognito-idp.eu-west-1.example/eu-west-1_pool";
const NOW: i64 = 1_800_000_000;

/// Two issuers, whose key sets are served at `/auth0` and `/cognito`.
pub struct World {
    pub server: MockServer,
    pub clock: Clock,
    pub issuers: Issuers,
}

impl World {
    /// Both serve their usual keys: `a1` is ours for Auth0, `c1` the other's for Cognito.
    pub async fn new() -> Self {
        let world = Self::empty().await;
        world
            .serve("/auth0", json!({ "keys": [jwk("a1", &OUR_KEY)] }))
            .await;
        world
            .serve("/cognito", json!({ "keys": [jwk("c1", &OTHER_KEY)] }))
            .await;
        world
    }

    /// Nothing is served yet.
    pub async fn empty() -> Self {
        let server = MockServer::start().await;
        let clock = Clock::manual(Timestamp::from_second(NOW).unwrap());
        let config = outbound::Config {
            allow_http: true,
            ..outbound::Config::new("test")
        };
        let outside = outbound::Client::new(config, clock.clone()).unwrap();
        let auth0 = Issuer {
            jwks_url: Some(format!("{}/auth0", server.uri())),
            admin_claim: Some(("https://app.example/roles".to_owned(), "admins".to_owned())),
            ..Issuer::new(AUTH0, Accepts::Audience("https://api.example".to_owned()))
        };
        let cognito = Issuer {
            jwks_url: Some(format!("{}/cognito", server.uri())),
            admin_claim: Some(("cognito:groups".to_owned(), "admins".to_owned())),
            ..Issuer::new(
                COGNITO,
                Accepts::Clients(vec!["client-1".to_owned(), "client-2".to_owned()]),
            )
        };
        let issuers = Issuers::new(vec![auth0, cognito], &outside, &clock);
        Self {
            server,
            clock,
            issuers,
        }
    }

    pub async fn serve(&self, at: &str, key_set: Value) {
        self.answer(at, ResponseTemplate::new(200).set_body_json(key_set))
            .await;
    }

    pub async fn answer(&self, at: &str, answer: ResponseTemplate) {
        Mock::given(method("GET"))
            .and(path(at))
            .respond_with(answer)
            .mount(&self.server)
            .await;
    }

    /// Takes back all that was served, and what was counted.
    pub async fn silence(&self) {
        self.server.reset().await;
    }

    pub async fn calls(&self) -> usize {
        self.server.received_requests().await.unwrap().len()
    }

    pub fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub async fn read(&self, token: &str) -> Result<Subject, Error> {
        self.issuers.read(token).await.map(|user| user.subject)
    }

    pub async fn assert_good(&self, token: &str) -> Subject {
        self.read(token).await.unwrap()
    }

    #[track_caller]
    pub fn assert_invalid(result: Result<Subject, Error>, what: impl std::fmt::Debug) {
        assert!(
            matches!(result, Err(Error::InvalidToken)),
            "{what:?}: {result:?}"
        );
    }

    pub fn good_header() -> Value {
        json!({ "alg": "RS256", "typ": "at+jwt", "kid": "a1" })
    }

    pub fn good_claims() -> Value {
        json!({
            "iss": AUTH0, "sub": "auth0|123", "aud": ["https://api.example", "https://tenant.auth0.example/userinfo"],
            "iat": NOW, "exp": NOW + 3600, "azp": "client", "scope": "openid profile",
        })
    }

    pub fn good_token() -> String {
        signed(&Self::good_header(), &Self::good_claims(), &OUR_KEY)
    }

    /// A good Auth0 token but for one claim; `None` leaves it out.
    pub fn with_claim(name: &str, value: Option<Value>) -> String {
        let mut claims = Self::good_claims();
        match value {
            Some(value) => claims[name] = value,
            None => drop(claims.as_object_mut().unwrap().remove(name)),
        }
        signed(&Self::good_header(), &claims, &OUR_KEY)
    }

    pub fn with_header(name: &str, value: Value) -> String {
        let mut header = Self::good_header();
        header[name] = value;
        signed(&header, &Self::good_claims(), &OUR_KEY)
    }

    pub fn cognito_claims() -> Value {
        json!({
            "iss": COGNITO, "sub": "0a1b2c3d-0000-4000-8000-000000000000", "token_use": "access", "client_id": "client-2",
            "username": "Ada", "version": 2, "iat": NOW, "auth_time": NOW, "exp": NOW + 300,
        })
    }

    pub fn cognito_token(claims: &Value) -> String {
        signed(&json!({ "alg": "RS256", "kid": "c1" }), claims, &OTHER_KEY)
    }
}

pub fn jwk(id: &str, key: &KeyPair) -> Value {
    json!({
        "kid": id, "kty": "RSA", "alg": "RS256", "use": "sig",
        "n": URL_SAFE_NO_PAD.encode(modulus(key)), "e": "AQAB",
    })
}

/// From PKCS #1: nine bytes before a modulus of 2048 bits, then five with the exponent 65537.
pub fn modulus(key: &KeyPair) -> &[u8] {
    use aws_lc_rs::signature::KeyPair as _;
    &key.public_key().as_ref()[9..][..256]
}

pub fn unsigned(header: &Value, claims: &Value) -> String {
    unsigned_text(&header.to_string(), &claims.to_string())
}

pub fn unsigned_text(header: &str, claims: &str) -> String {
    format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    )
}

pub fn with_signature(signed: &str, signature: impl AsRef<[u8]>) -> String {
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

pub fn signed(header: &Value, claims: &Value, key: &KeyPair) -> String {
    sign(&unsigned(header, claims), key, &RSA_PKCS1_SHA256)
}

pub fn sign(text: &str, key: &KeyPair, padding: &'static dyn RsaEncoding) -> String {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        padding,
        &rand::SystemRandom::new(),
        text.as_bytes(),
        &mut signature,
    )
    .unwrap();
    with_signature(text, signature)
}

pub fn hmac_signed(text: &str, secret: &[u8]) -> String {
    with_signature(
        text,
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), text.as_bytes()),
    )
}
