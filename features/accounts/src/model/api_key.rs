//! An API key is `gsk_` and 32 random bytes. Only its SHA-256 is kept: it is too random to be guessed from it.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Secret, Tag};

use super::Broken;
use crate::random;

const PREFIX: &str = "gsk_";
/// 32 bytes in base64url.
const ENCODED_LENGTH: usize = 43;

pub type KeyHash = [u8; 32];

/// A new key, to be shown once, and what is kept of it.
pub fn generate() -> (Secret, KeyHash) {
    let key = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random::bytes::<32>()));
    let hash = hash(&key);
    (Secret::new(key), hash)
}

/// What a key is looked up by, if it has the shape of one.
pub fn read(text: &str) -> Option<KeyHash> {
    let encoded = text.strip_prefix(PREFIX)?;
    let letters = encoded
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    (encoded.len() == ENCODED_LENGTH && letters).then(|| hash(text))
}

/// What admins call a key: 1–64 characters, none of them a control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyName(String);

impl KeyName {
    const MAX_LENGTH: usize = 64;

    pub fn parse(text: &str) -> Result<Self, Broken> {
        let text = text.trim();
        let fits =
            (1..=Self::MAX_LENGTH).contains(&text.chars().take(Self::MAX_LENGTH + 1).count());
        if fits && !text.contains(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Broken(
                "must have 1 to 64 characters, none of them a control character",
            ))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// The games that a key may vouch for: 1–100.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Games(Vec<Tag>);

impl Games {
    const MAX: usize = 100;

    pub fn new(mut games: Vec<Tag>) -> Result<Self, Broken> {
        if !(1..=Self::MAX).contains(&games.len()) {
            return Err(Broken(
                "must name 1 to 100 games; leave it out for all games",
            ));
        }
        games.sort();
        games.dedup();
        Ok(Self(games))
    }

    pub fn into_vec(self) -> Vec<Tag> {
        self.0
    }
}

fn hash(key: &str) -> KeyHash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, key.as_bytes()).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_again_by_its_hash() {
        let (key, hash) = generate();
        assert_eq!(read(key.expose()), Some(hash));
        assert_ne!(generate().1, hash);
    }

    #[test]
    fn names_and_games_are_bounded() {
        assert_eq!(KeyName::parse(" a ").unwrap().as_str(), "a");
        for text in ["", " ", "a\0", &"x".repeat(65)] {
            assert!(KeyName::parse(text).is_err(), "{text}");
        }
        let game = Tag::new("chess").unwrap();
        assert_eq!(
            Games::new(vec![game.clone(); 3]).unwrap().into_vec().len(),
            1
        );
        assert!(Games::new(Vec::new()).is_err());
        assert!(Games::new(vec![game; 101]).is_err());
    }

    #[test]
    fn what_is_no_key_is_not_looked_up() {
        for text in [
            "",
            "gsk_",
            "gsk_short",
            &format!("gsk_{}", "é".repeat(22)),
            &format!("xsk_{}", "a".repeat(43)),
            &"a".repeat(10_000),
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
