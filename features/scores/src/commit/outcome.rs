use std::sync::Arc;

use jiff::Timestamp;
use kernel::{Tag, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::model::ActionId;

/// A play that was vouched for and is to be counted.
#[derive(Clone, Debug)]
pub struct Play {
    pub action: ActionId,
    pub user: UserId,
    /// What it adds to sums, and what it is worth where the best or the last counts.
    pub value: u64,
    /// A JSON object, kept with the audit event.
    pub metadata: Option<String>,
    /// When it was reached, for scores that were reached long before they came to us.
    pub reached_at: Option<Timestamp>,
    /// The token that vouched for it; none for imports.
    pub token: Option<TokenRecord>,
}

/// What is kept of a token, to recognise the same request when it is sent again.
#[derive(Clone, Copy, Debug)]
pub struct TokenRecord {
    pub signature: [u8; 32],
    /// Epoch seconds.
    pub expires_at: i64,
}

/// How a submission ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Counted now, or before by the same request. The answer is the JSON text of [`Counted`].
    Counted { answer: Arc<str>, replayed: bool },
    /// The action was counted before, by another request.
    Replayed,
    /// The account was deleted in the meantime.
    UserGone,
    /// Somebody else is writing for this player right now: nothing was done, and it should be tried again.
    PlayerBusy,
}

impl Play {
    /// Whether the other is this request sent again: the same token, by the same user, with the same value.
    pub fn is_same_request(&self, other: &Self) -> bool {
        let signature = |play: &Self| play.token.as_ref().map(|token| token.signature);
        self.action == other.action
            && self.user == other.user
            && self.value == other.value
            && signature(self) == signature(other)
    }
}

impl Outcome {
    /// What another request for the same action hears, after the first has ended like this.
    pub fn of_another(self, same_request: bool) -> Self {
        match self {
            Self::Counted { answer, .. } if same_request => Self::Counted {
                answer,
                replayed: true,
            },
            Self::Counted { .. } => Self::Replayed,
            refused => refused,
        }
    }
}

/// The answer to a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Counted {
    pub user_id: UserId,
    pub game_id: Tag,
    pub score_delta: u64,
    /// On `global`, after this play.
    pub score: u64,
    /// On `global`, before this play; 0 for a first one.
    pub previous_score: u64,
    /// On `global`. Null while the server is still loading that board after a start.
    pub rank: Option<u64>,
    /// Every board that this play counts on.
    pub leaderboards: Vec<BoardResult>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BoardResult {
    pub id: Tag,
    pub score: u64,
    /// Null while the server is still loading that board after a start.
    pub rank: Option<u64>,
    /// Whether the player stands better here than before.
    pub improved: bool,
}
