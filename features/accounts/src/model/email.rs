use unicode_normalization::UnicodeNormalization;

use super::Broken;

/// An e-mail address as its owner writes it, and as it is matched.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    address: String,
    key: String,
}

/// RFC 5321, section 4.5.3.1, less the angle brackets.
const MAX_LENGTH: usize = 254;
const MAX_LOCAL_LENGTH: usize = 64;
const MAX_LABEL_LENGTH: usize = 63;

const NOT_AN_ADDRESS: Broken = Broken("must be an e-mail address, such as name@example.org");

impl Email {
    /// Only what no address can be is refused; whether this one exists, only a mail to it can tell.
    pub fn parse(text: &str) -> Result<Self, Broken> {
        let text = text.trim();
        if text.len() > MAX_LENGTH {
            return Err(Broken("must have 254 characters at the most"));
        }
        let address: String = text.nfc().collect();
        let (local, domain) = address.rsplit_once('@').ok_or(NOT_AN_ADDRESS)?;
        let unusable = |letter: char| {
            letter.is_control() || letter.is_whitespace() || "@<>()[]\\,;:\"".contains(letter)
        };
        let good_local = (1..=MAX_LOCAL_LENGTH).contains(&local.len())
            && !local.contains(unusable)
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..");
        if !good_local || !domain.split('.').all(is_label) {
            return Err(NOT_AN_ADDRESS);
        }
        let key = address.to_lowercase().nfc().collect();
        Ok(Self { address, key })
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// What addresses are compared by: composed (NFC) and lower case.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl std::fmt::Debug for Email {
    /// Addresses reach no log.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Email(***)")
    }
}

/// A part of a domain name, in any script. One label alone will do: a server at home is called `localhost`.
fn is_label(label: &str) -> bool {
    (1..=MAX_LABEL_LENGTH).contains(&label.len())
        && label
            .chars()
            .all(|letter| letter.is_alphanumeric() || letter == '-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn matches_whatever_the_case_and_the_composition() {
        let one = Email::parse("  Zoe\u{308}@Example.ORG ").unwrap();
        let other = Email::parse("zoë@example.org").unwrap();
        assert_eq!(one.key(), other.key());
        assert_eq!(one.address(), "Zoë@Example.ORG");
    }

    #[test]
    fn takes_what_people_have() {
        for text in [
            "a@b",
            "first.last+tag@sub.example.co.uk",
            "o'hara_x=1@example.org",
            "用户@例子.公司",
        ] {
            assert!(Email::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn refuses_what_no_address_is() {
        let long = format!("{}@example.org", "a".repeat(243));
        for text in [
            "",
            " ",
            "@",
            "a@",
            "@b",
            "a b@example.org",
            "a@b@example.org",
            ".a@example.org",
            "a..b@example.org",
            "a@-b.org",
            "a@b..org",
            "a@b.org.",
            "a\u{0}@b.org",
            "a@b\n.org",
            "<a@b.org>",
            &long,
        ] {
            assert!(Email::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic_and_keys_are_stable(text in "\\PC{0,40}@?\\PC{0,40}") {
            if let Ok(email) = Email::parse(&text) {
                let again = Email::parse(email.address()).unwrap();
                prop_assert_eq!(again.key(), email.key());
            }
        }
    }
}
