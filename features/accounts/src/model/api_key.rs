//! An API key is `gsk_` and 32 random bytes. Only its SHA-256 is kept: it is too random to be guessed from it.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Secret;

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
    let letters = encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    (encoded.len() == ENCODED_LENGTH && letters).then(|| hash(text))
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
    fn what_is_no_key_is_not_looked_up() {
        for text in ["", "gsk_", "gsk_short", &format!("gsk_{}", "é".repeat(22)), &format!("xsk_{}", "a".repeat(43)), &"a".repeat(10_000)] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
