use kernel::Secret;
use unicode_normalization::UnicodeNormalization;

use super::Broken;

/// A password that is long enough to be one, composed (NFC), so that it is the same from every keyboard.
#[derive(Clone, Debug)]
pub struct Password(Secret);

impl Password {
    pub const MIN_LENGTH: usize = 10;
    pub const MAX_LENGTH: usize = 128;

    pub fn parse(text: &str) -> Result<Self, Broken> {
        // A character takes four bytes at the most; counting a megabyte of them would be wasted.
        let fits = text.len() <= 4 * Self::MAX_LENGTH
            && (Self::MIN_LENGTH..=Self::MAX_LENGTH).contains(&text.chars().count());
        if fits {
            Ok(Self(Secret::new(text.nfc().collect::<String>())))
        } else {
            Err(Broken("must have 10 to 128 characters"))
        }
    }

    pub fn bytes(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_not_bytes() {
        for (text, good) in [
            ("x".repeat(9), false),
            ("x".repeat(10), true),
            ("🦀".repeat(9), false),
            ("🦀".repeat(10), true),
            ("🦀".repeat(128), true),
            ("x".repeat(129), false),
            ("x".repeat(1_000_000), false),
        ] {
            assert_eq!(Password::parse(&text).is_ok(), good, "{} bytes", text.len());
        }
    }

    #[test]
    fn is_the_same_however_it_was_typed() {
        let composed = Password::parse("pass\u{f6}word12").unwrap();
        let decomposed = Password::parse("passo\u{308}word12").unwrap();
        assert_eq!(composed.bytes(), decomposed.bytes());
    }

    #[test]
    fn shows_nothing_in_a_log() {
        let password = Password::parse("correct horse").unwrap();
        assert!(!format!("{password:?}").contains("horse"));
    }
}
