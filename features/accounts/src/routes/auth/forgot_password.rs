use axum::extract::State;
use garde::Validate;
use http::StatusCode;
use http_api::{ApiJson, ApiResult, ClientIp, ErrorBody};
use serde::Deserialize;
use utoipa::ToSchema;

use super::too_often;
use crate::Accounts;
use crate::actions;
use crate::model::email::Email;
use crate::routes::input::Fields;

#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct ForgotPasswordBody {
    #[schema(format = "email", example = "ada@example.org")]
    email: String,
}

/// Have a link mailed by which to choose a new password
///
/// The answer is the same, and takes as long, whether or not somebody has this address.
#[utoipa::path(
    post,
    path = "/api/v1/auth/password/forgot",
    operation_id = "forgotPassword",
    tag = "accounts",
    security(()),
    request_body = ForgotPasswordBody,
    responses(
        (status = 204, description = "A link is on its way, if somebody has this address"),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
        (status = 429, description = "`rate_limited`: asked too often for this address", body = ErrorBody),
    )
)]
pub async fn forgot_password(
    State(accounts): State<Accounts>,
    client: ClientIp,
    ApiJson(body): ApiJson<ForgotPasswordBody>,
) -> ApiResult<StatusCode> {
    let mut fields = Fields::default();
    let Some(email) = fields.read("email", Email::parse(&body.email)) else {
        return Err(fields.into_error());
    };
    let from = client.subnet();
    actions::account_mail::forgot_password(accounts.shared(), &email, from)
        .await
        .map_err(too_often)?;
    Ok(StatusCode::NO_CONTENT)
}
