use axum::extract::State;
use garde::Validate;
use http::{HeaderMap, StatusCode};
use http_api::{ApiJson, ApiResult, ErrorBody};
use serde::Deserialize;
use utoipa::ToSchema;

use super::RegistrationBody;
use crate::Accounts;
use crate::actions;
use crate::actions::sessions::UserAgent;
use crate::routes::view::{Private, SignedInView};

#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
#[serde(rename_all = "camelCase")]
pub struct SetupBody {
    /// From the link that the server printed when it started without an admin.
    token: String,
    #[serde(flatten)]
    registration: RegistrationBody,
}

/// Make the first admin
///
/// For whoever started this server: it prints a one-time link while it has no admin.
#[utoipa::path(
    post,
    path = "/api/v1/auth/setup",
    operation_id = "setUp",
    tag = "accounts",
    security(()),
    request_body = SetupBody,
    responses(
        (status = 201, description = "The admin, and the device's tokens", body = SignedInView),
        (status = 403, description = "`invalid_setup_token`", body = ErrorBody),
        (status = 409, description = "`already_set_up` or `email_taken`", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
        (status = 503, description = "`busy`: too many are signing in", body = ErrorBody),
    )
)]
pub async fn setup(
    State(accounts): State<Accounts>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<SetupBody>,
) -> ApiResult<(StatusCode, Private<SignedInView>)> {
    let device = UserAgent::of(&headers);
    let registration = body.registration.read()?;
    let signed_in =
        actions::first_admin::set_up(accounts.shared(), &body.token, registration, &device).await?;
    Ok((StatusCode::CREATED, Private(signed_in.into())))
}
