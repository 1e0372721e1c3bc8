//! A game service vouches for what a player has done. Nothing is stored, and no I/O is done.

use accounts::GameService;
use garde::Validate;
use jiff::{SignedDuration, Timestamp};
use kernel::{Moment, Tag, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Scores;
use crate::error::ScoresError;
use crate::model::{ActionId, ActionToken, MAX_SCORE};

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct IssueAction {
    /// The player who may claim the score.
    pub user_id: UserId,
    #[schema(example = "chess")]
    pub game_id: Tag,
    /// The highest `scoreDelta` that may be claimed.
    #[garde(range(max = MAX_SCORE))]
    #[schema(maximum = 9_007_199_254_740_991_u64, example = 100)]
    pub max_score: u64,
    /// `<gameId>/<unique part>`, to be counted once, for good; made by the server if left out.
    #[schema(example = "chess/round-17")]
    pub action_id: Option<String>,
    /// How long the token is good, in seconds: 1–3600. The default is the server's `ACTION_TOKEN_TTL`.
    #[garde(range(min = 1, max = 3600))]
    #[schema(minimum = 1, maximum = 3600, example = 300)]
    pub ttl_seconds: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IssuedAction {
    /// To be handed to the player's client, which sends it with the score.
    pub action_token: String,
    #[schema(example = "chess/round-17")]
    pub action_id: String,
    pub expires_at: Moment,
}

pub fn issue_action(
    scores: &Scores,
    service: &GameService,
    request: IssueAction,
) -> Result<IssuedAction, ScoresError> {
    if !service.may_vouch_for(&request.game_id) {
        return Err(ScoresError::GameNotAllowed);
    }
    let action = match &request.action_id {
        None => ActionId::generate(&request.game_id, &scores.clock),
        Some(text) => text
            .parse::<ActionId>()
            .map_err(|error| ScoresError::field("actionId", error.to_string()))?,
    };
    if action.game() != &request.game_id {
        return Err(ScoresError::field(
            "actionId",
            "must have its gameId in front",
        ));
    }
    let ttl = request
        .ttl_seconds
        .map_or(scores.action_token_ttl, SignedDuration::from_secs);
    let expires_at = scores
        .clock
        .now()
        .saturating_add(ttl)
        .unwrap_or(Timestamp::MAX);
    let token = ActionToken {
        action,
        user: request.user_id,
        max_score: request.max_score,
        expires_at: expires_at.as_second(),
    };
    Ok(IssuedAction {
        action_token: scores.action_token_key.sign(&token),
        action_id: token.action.to_string(),
        // As the token has it: whole seconds.
        expires_at: Moment(Timestamp::from_second(token.expires_at).unwrap_or(expires_at)),
    })
}
