use accounts::CurrentUser;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use http_api::{ApiJson, ApiResult, ErrorBody};

use super::json;
use crate::Scores;
use crate::actions::submit_score::{self, SubmitScore};
use crate::commit::Counted;

const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Submit a score
///
/// The score counts once, on every leaderboard of its game and on `global`; the answer comes when it is
/// written for good. Sending the same request again is safe: it changes nothing, and answers what the first
/// one did, with `Idempotent-Replayed: true`.
#[utoipa::path(
    post,
    path = "/api/v1/scores",
    operation_id = "submitScore",
    tag = "Scores",
    security(("user" = [])),
    request_body = SubmitScore,
    responses(
        (status = 200, description = "Counted", body = Counted, headers(
            ("Idempotent-Replayed" = String, description = "`true` when this request was counted before")
        )),
        (status = 400, description = "`action_token_malformed`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`, `action_token_invalid`, `action_token_expired`", body = ErrorBody),
        (status = 403, description = "`action_token_wrong_user`", body = ErrorBody),
        (status = 409, description = "`action_token_replayed`", body = ErrorBody),
        (status = 422, description = "`validation_failed`, `score_exceeds_max`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
        (status = 503, description = "`database_unavailable`, `busy`: send the same again", body = ErrorBody),
    ),
)]
pub(super) async fn submit_score(
    user: CurrentUser,
    State(scores): State<Scores>,
    ApiJson(request): ApiJson<SubmitScore>,
) -> ApiResult<Response> {
    scores.submissions.check(&user.id)?;
    let submitted = submit_score::submit_score(&scores, user.id, request).await?;
    let mut response = json(Bytes::copy_from_slice(submitted.answer.as_bytes()));
    if submitted.replayed {
        response
            .headers_mut()
            .insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}
