//! The rules of scores and leaderboards: pure, synchronous, no I/O.

mod action;
mod action_token;
mod leaderboard;

pub use action::ActionId;
pub use action_token::{ActionToken, ActionTokenError, ActionTokenKey, VerifiedAction};
pub use leaderboard::{Leaderboard, MAX_SCORE, Operator, ScoreOrder};

/// The leaderboard that always exists: the sum over all games.
pub const GLOBAL: &str = "global";
