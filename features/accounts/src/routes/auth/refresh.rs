use axum::extract::State;
use http_api::{ApiJson, ApiResult, ErrorBody};

use super::RefreshTokenBody;
use crate::Accounts;
use crate::actions;
use crate::routes::view::{Private, TokensView};

/// Get the next tokens
///
/// A refresh token is good for one use. One that comes twice ends its session: `refresh_token_reused`.
#[utoipa::path(
    post,
    path = "/api/v1/auth/refresh",
    operation_id = "refreshTokens",
    tag = "accounts",
    security(()),
    request_body = RefreshTokenBody,
    responses(
        (status = 200, description = "The next tokens", body = TokensView),
        (
            status = 401,
            description = "`invalid_refresh_token`, `refresh_token_expired` or `refresh_token_reused`",
            body = ErrorBody
        ),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
    )
)]
pub async fn refresh(
    State(accounts): State<Accounts>,
    ApiJson(body): ApiJson<RefreshTokenBody>,
) -> ApiResult<Private<TokensView>> {
    let tokens = actions::refresh::refresh(accounts.shared(), &body.refresh_token).await?;
    Ok(Private(tokens.into()))
}
