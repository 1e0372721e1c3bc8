//! What the stand-in gives to whoever signs in: JWTs that follow from the seed, so that they are good after a restart.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::chance::mix;

const HOUR: i64 = 60 * 60;
/// A code is for the next moment.
const CODE_SECONDS: i64 = 120;

/// Nothing that is made up needs a better signature than this.
#[derive(Clone, Copy, Debug)]
pub struct Signer(pub u64);

/// What is to be read from a token.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims(Value);

impl Claims {
    pub fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_default()
    }
}

impl Signer {
    /// An access token for the audience, and what it is refreshed with.
    pub fn nadeo(self, audience: &str, account: Uuid, now: i64, nonce: u64) -> [String; 2] {
        let claims = |purpose: &str, rat: i64, exp: i64| {
            json!({
                "jti": nonce.to_string(), "iss": "NadeoServices", "iat": now, "rat": rat, "exp": exp, "aud": purpose,
                "usg": "Server", "sub": account.to_string(), "aun": "Made-up service", "rtk": false, "refresh_aud": audience,
            })
        };
        let access = claims(audience, now + HOUR / 2, now + HOUR);
        [access, claims("refresh", now + HOUR / 2, now + 24 * HOUR)]
            .map(|claims| self.sign(&claims))
    }

    /// For the public API: as an application, or as somebody.
    pub fn public(self, account: Option<Uuid>, now: i64, nonce: u64) -> String {
        let account = account.map(|account| account.to_string());
        self.sign(&json!({ "jti": nonce.to_string(), "aud": "public", "exp": now + HOUR, "sub": account }))
    }

    /// To be exchanged once.
    pub fn code(self, account: Uuid, redirect_uri: &str, now: i64, nonce: u64) -> String {
        self.sign(&json!({
            "jti": nonce.to_string(), "aud": "code", "exp": now + CODE_SECONDS, "sub": account.to_string(),
            "redirect_uri": redirect_uri,
        }))
    }

    /// None if it is for another audience, over, or not from here.
    pub fn read(self, token: &str, audience: &str, now: i64) -> Option<Claims> {
        let mut parts = token.split('.');
        let (_, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if signature != self.signature(payload) || parts.next().is_some() {
            return None;
        }
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        let is_good =
            claims["aud"] == audience && claims["exp"].as_i64().is_some_and(|exp| now < exp);
        is_good.then_some(Claims(claims))
    }

    fn sign(self, claims: &Value) -> String {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none at all"}"#);
        let payload = URL_SAFE_NO_PAD.encode(claims.to_string());
        let signature = self.signature(&payload);
        format!("{header}.{payload}.{signature}")
    }

    fn signature(self, payload: &str) -> String {
        let folded = payload
            .bytes()
            .fold(self.0, |so_far, byte| mix(so_far, u64::from(byte)));
        URL_SAFE_NO_PAD.encode(folded.to_be_bytes())
    }
}
