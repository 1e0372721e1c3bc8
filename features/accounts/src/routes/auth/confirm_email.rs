use axum::extract::State;
use http::StatusCode;
use http_api::{ApiJson, ApiResult, ErrorBody};

use super::MailedTokenBody;
use crate::Accounts;
use crate::actions;

/// Confirm an e-mail address
///
/// By the link that was mailed there.
#[utoipa::path(
    post,
    path = "/api/v1/auth/email/verify",
    operation_id = "confirmEmail",
    tag = "accounts",
    security(()),
    request_body = MailedTokenBody,
    responses(
        (status = 204, description = "Mail to this address is known to reach its user"),
        (status = 403, description = "`invalid_mailed_link`: used, too old, or for another address", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
    )
)]
pub async fn confirm_email(
    State(accounts): State<Accounts>,
    ApiJson(body): ApiJson<MailedTokenBody>,
) -> ApiResult<StatusCode> {
    actions::account_mail::confirm_email(accounts.shared(), &body.token).await?;
    Ok(StatusCode::NO_CONTENT)
}
