use accounts::CurrentUser;
use axum::extract::State;
use http_api::{ApiPath, ApiResult, ErrorBody};
use kernel::ReviewId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Aoe4;
use crate::actions::reviews;

/// A link that anyone may open.
#[derive(Serialize, ToSchema)]
pub(super) struct SharedLink {
    /// For `GET /reviews/shared/{token}`. It is shown once.
    token: String,
    url: String,
}

/// Share one of my reviews
///
/// Makes a link by which anyone may read it, signed in or not. The link that was made before opens no more.
#[utoipa::path(
    post,
    path = "/api/v1/reviews/{reviewId}/share",
    operation_id = "shareReview",
    tag = "Age of Empires IV",
    security(("user" = [])),
    params(("reviewId" = ReviewId, Path, description = "The review")),
    responses(
        (status = 200, description = "The link", body = SharedLink),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`review_not_found`: also one of somebody else", body = ErrorBody),
    ),
)]
pub(super) async fn share_review(
    State(aoe4): State<Aoe4>,
    user: CurrentUser,
    ApiPath(id): ApiPath<ReviewId>,
) -> ApiResult<axum::Json<SharedLink>> {
    let token = reviews::share(&aoe4, user.id, id).await?;
    let url = format!("{}/reviews/shared/{token}", aoe4.public_url);
    Ok(axum::Json(SharedLink { token, url }))
}
