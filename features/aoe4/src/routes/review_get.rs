use accounts::CurrentUser;
use axum::extract::State;
use http_api::{ApiPath, ApiResult, ErrorBody};
use kernel::ReviewId;

use super::view::ReviewView;
use crate::Aoe4;
use crate::actions::reviews;

/// Get one of my reviews
#[utoipa::path(
    get,
    path = "/api/v1/reviews/{reviewId}",
    operation_id = "getReview",
    tag = "Age of Empires IV",
    security(("user" = [])),
    params(("reviewId" = ReviewId, Path, description = "The review")),
    responses(
        (status = 200, description = "The review", body = ReviewView),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`review_not_found`: also one of somebody else", body = ErrorBody),
    ),
)]
pub(super) async fn get_review(
    State(aoe4): State<Aoe4>,
    user: CurrentUser,
    ApiPath(id): ApiPath<ReviewId>,
) -> ApiResult<axum::Json<ReviewView>> {
    Ok(axum::Json(reviews::find(&aoe4, user.id, id).await?.into()))
}
