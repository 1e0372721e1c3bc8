use axum::extract::State;
use http::{HeaderMap, StatusCode};
use http_api::{ApiJson, ApiResult, ErrorBody};

use super::RegistrationBody;
use crate::Accounts;
use crate::actions;
use crate::actions::sessions::UserAgent;
use crate::routes::view::{Private, SignedInView};

/// Sign up
///
/// Makes an account and signs this device in.
#[utoipa::path(
    post,
    path = "/api/v1/auth/register",
    operation_id = "register",
    tag = "accounts",
    security(()),
    request_body = RegistrationBody,
    responses(
        (status = 201, description = "The account, and the device's tokens", body = SignedInView),
        (status = 409, description = "`email_taken`", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
        (status = 503, description = "`busy`: too many are signing in", body = ErrorBody),
    )
)]
pub async fn register(
    State(accounts): State<Accounts>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<RegistrationBody>,
) -> ApiResult<(StatusCode, Private<SignedInView>)> {
    let device = UserAgent::of(&headers);
    let signed_in = actions::register::register(accounts.shared(), body.read()?, &device).await?;
    Ok((StatusCode::CREATED, Private(signed_in.into())))
}
