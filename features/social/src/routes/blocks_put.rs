use accounts::CurrentUser;
use axum::extract::State;
use http::StatusCode;
use http_api::{ApiPath, ApiResult, ErrorBody};
use kernel::UserId;

use crate::Social;
use crate::actions::block;

/// Block a user
///
/// Neither follows the other from then on, and to whom is blocked the caller is always offline. Once more changes nothing.
#[utoipa::path(
    put,
    path = "/api/v1/blocks/{userId}",
    operation_id = "block",
    tag = "Followers",
    security(("user" = [])),
    params(("userId" = UserId, Path, description = "Whom to block")),
    responses(
        (status = 204, description = "Blocked"),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 404, description = "`user_not_found`", body = ErrorBody),
        (status = 409, description = "`blocks_too_many`: more than 10,000", body = ErrorBody),
        (status = 422, description = "`cannot_block_self`", body = ErrorBody),
    ),
)]
pub(super) async fn block(
    State(social): State<Social>,
    user: CurrentUser,
    ApiPath(target): ApiPath<UserId>,
) -> ApiResult<StatusCode> {
    block::block(&social, user.id, target).await?;
    Ok(StatusCode::NO_CONTENT)
}
