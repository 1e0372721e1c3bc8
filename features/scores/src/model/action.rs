use std::fmt;
use std::str::FromStr;

use kernel::{Clock, Tag};

/// What a game service vouches for: `<gameId>/<anything unique>`, so that the token alone tells the game.
/// An action counts once, for good.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ActionId {
    text: String,
    game: Tag,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be <gameId>/<unique part>, each 1 to 64 characters of A–Z, a–z, 0–9, '.', '_' and '-'"
)]
pub struct ActionIdError;

impl ActionId {
    /// A fresh id for a game that brings none of its own.
    pub fn generate(game: &Tag, clock: &Clock) -> Self {
        Self {
            text: format!("{game}/{}", clock.new_uuid().simple()),
            game: game.clone(),
        }
    }

    pub fn game(&self) -> &Tag {
        &self.game
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for ActionId {
    type Err = ActionIdError;

    fn from_str(text: &str) -> Result<Self, ActionIdError> {
        let (game, unique) = text.split_once('/').ok_or(ActionIdError)?;
        let game = Tag::new(game).map_err(|_| ActionIdError)?;
        Tag::new(unique).map_err(|_| ActionIdError)?;
        Ok(Self {
            text: text.to_owned(),
            game,
        })
    }
}

impl fmt::Display for ActionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for ActionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
