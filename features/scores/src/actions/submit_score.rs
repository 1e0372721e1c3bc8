//! A player claims the score that a game service vouched for.

use std::sync::Arc;

use garde::Validate;
use kernel::UserId;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::Scores;
use crate::commit::{CommitError, Outcome, Play, TokenRecord};
use crate::error::ScoresError;
use crate::model::{ActionTokenError, MAX_SCORE, VerifiedAction};

/// The longest `metadata`, in bytes of compact JSON.
const MAX_METADATA: usize = 2048;

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct SubmitScore {
    /// As `POST /actions` returned it.
    pub action_token: String,
    /// What this play adds to sums, and what it is worth where the best or the last counts.
    #[garde(range(max = MAX_SCORE))]
    #[schema(maximum = 9_007_199_254_740_991_u64, example = 42)]
    pub score_delta: u64,
    /// An object of at most 2 KB, kept with the audit event.
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Map<String, Value>>,
}

/// What a player hears.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// The JSON text of [`crate::commit::Counted`].
    pub answer: Arc<str>,
    /// The same request was answered before, and this is that answer.
    pub replayed: bool,
}

pub async fn submit_score(
    scores: &Scores,
    user: UserId,
    request: SubmitScore,
) -> Result<Submitted, ScoresError> {
    let verified = verify(scores, user, &request)?;
    let play = Play {
        action: verified.token.action,
        user,
        value: request.score_delta,
        metadata: request.metadata.as_ref().map(metadata_text).transpose()?,
        reached_at: None,
        token: Some(TokenRecord {
            signature: verified.signature,
            expires_at: verified.token.expires_at,
        }),
    };
    let outcome = scores.commit.submit(play).await;
    metrics::counter!("score_updates_total", "status" => status(&outcome)).increment(1);
    match outcome? {
        Outcome::Counted { answer, replayed } => Ok(Submitted { answer, replayed }),
        Outcome::Replayed => Err(reject(ActionTokenError::Replayed)),
        Outcome::UserGone => Err(ScoresError::AccountGone),
        // The queue keeps those to itself until they are counted, or it gives up.
        Outcome::PlayerBusy => Err(CommitError::PlayerBusy.into()),
    }
}

fn status<E>(outcome: &Result<Outcome, E>) -> &'static str {
    match outcome {
        Ok(Outcome::Counted {
            replayed: false, ..
        }) => "counted",
        Ok(Outcome::Counted { replayed: true, .. }) => "replayed",
        Ok(Outcome::Replayed | Outcome::UserGone | Outcome::PlayerBusy) => "refused",
        Err(_) => "failed",
    }
}

/// On the CPU alone: nothing is asked or written before a token was found good.
fn verify(
    scores: &Scores,
    user: UserId,
    request: &SubmitScore,
) -> Result<VerifiedAction, ScoresError> {
    let now = scores.clock.now();
    let key = &scores.action_token_key;
    let verified = key
        .verify(&request.action_token, user, request.score_delta, now)
        .map_err(reject)?;
    metrics::counter!("action_token_validations_total", "result" => "valid").increment(1);
    Ok(verified)
}

fn reject(error: ActionTokenError) -> ScoresError {
    metrics::counter!("action_token_validations_total", "result" => error.label()).increment(1);
    tracing::warn!(reason = error.label(), "action token rejected");
    error.into()
}

/// Compact, and without what PostgreSQL can't hold.
fn metadata_text(metadata: &Map<String, Value>) -> Result<String, ScoresError> {
    let text = serde_json::to_string(metadata).unwrap_or_default();
    if text.len() > MAX_METADATA {
        let message = format!("must be at most {MAX_METADATA} bytes of JSON");
        return Err(ScoresError::field("metadata", message));
    }
    // serde_json writes U+0000 as an escape, and a lone backslash as two.
    if text.replace("\\\\", "").contains("\\u0000") {
        return Err(ScoresError::field(
            "metadata",
            "must not hold the character U+0000",
        ));
    }
    Ok(text)
}
