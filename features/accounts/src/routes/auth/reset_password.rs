use axum::extract::State;
use garde::Validate;
use http::StatusCode;
use http_api::{ApiJson, ApiResult, ErrorBody};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Accounts;
use crate::actions;
use crate::model::password::Password;
use crate::routes::input::Fields;

#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct ResetPasswordBody {
    /// From the mailed link.
    #[schema(example = "gat_…")]
    token: String,
    #[schema(
        format = "password",
        min_length = 10,
        max_length = 128,
        example = "correct horse battery"
    )]
    password: String,
}

/// Choose a new password
///
/// By the link that was mailed. Signs all devices out.
#[utoipa::path(
    post,
    path = "/api/v1/auth/password/reset",
    operation_id = "resetPassword",
    tag = "accounts",
    security(()),
    request_body = ResetPasswordBody,
    responses(
        (status = 204, description = "The password is another now"),
        (status = 403, description = "`invalid_mailed_link`: used, or too old", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
        (status = 503, description = "`busy`: too many are signing in", body = ErrorBody),
    )
)]
pub async fn reset_password(
    State(accounts): State<Accounts>,
    ApiJson(body): ApiJson<ResetPasswordBody>,
) -> ApiResult<StatusCode> {
    let mut fields = Fields::default();
    let Some(password) = fields.read("password", Password::parse(&body.password)) else {
        return Err(fields.into_error());
    };
    actions::account_mail::reset_password(accounts.shared(), &body.token, password).await?;
    Ok(StatusCode::NO_CONTENT)
}
