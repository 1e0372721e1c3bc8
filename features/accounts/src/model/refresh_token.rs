//! A refresh token is `grt_` and base64url(session ‖ generation ‖ HMAC-SHA256 of both). Nothing secret is stored,
//! and whether a token is authentic takes no I/O; whether it is still good, only the session's row can tell.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Secret, SessionId};
use uuid::Uuid;

const PREFIX: &str = "grt_";
const NAMED: usize = 16 + 8;
const LENGTH: usize = NAMED + 32;

/// What an authentic token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    pub session: SessionId,
    /// How many tokens the session had before this one.
    pub generation: i64,
}

pub struct RefreshTokens {
    key: hmac::Key,
}

impl RefreshTokens {
    /// The key is derived from the secret that signs access tokens, so that neither can pass for the other.
    pub fn new(jwt_secret: &Secret) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, jwt_secret.expose().as_bytes());
        let derived = hmac::sign(&root, b"grandstand refresh token v1");
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()),
        }
    }

    pub fn write(&self, token: RefreshToken) -> Secret {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend_from_slice(token.session.uuid().as_bytes());
        bytes.extend_from_slice(&token.generation.to_be_bytes());
        let tag = hmac::sign(&self.key, &bytes);
        bytes.extend_from_slice(tag.as_ref());
        Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// `None` for what isn't ours.
    pub fn read(&self, text: &str) -> Option<RefreshToken> {
        let encoded = text.strip_prefix(PREFIX)?;
        if encoded.len() != LENGTH.div_ceil(3) * 4 - 1 {
            return None;
        }
        let bytes: [u8; LENGTH] = URL_SAFE_NO_PAD.decode(encoded).ok()?.try_into().ok()?;
        let (named, tag) = bytes.split_at(NAMED);
        hmac::verify(&self.key, named, tag).ok()?;
        let (session, generation) = named.split_at(16);
        Some(RefreshToken {
            session: SessionId::new(Uuid::from_slice(session).ok()?),
            generation: i64::from_be_bytes(generation.try_into().ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens() -> RefreshTokens {
        RefreshTokens::new(&Secret::new("0123456789abcdef0123456789abcdef"))
    }

    proptest! {
        #[test]
        fn is_read_as_it_was_written(session: u128, generation: i64) {
            let token = RefreshToken { session: SessionId::new(Uuid::from_u128(session)), generation };
            prop_assert_eq!(tokens().read(tokens().write(token).expose()), Some(token));
        }

        #[test]
        fn any_change_is_noticed(session: u128, generation in 0..1000_i64, place in 0..79_usize, letter in "[A-Za-z0-9_-]") {
            let token = RefreshToken { session: SessionId::new(Uuid::from_u128(session)), generation };
            let text = tokens().write(token);
            let mut changed = text.expose().to_owned();
            changed.replace_range(place..=place, &letter);
            prop_assume!(changed != text.expose());
            prop_assert_eq!(tokens().read(&changed), None);
        }

        #[test]
        fn garbage_is_no_token(text in "(grt_)?\\PC{0,100}") {
            prop_assert_eq!(tokens().read(&text), None);
        }
    }

    #[test]
    fn another_secret_reads_nothing() {
        let token = RefreshToken {
            session: SessionId::new(Uuid::nil()),
            generation: 0,
        };
        let text = tokens().write(token);
        assert_eq!(
            RefreshTokens::new(&Secret::new("another")).read(text.expose()),
            None
        );
        for text in [
            format!("{}=", text.expose()),
            text.expose()[..78].to_owned(),
            format!("{} ", text.expose()),
        ] {
            assert_eq!(tokens().read(&text), None, "{text}");
        }
    }
}
