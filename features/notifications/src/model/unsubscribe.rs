//! The token in the link by which a mail is unsubscribed from (RFC 8058): base64url(version ‖ user ‖ list ‖ HMAC-SHA256).
//! It holds all that is needed, names no address, and works for as long as the mail is kept.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Secret, UserId};
use uuid::Uuid;

use super::event::EventKind;

const VERSION: u8 = 1;
const TAG: usize = 32;
const MOST: usize = 200;

/// What a mail belongs to, as its reader sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum List {
    Digest,
    /// Mails about one kind of event.
    Event(&'static EventKind),
}

impl List {
    fn name(self) -> &'static str {
        match self {
            Self::Digest => "",
            Self::Event(kind) => kind.name,
        }
    }

    /// In words, after "You won't get".
    pub fn label(self) -> String {
        match self {
            Self::Digest => "the daily digest".to_owned(),
            Self::Event(kind) => format!("mails about “{}”", kind.label),
        }
    }
}

pub struct UnsubscribeTokens {
    key: hmac::Key,
}

impl UnsubscribeTokens {
    /// The key is derived from a secret that has other uses, so that nothing else can pass for a token.
    pub fn new(secret: &Secret) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        let derived = hmac::sign(&root, b"grandstand unsubscribe v1");
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()),
        }
    }

    pub fn write(&self, user: UserId, list: List) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(user.uuid().as_bytes());
        bytes.extend_from_slice(list.name().as_bytes());
        let tag = hmac::sign(&self.key, &bytes);
        bytes.extend_from_slice(tag.as_ref());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// `None` for what isn't ours.
    pub fn read(&self, text: &str) -> Option<(UserId, List)> {
        if text.len() > MOST {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (named, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG)?)?;
        hmac::verify(&self.key, named, tag).ok()?;
        let (&VERSION, rest) = named.split_first()? else {
            return None;
        };
        let (user, list) = rest.split_at_checked(16)?;
        let user = UserId::new(Uuid::from_slice(user).ok()?);
        let list = match str::from_utf8(list).ok()? {
            "" => List::Digest,
            name => List::Event(EventKind::find(name)?),
        };
        Some((user, list))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::event::KINDS;

    fn tokens() -> UnsubscribeTokens {
        UnsubscribeTokens::new(&Secret::new("0123456789abcdef0123456789abcdef"))
    }

    fn list(index: usize) -> List {
        KINDS
            .get(index)
            .map_or(List::Digest, |kind| List::Event(kind))
    }

    proptest! {
        #[test]
        fn is_read_as_it_was_written(user: u128, index in 0..=KINDS.len()) {
            let user = UserId::new(Uuid::from_u128(user));
            let text = tokens().write(user, list(index));
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
            prop_assert_eq!(tokens().read(&text), Some((user, list(index))));
        }

        #[test]
        fn any_change_is_noticed(user: u128, index in 0..=KINDS.len(), place in any::<prop::sample::Index>(), letter in "[A-Za-z0-9_-]") {
            let text = tokens().write(UserId::new(Uuid::from_u128(user)), list(index));
            let place = place.index(text.len());
            let mut changed = text.clone();
            changed.replace_range(place..=place, &letter);
            prop_assume!(changed != text);
            prop_assert_eq!(tokens().read(&changed), None);
            prop_assert_eq!(tokens().read(&text[..place]), None);
        }

        #[test]
        fn garbage_is_no_token(text in "\\PC{0,250}") {
            prop_assert_eq!(tokens().read(&text), None);
        }
    }

    #[test]
    fn another_secret_reads_nothing() {
        let text = tokens().write(UserId::new(Uuid::nil()), List::Digest);
        assert_eq!(
            UnsubscribeTokens::new(&Secret::new("another")).read(&text),
            None
        );
    }
}
