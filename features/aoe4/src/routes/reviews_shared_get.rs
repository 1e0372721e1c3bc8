use axum::extract::State;
use http_api::{ApiPath, ApiResult, ErrorBody};

use super::view::ReviewView;
use crate::Aoe4;
use crate::actions::reviews;

/// Read a review that somebody has shared
#[utoipa::path(
    get,
    path = "/api/v1/reviews/shared/{token}",
    operation_id = "getSharedReview",
    tag = "Age of Empires IV",
    security(()),
    params(("token" = String, Path, description = "From the link")),
    responses(
        (status = 200, description = "The review", body = ReviewView),
        (status = 404, description = "`review_not_found`: also one that is private again", body = ErrorBody),
    ),
)]
pub(super) async fn get_shared_review(
    State(aoe4): State<Aoe4>,
    ApiPath(token): ApiPath<String>,
) -> ApiResult<axum::Json<ReviewView>> {
    Ok(axum::Json(
        reviews::find_shared(&aoe4, &token).await?.into(),
    ))
}
