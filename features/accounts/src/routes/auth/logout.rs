use axum::extract::State;
use http::StatusCode;
use http_api::{ApiJson, ApiResult, ErrorBody};

use super::RefreshTokenBody;
use crate::Accounts;
use crate::actions;

/// Sign out
///
/// Ends the session of the refresh token, and its event streams at once. Its access token stays good until it expires.
#[utoipa::path(
    post,
    path = "/api/v1/auth/logout",
    operation_id = "logout",
    tag = "accounts",
    security(()),
    request_body = RefreshTokenBody,
    responses(
        (status = 204, description = "The session has ended, now or earlier"),
        (status = 401, description = "`invalid_refresh_token`", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
    )
)]
pub async fn logout(
    State(accounts): State<Accounts>,
    ApiJson(body): ApiJson<RefreshTokenBody>,
) -> ApiResult<StatusCode> {
    actions::sessions::log_out(accounts.shared(), &body.refresh_token).await?;
    Ok(StatusCode::NO_CONTENT)
}
