//! A ticket: `tkt_` and 32 random bytes, of which only the SHA-256 is kept, and only for a moment.

use kernel::Secret;

use super::opaque;

const PREFIX: &str = "tkt_";

pub type TicketHash = opaque::Hash;

/// A new ticket, to be shown once, and what is kept of it.
pub fn generate() -> (Secret, TicketHash) {
    opaque::generate(PREFIX)
}

/// What a ticket is looked up by, if it has the shape of one.
pub fn read(text: &str) -> Option<TicketHash> {
    opaque::read(PREFIX, text)
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
