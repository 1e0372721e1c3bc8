//! What players have played, without their ranks.

use jiff::Timestamp;
use kernel::Tag;
use serde::{Deserialize, Serialize};

/// Where a list of games, the last played first, goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GamesPosition {
    pub last_played_at: Timestamp,
    pub game: Tag,
}

/// What a player has done in one game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayedGame {
    pub game: Tag,
    pub best: u64,
    pub last: u64,
    /// Grows with each play.
    pub plays: u64,
    pub last_played_at: Timestamp,
}

impl PlayedGame {
    pub fn position(&self) -> GamesPosition {
        GamesPosition {
            last_played_at: self.last_played_at,
            game: self.game.clone(),
        }
    }
}
