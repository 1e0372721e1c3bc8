//! Tokens that we present to Nadeo's services. What is in them is read for their times, and believed without a proof: we are
//! not the one who accepts them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account::AccountId;
use super::read::whole;

/// A token that ends within this time isn't used any more: the call has to arrive, and clocks differ.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);
/// For those that don't say when they end: shorter than they have ever been good for.
const ASSUMED: SignedDuration = SignedDuration::from_mins(30);

/// Nothing shows it: it isn't for logs.
#[derive(Clone, Serialize, Deserialize)]
pub struct Token {
    pub access: String,
    /// With which to get the next one.
    pub refresh: Option<Refresh>,
    /// From then on, another one is fetched while this one is still good.
    pub renew_at: Timestamp,
    pub ends_at: Timestamp,
    /// Whose it is.
    pub account: Option<AccountId>,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Refresh {
    pub token: String,
    pub ends_at: Timestamp,
}

impl Token {
    /// From an answer of Nadeo's authentication, whose two tokens are JWTs.
    pub fn of_nadeo(access: String, refresh: Option<String>, now: Timestamp) -> Self {
        let claims = claims(&access);
        let time = |claims: &Value, name| {
            whole(claims, name).and_then(|second| Timestamp::from_second(second).ok())
        };
        let ends_at = time(&claims, "exp").unwrap_or(now + ASSUMED);
        let refresh = refresh.map(|token| Refresh {
            ends_at: time(&self::claims(&token), "exp").unwrap_or(now + ASSUMED),
            token,
        });
        let account = claims.get("sub").and_then(Value::as_str);
        Self {
            access,
            refresh,
            renew_at: time(&claims, "rat")
                .unwrap_or(ends_at - MARGIN)
                .min(ends_at),
            ends_at,
            account: account.and_then(|account| account.parse().ok()),
        }
    }

    /// One of OAuth's client credentials, good for so many seconds.
    pub fn of_client(access: String, seconds: i64, now: Timestamp) -> Self {
        let ends_at = now + SignedDuration::from_secs(seconds.clamp(0, 24 * 60 * 60));
        Self {
            access,
            refresh: None,
            renew_at: ends_at - 2 * MARGIN,
            ends_at,
            account: None,
        }
    }

    pub fn is_good(&self, now: Timestamp) -> bool {
        now < self.ends_at - MARGIN
    }

    pub fn is_due(&self, now: Timestamp) -> bool {
        now >= self.renew_at || !self.is_good(now)
    }
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1);
    let bytes =
        payload.and_then(|payload| URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok());
    bytes
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn jwt(claims: &Value) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    #[test]
    fn times_are_those_of_the_token() {
        let access = jwt(
            &json!({ "exp": 4600, "rat": 2800, "sub": "0F1E2D3C-4B5A-4978-8796-A5B4C3D2E1F0" }),
        );
        let refresh = jwt(&json!({ "exp": 90_000 }));
        let token = Token::of_nadeo(access, Some(refresh), at(1000));
        assert_eq!(token.refresh.as_ref().unwrap().ends_at, at(90_000));
        assert_eq!(
            token.account,
            "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0".parse().ok()
        );
        for (now, good, due) in [
            (1000, true, false),
            (2799, true, false),
            (2800, true, true),
            (4539, true, true),
            (4540, false, true),
        ] {
            assert_eq!(
                (token.is_good(at(now)), token.is_due(at(now))),
                (good, due),
                "{now}"
            );
        }
    }

    #[test]
    fn what_says_nothing_of_itself_is_used_for_a_while() {
        for text in ["", "opaque", "a.b.c", "a.W10.c"] {
            let token = Token::of_nadeo(text.to_owned(), None, at(0));
            assert!(token.is_good(at(60)) && !token.is_good(at(1800)), "{text}");
        }
    }

    #[test]
    fn a_client_asks_again_before_the_hour() {
        let token = Token::of_client("t".to_owned(), 3600, at(0));
        assert!(!token.is_due(at(3400)) && token.is_due(at(3500)) && token.is_good(at(3500)));
        assert!(!Token::of_client("t".to_owned(), -5, at(0)).is_good(at(0)));
    }
}
