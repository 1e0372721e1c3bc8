use accounts::CurrentUser;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http_api::{ApiPath, ApiResult, ErrorBody};
use kernel::{JobId, ReviewId, ReviewTaskId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Aoe4;
use crate::actions::request_review::{Requested, request};

/// A review that is on its way.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReviewTaskView {
    /// For `GET /jobs/{jobId}`: progress, and in the end `{reviewId}` as its result.
    job_id: JobId,
    task_id: ReviewTaskId,
    /// `queued` or `running`.
    state: &'static str,
}

/// A review that is there.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReviewDoneView {
    review_id: ReviewId,
}

/// Ask for a review of one of my matches
///
/// A coach looks at what happened and writes it; a notification says when it is there. Of a match that AoE4World hasn't
/// told everything of yet it waits, up to three hours; then the review says what it could not see. Asked again meanwhile,
/// it is the same review.
#[utoipa::path(
    post,
    path = "/api/v1/games/{gameId}/review",
    operation_id = "requestReview",
    tag = "Age of Empires IV",
    security(("user" = [])),
    params(("gameId" = u64, Path, description = "AoE4World's id of the match")),
    responses(
        (status = 200, description = "It is there already", body = ReviewDoneView),
        (status = 202, description = "It is on its way", body = ReviewTaskView),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`game_not_found`: also one of somebody else", body = ErrorBody),
        (status = 409, description = "`game_not_over`", body = ErrorBody),
    ),
)]
pub(super) async fn request_review(
    State(aoe4): State<Aoe4>,
    user: CurrentUser,
    ApiPath(game): ApiPath<u64>,
) -> ApiResult<Response> {
    Ok(match request(&aoe4, user.id, game).await? {
        Requested::Done(review_id) => Json(ReviewDoneView { review_id }).into_response(),
        Requested::Open { job, task, running } => {
            let view = ReviewTaskView {
                job_id: job,
                task_id: task,
                state: if running { "running" } else { "queued" },
            };
            (StatusCode::ACCEPTED, Json(view)).into_response()
        }
    })
}
