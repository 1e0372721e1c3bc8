//! Our own access tokens: JWTs (RFC 9068's `at+jwt`) signed with HS256.
//!
//! A token whose first part is, byte for byte, the header that we write is ours; any other is some issuer's.
//! So no token chooses how it is verified, and nothing of it is parsed before its signature holds.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use kernel::{Secret, SessionId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::TokenError;

/// `{"alg":"HS256","typ":"at+jwt"}` and the dot.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.";
const NAME: &str = "grandstand";
/// A longer token is refused before any of it is read. Custom claims can make an issuer's long.
pub const MAX_LENGTH: usize = 8 * 1024;
const SIGNATURE_LENGTH: usize = 32;
const ENCODED_SIGNATURE_LENGTH: usize = 43;
/// How far the clock of another server may be ahead of ours.
pub const CLOCK_SKEW: Duration = Duration::from_secs(30);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: UserId,
    sid: SessionId,
    iat: i64,
    exp: i64,
    jti: Uuid,
}

/// Whom an access token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearer {
    pub user: UserId,
    pub session: SessionId,
}

/// What a token of ours says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub bearer: Bearer,
    pub expires_at: Timestamp,
}

pub struct AccessTokens {
    key: hmac::Key,
    expiry: Duration,
}

impl AccessTokens {
    pub fn new(jwt_secret: &Secret, expiry: Duration) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, jwt_secret.expose().as_bytes()),
            expiry,
        }
    }

    pub fn expiry(&self) -> Duration {
        self.expiry
    }

    pub fn write(&self, bearer: Bearer, jti: Uuid, now: Timestamp) -> Secret {
        let iat = now.as_second();
        let claims = Claims {
            iss: NAME,
            aud: NAME,
            sub: bearer.user,
            sid: bearer.session,
            iat,
            exp: iat.saturating_add_unsigned(self.expiry.as_secs()),
            jti,
        };
        // Text, numbers and ids can always be written.
        let claims = serde_json::to_vec(&claims).unwrap_or_default();
        let mut token = HEADER.to_owned();
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = hmac::sign(&self.key, token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Secret::new(token)
    }

    /// Whether a token claims to be ours.
    pub fn are_like(token: &str) -> bool {
        token.starts_with(HEADER)
    }

    /// Reads a token of ours. A few microseconds and no I/O: it is part of every request.
    ///
    /// # Errors
    /// When we did not sign it for this use, or its time is over or yet to come.
    pub fn read(&self, token: &str, now: Timestamp) -> Result<Claimed, TokenError> {
        let claims = self.verified(token).ok_or(TokenError::Invalid)?;
        let claims: Claims<'_> =
            serde_json::from_slice(&claims).map_err(|_| TokenError::Invalid)?;
        let now = now.as_second();
        let latest = now.saturating_add_unsigned(CLOCK_SKEW.as_secs());
        if claims.iss != NAME || claims.aud != NAME || claims.iat > latest {
            return Err(TokenError::Invalid);
        }
        if claims.exp <= now {
            return Err(TokenError::Expired);
        }
        Ok(Claimed {
            bearer: Bearer {
                user: claims.sub,
                session: claims.sid,
            },
            expires_at: Timestamp::from_second(claims.exp).unwrap_or(Timestamp::MAX),
        })
    }

    /// The claims of a token whose signature holds.
    fn verified(&self, token: &str) -> Option<Vec<u8>> {
        if token.len() > MAX_LENGTH {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let claims = signed.strip_prefix(HEADER)?;
        if signature.len() != ENCODED_SIGNATURE_LENGTH {
            return None;
        }
        let mut bytes = [0; SIGNATURE_LENGTH + 1];
        let length = URL_SAFE_NO_PAD.decode_slice(signature, &mut bytes).ok()?;
        hmac::verify(&self.key, signed.as_bytes(), &bytes[..length]).ok()?;
        URL_SAFE_NO_PAD.decode(claims).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    const MINUTE: Duration = Duration::from_secs(60);

    fn tokens() -> AccessTokens {
        AccessTokens::new(&Secret::new(SECRET), MINUTE)
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn bearer() -> Bearer {
        Bearer {
            user: UserId::new(Uuid::max()),
            session: SessionId::new(Uuid::nil()),
        }
    }

    fn claimed() -> Claimed {
        Claimed {
            bearer: bearer(),
            expires_at: now() + MINUTE,
        }
    }

    fn written() -> String {
        tokens()
            .write(bearer(), Uuid::nil(), now())
            .expose()
            .to_owned()
    }

    /// Any header and claims, signed as if they were ours.
    fn signed(header: &str, claims: &str) -> String {
        let text = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims)
        );
        let tag = hmac::sign(&tokens().key, text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    fn claims() -> serde_json::Value {
        serde_json::json!({
            "iss": "grandstand", "aud": "grandstand", "sub": bearer().user, "sid": bearer().session,
            "iat": now().as_second(), "exp": now().as_second() + 60, "jti": Uuid::nil(),
        })
    }

    const OURS: &str = r#"{"alg":"HS256","typ":"at+jwt"}"#;

    #[test]
    fn is_read_until_it_expires() {
        let token = written();
        assert!(AccessTokens::are_like(&token));
        assert_eq!(tokens().read(&token, now()), Ok(claimed()));
        assert_eq!(
            tokens().read(&token, now() + Duration::from_secs(59)),
            Ok(claimed())
        );
        assert_eq!(
            tokens().read(&token, now() + MINUTE),
            Err(TokenError::Expired)
        );
        assert_eq!(
            tokens().read(&token, now() - MINUTE),
            Err(TokenError::Invalid)
        );
    }

    #[test]
    fn is_read_by_its_own_secret_only() {
        let other = AccessTokens::new(&Secret::new("another"), MINUTE);
        assert_eq!(other.read(&written(), now()), Err(TokenError::Invalid));
    }

    #[test]
    fn refuses_other_headers_even_when_signed() {
        let claims = claims().to_string();
        assert_eq!(tokens().read(&signed(OURS, &claims), now()), Ok(claimed()));
        for header in [
            r#"{"alg":"none","typ":"at+jwt"}"#,
            r#"{"alg":"HS256","typ":"JWT"}"#,
            r#"{"alg":"HS256"}"#,
            r#"{"typ":"at+jwt","alg":"HS256"}"#,
            r#"{"alg":"HS512","typ":"at+jwt"}"#,
            r#"{"alg":"HS256","typ":"at+jwt","crit":["x"]}"#,
        ] {
            assert_eq!(
                tokens().read(&signed(header, &claims), now()),
                Err(TokenError::Invalid),
                "{header}"
            );
        }
    }

    #[test]
    fn refuses_other_claims_even_when_signed() {
        for (name, value) in [
            ("iss", "evil".into()),
            ("aud", "evil".into()),
            ("aud", serde_json::json!(["grandstand"])),
            ("sub", "ses_00000000000000000000000000".into()),
            ("sid", serde_json::Value::Null),
            ("iat", (now().as_second() + 3600).into()),
            ("exp", "1800000060".into()),
            ("exp", 1e300.into()),
            ("exp", 1_800_000_060.5.into()),
            ("extra", 1.into()),
        ] {
            let mut claims = claims();
            claims[name] = value;
            let token = signed(OURS, &claims.to_string());
            assert_eq!(
                tokens().read(&token, now()),
                Err(TokenError::Invalid),
                "{claims}"
            );
        }
        for name in ["iss", "aud", "sub", "sid", "iat", "exp", "jti"] {
            let mut claims = claims();
            claims.as_object_mut().unwrap().remove(name);
            let token = signed(OURS, &claims.to_string());
            assert_eq!(
                tokens().read(&token, now()),
                Err(TokenError::Invalid),
                "without {name}"
            );
        }
        let twice = claims()
            .to_string()
            .replacen('{', r#"{"iss":"grandstand","#, 1);
        assert_eq!(
            tokens().read(&signed(OURS, &twice), now()),
            Err(TokenError::Invalid)
        );
    }

    #[test]
    fn refuses_other_shapes() {
        let token = written();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        for token in [
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            format!("{signed}."),
            signed.to_owned(),
            format!("{token}="),
            format!("{token}."),
            format!("{token}.x"),
            format!("{token} "),
            format!("{signed}=.{signature}"),
            format!("{HEADER}{token}"),
            format!("{token}{}", "A".repeat(1_000_000)),
        ] {
            assert_eq!(tokens().read(&token, now()), Err(TokenError::Invalid));
        }
    }

    proptest! {
        #[test]
        fn any_change_is_noticed(place in 0..300_usize, letter in "[A-Za-z0-9_.-]") {
            let token = written();
            prop_assume!(place < token.len());
            let mut changed = token.clone();
            changed.replace_range(place..=place, &letter);
            prop_assume!(changed != token);
            prop_assert_eq!(tokens().read(&changed, now()), Err(TokenError::Invalid));
        }

        #[test]
        fn garbage_is_read_without_a_panic(text in "(eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9\\.)?\\PC{0,80}\\.?\\PC{0,50}") {
            prop_assert_eq!(tokens().read(&text, now()), Err(TokenError::Invalid));
        }
    }
}
