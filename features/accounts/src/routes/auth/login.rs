use axum::extract::State;
use garde::Validate;
use http::HeaderMap;
use http_api::{ApiJson, ApiResult, ClientIp, ErrorBody};
use serde::Deserialize;
use utoipa::ToSchema;

use super::too_often;
use crate::Accounts;
use crate::actions;
use crate::actions::sessions::UserAgent;
use crate::routes::view::{Private, SignedInView};

#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
#[serde(rename_all = "camelCase")]
pub struct LoginBody {
    #[schema(format = "email", example = "ada@example.org")]
    email: String,
    #[schema(format = "password", example = "correct horse battery")]
    password: String,
}

/// Sign in
///
/// An unknown e-mail and a wrong password answer alike.
#[utoipa::path(
    post,
    path = "/api/v1/auth/login",
    operation_id = "login",
    tag = "accounts",
    security(()),
    request_body = LoginBody,
    responses(
        (status = 200, description = "The account, and the device's tokens", body = SignedInView),
        (status = 401, description = "`invalid_credentials`", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
        (status = 429, description = "`rate_limited`: too many wrong passwords for this e-mail from this address", body = ErrorBody),
        (status = 503, description = "`busy`: too many are signing in", body = ErrorBody),
    )
)]
pub async fn login(
    State(accounts): State<Accounts>,
    client: ClientIp,
    headers: HeaderMap,
    ApiJson(body): ApiJson<LoginBody>,
) -> ApiResult<Private<SignedInView>> {
    let device = UserAgent::of(&headers);
    let from = client.subnet();
    let signed_in = actions::login::log_in(
        accounts.shared(),
        &body.email,
        &body.password,
        from,
        &device,
    )
    .await
    .map_err(too_often)?;
    Ok(Private(signed_in.into()))
}
