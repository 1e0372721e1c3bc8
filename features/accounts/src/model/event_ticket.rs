//! A ticket is `tkt_` and 32 random bytes. Only its SHA-256 is kept, and only for a moment.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Secret;

use crate::random;

const PREFIX: &str = "tkt_";
/// 32 bytes in base64url.
const ENCODED_LENGTH: usize = 43;

pub type TicketHash = [u8; 32];

/// A new ticket, to be shown once, and what is kept of it.
pub fn generate() -> (Secret, TicketHash) {
    let encoded = URL_SAFE_NO_PAD.encode(random::bytes::<32>());
    let ticket = format!("{PREFIX}{encoded}");
    let hash = hash(&ticket);
    (Secret::new(ticket), hash)
}

/// What a ticket is looked up by, if it has the shape of one.
pub fn read(text: &str) -> Option<TicketHash> {
    let encoded = text.strip_prefix(PREFIX)?;
    (encoded.len() == ENCODED_LENGTH).then(|| hash(text))
}

fn hash(ticket: &str) -> TicketHash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, ticket.as_bytes()).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_found_by_what_was_kept_and_nothing_else_is() {
        let (ticket, kept) = generate();
        let text = ticket.expose();
        assert_eq!(read(text), Some(kept));
        assert_ne!(generate().1, kept);
        for other in ["", "tkt_", &text[1..], &text[..text.len() - 1], "gsk_x"] {
            assert_eq!(read(other), None, "{other}");
        }
        assert_eq!(read(&format!("{text}A")), None);
        let mut changed = text.to_owned();
        let last = changed.pop();
        changed.push(if last == Some('A') { 'B' } else { 'A' });
        assert_ne!(read(&changed), Some(kept));
    }
}
