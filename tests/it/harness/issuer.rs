//! An OpenID Connect issuer on this machine, with keys made for the test.

use std::sync::LazyLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Making keys takes long in a debug build, so tests share these.
static KEYS: LazyLock<Mutex<Vec<&'static KeyPair>>> = LazyLock::new(Mutex::default);

/// An RSA key pair with its id.
#[derive(Clone, Copy)]
pub struct SigningKey {
    pub id: &'static str,
    pair: &'static KeyPair,
}

impl SigningKey {
    /// The same number is the same key.
    pub fn number(number: usize, id: &'static str) -> Self {
        let mut keys = KEYS.lock();
        while keys.len() <= number {
            let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key pair");
            keys.push(Box::leak(Box::new(pair)));
        }
        Self {
            id,
            pair: keys[number],
        }
    }

    /// As in a JWKS document.
    pub fn jwk(&self) -> Value {
        // PKCS #1: SEQUENCE (4 bytes) of INTEGER n (4 bytes, a zero, 256 bytes) and INTEGER e (2 bytes, 3 bytes).
        let public = self.pair.public_key().as_ref();
        let (modulus, exponent) = (&public[9..265], &public[267..270]);
        json!({
            "kid": self.id, "kty": "RSA", "alg": "RS256", "use": "sig",
            "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode(exponent),
        })
    }

    /// The public key, as anybody may read it.
    pub fn public_der(&self) -> Vec<u8> {
        let der = self.pair.public_key().as_der().expect("a public key");
        der.as_ref().to_vec()
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with(
            &json!({ "alg": "RS256", "typ": "JWT", "kid": self.id }),
            claims,
        )
    }

    pub fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let text = unsigned(header, claims);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let signed = self.pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            text.as_bytes(),
            &mut signature,
        );
        signed.expect("a signature");
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The first two parts of a token.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

/// What an issuer publishes, and how often it was asked.
pub struct Issuer {
    server: MockServer,
    /// As it stands in tokens.
    pub name: String,
}

impl Issuer {
    /// One whose name ends in a slash, as Auth0's do.
    pub async fn like_auth0(keys: &[SigningKey]) -> Self {
        Self::start("/", keys).await
    }

    /// One whose name doesn't, as Cognito's.
    pub async fn like_cognito(keys: &[SigningKey]) -> Self {
        Self::start("/eu-west-1_pool", keys).await
    }

    async fn start(name: &str, keys: &[SigningKey]) -> Self {
        let server = MockServer::start().await;
        // The configuration allows an issuer without TLS on this machine only.
        let name = format!("http://localhost:{}{name}", server.address().port());
        let issuer = Self { server, name };
        issuer.publish(keys).await;
        issuer
    }

    /// Replaces the published keys.
    pub async fn publish(&self, keys: &[SigningKey]) {
        let document = json!({ "keys": keys.iter().map(SigningKey::jwk).collect::<Vec<_>>() });
        self.answer(ResponseTemplate::new(200).set_body_json(document))
            .await;
    }

    /// Has the issuer answer so from now on.
    pub async fn answer(&self, answer: ResponseTemplate) {
        let asked = self.fetches().await;
        assert!(asked < 1000, "a storm");
        self.server.reset().await;
        let below = self
            .name
            .splitn(4, '/')
            .nth(3)
            .unwrap_or_default()
            .trim_end_matches('/');
        let slash = if below.is_empty() { "" } else { "/" };
        let keys = format!("{slash}{below}/.well-known/jwks.json");
        Mock::given(method("GET"))
            .and(path(keys))
            .respond_with(answer)
            .mount(&self.server)
            .await;
    }

    /// How often the keys were fetched since they were last published.
    pub async fn fetches(&self) -> usize {
        self.server
            .received_requests()
            .await
            .map_or(0, |requests| requests.len())
    }
}
