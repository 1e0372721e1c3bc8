use accounts::CurrentUser;
use axum::extract::State;
use http::StatusCode;
use http_api::{ApiPath, ApiResult, ErrorBody};
use kernel::UserId;

use crate::Social;
use crate::actions::block;

/// Unblock a user
///
/// Who followed whom before does not come back. Whom the caller doesn't block, there or not, is no error.
#[utoipa::path(
    delete,
    path = "/api/v1/blocks/{userId}",
    operation_id = "unblock",
    tag = "Followers",
    security(("user" = [])),
    params(("userId" = UserId, Path, description = "Whom to unblock")),
    responses(
        (status = 204, description = "Not blocked"),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 404, description = "`not_found`: the address holds what can't be an id", body = ErrorBody),
    ),
)]
pub(super) async fn unblock(
    State(social): State<Social>,
    user: CurrentUser,
    ApiPath(target): ApiPath<UserId>,
) -> ApiResult<StatusCode> {
    block::unblock(&social, user.id, target).await?;
    Ok(StatusCode::NO_CONTENT)
}
