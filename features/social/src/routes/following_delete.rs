use accounts::CurrentUser;
use axum::extract::State;
use http::StatusCode;
use http_api::{ApiPath, ApiResult, ErrorBody};
use kernel::UserId;

use crate::Social;
use crate::actions::follow;

/// Stop following a user
///
/// Whom the caller doesn't follow, there or not, is no error.
#[utoipa::path(
    delete,
    path = "/api/v1/following/{userId}",
    operation_id = "unfollow",
    tag = "Followers",
    security(("user" = [])),
    params(("userId" = UserId, Path, description = "Whom to follow no longer")),
    responses(
        (status = 204, description = "Not followed"),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 404, description = "`not_found`: the address holds what can't be an id", body = ErrorBody),
    ),
)]
pub(super) async fn unfollow(
    State(social): State<Social>,
    user: CurrentUser,
    ApiPath(target): ApiPath<UserId>,
) -> ApiResult<StatusCode> {
    follow::unfollow(&social, user.id, target).await?;
    Ok(StatusCode::NO_CONTENT)
}
