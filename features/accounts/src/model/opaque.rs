//! A text that nobody can guess: a prefix and 32 random bytes. Only its SHA-256 is kept, without a slow hash, since it is
//! too random to be guessed from it.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Secret, random_bytes};

/// 32 bytes in base64url.
const ENCODED_LENGTH: usize = 43;

pub type Hash = [u8; 32];

/// A new one, to be shown once, and what is kept of it.
pub fn generate(prefix: &str) -> (Secret, Hash) {
    let text = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random_bytes::<32>()));
    let hash = hash(&text);
    (Secret::new(text), hash)
}

/// What it is looked up by, if it has the shape of one.
pub fn read(prefix: &str, text: &str) -> Option<Hash> {
    let encoded = text.strip_prefix(prefix)?;
    let letters = encoded
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    (encoded.len() == ENCODED_LENGTH && letters).then(|| hash(text))
}

fn hash(text: &str) -> Hash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_found_again_by_its_hash() {
        let (text, hash) = generate("gsk_");
        assert_eq!(read("gsk_", text.expose()), Some(hash));
        assert_eq!(read("gat_", text.expose()), None);
        assert_ne!(generate("gsk_").1, hash);
    }

    #[test]
    fn what_has_another_shape_is_not_looked_up() {
        for text in [
            "",
            "gsk_",
            "gsk_short",
            &format!("gsk_{}", "é".repeat(22)),
            &format!("xsk_{}", "a".repeat(43)),
            &"a".repeat(10_000),
        ] {
            assert_eq!(read("gsk_", text), None, "{text}");
        }
    }
}
