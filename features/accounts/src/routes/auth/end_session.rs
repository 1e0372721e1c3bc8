use axum::extract::State;
use http::StatusCode;
use http_api::{ApiPath, ApiResult, ErrorBody};
use kernel::SessionId;

use crate::actions;
use crate::{Accounts, CurrentUser};

/// Sign a device out
///
/// Its event streams end at once. Its access token stays good until it expires.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/sessions/{sessionId}",
    operation_id = "endSession",
    tag = "accounts",
    security(("user" = [])),
    params(("sessionId" = SessionId, Path, description = "From the list of devices")),
    responses(
        (status = 204, description = "The session has ended"),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`session_not_found`", body = ErrorBody),
    )
)]
pub async fn end_session(
    State(accounts): State<Accounts>,
    user: CurrentUser,
    ApiPath(session): ApiPath<SessionId>,
) -> ApiResult<StatusCode> {
    actions::sessions::end(accounts.shared(), user.id, session).await?;
    Ok(StatusCode::NO_CONTENT)
}
