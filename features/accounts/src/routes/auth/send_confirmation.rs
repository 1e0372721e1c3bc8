use axum::extract::State;
use http::StatusCode;
use http_api::{ApiResult, ErrorBody};

use crate::actions;
use crate::{Accounts, CurrentUser};

/// Have the link to confirm one's address mailed again
///
/// At most once a minute, and not if it is confirmed: the answer is the same.
#[utoipa::path(
    post,
    path = "/api/v1/auth/email/verify/send",
    operation_id = "sendEmailConfirmation",
    tag = "accounts",
    security(("user" = [])),
    responses(
        (status = 204, description = "On its way"),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
    )
)]
pub async fn send_confirmation(
    State(accounts): State<Accounts>,
    user: CurrentUser,
) -> ApiResult<StatusCode> {
    actions::account_mail::confirm_again(accounts.shared(), user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
