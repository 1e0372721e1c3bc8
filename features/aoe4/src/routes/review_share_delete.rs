use accounts::CurrentUser;
use axum::extract::State;
use http::StatusCode;
use http_api::{ApiPath, ApiResult, ErrorBody};
use kernel::ReviewId;

use crate::Aoe4;
use crate::actions::reviews;

/// Make one of my reviews private again
#[utoipa::path(
    delete,
    path = "/api/v1/reviews/{reviewId}/share",
    operation_id = "unshareReview",
    tag = "Age of Empires IV",
    security(("user" = [])),
    params(("reviewId" = ReviewId, Path, description = "The review")),
    responses(
        (status = 204, description = "No link opens it"),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`review_not_found`: also one of somebody else", body = ErrorBody),
    ),
)]
pub(super) async fn unshare_review(
    State(aoe4): State<Aoe4>,
    user: CurrentUser,
    ApiPath(id): ApiPath<ReviewId>,
) -> ApiResult<StatusCode> {
    reviews::unshare(&aoe4, user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
