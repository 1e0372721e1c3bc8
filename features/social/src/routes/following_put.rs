use accounts::CurrentUser;
use axum::extract::State;
use http_api::{ApiPath, ApiResult, ErrorBody};
use kernel::{Moment, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Social;
use crate::actions::follow;

/// Whom the caller follows now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FollowView {
    user_id: UserId,
    followed_at: Moment,
}

/// Follow a user
///
/// The user is told. Once more changes nothing.
#[utoipa::path(
    put,
    path = "/api/v1/following/{userId}",
    operation_id = "follow",
    tag = "Followers",
    security(("user" = [])),
    params(("userId" = UserId, Path, description = "Whom to follow")),
    responses(
        (status = 200, description = "Followed", body = FollowView),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 403, description = "`blocked`: one of the two has blocked the other", body = ErrorBody),
        (status = 404, description = "`user_not_found`", body = ErrorBody),
        (status = 409, description = "`follows_too_many`: more than 10,000", body = ErrorBody),
        (status = 422, description = "`cannot_follow_self`", body = ErrorBody),
    ),
)]
pub(super) async fn follow(
    State(social): State<Social>,
    user: CurrentUser,
    ApiPath(target): ApiPath<UserId>,
) -> ApiResult<axum::Json<FollowView>> {
    let followed_at = follow::follow(&social, user.id, target).await?;
    Ok(axum::Json(FollowView {
        user_id: target,
        followed_at: followed_at.into(),
    }))
}
