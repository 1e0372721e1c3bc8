//! An API key: `gsk_` and 32 random bytes, of which only the SHA-256 is kept.

use kernel::{Secret, Tag};

use super::{Broken, opaque};

const PREFIX: &str = "gsk_";

pub type KeyHash = opaque::Hash;

/// A new key, to be shown once, and what is kept of it.
pub fn generate() -> (Secret, KeyHash) {
    opaque::generate(PREFIX)
}

/// What a key is looked up by, if it has the shape of one.
pub fn read(text: &str) -> Option<KeyHash> {
    opaque::read(PREFIX, text)
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
