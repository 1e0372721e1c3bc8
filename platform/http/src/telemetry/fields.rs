//! What both formats share: escaping, and what is kept secret.

use std::fmt;

/// Parts of names of fields that must hold nothing readable. Nobody is to log such fields; this is for the day
/// when somebody does.
const SECRETS: [&[u8]; 10] = [
    b"api_key",
    b"apikey",
    b"authorization",
    b"cookie",
    b"credential",
    b"email",
    b"e_mail",
    b"password",
    b"secret",
    b"token",
];

pub(super) const REDACTED: &str = "***";

pub(super) fn is_secret(name: &str) -> bool {
    let name = name.as_bytes();
    (0..name.len()).any(|start| {
        let rest = &name[start..];
        SECRETS.iter().any(|secret| {
            secret[0] == rest[0].to_ascii_lowercase()
                && rest.len() >= secret.len()
                && rest[..secret.len()].eq_ignore_ascii_case(secret)
        })
    })
}

/// Writes the inside of a JSON string. Also good for a terminal: no control character gets through.
pub(super) fn escape(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut plain = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' && byte != 0x7f {
            continue;
        }
        out.extend_from_slice(&bytes[plain..at]);
        plain = at + 1;
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&digits);
            }
        }
    }
    out.extend_from_slice(&bytes[plain..]);
}

/// Escapes whatever is formatted into it.
pub(super) struct Escaped<'a>(pub(super) &'a mut Vec<u8>);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape(text, self.0);
        Ok(())
    }
}
