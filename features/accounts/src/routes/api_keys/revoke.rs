use axum::extract::State;
use http::StatusCode;
use http_api::{ApiPath, ApiResult, ErrorBody};
use kernel::ApiKeyId;

use crate::actions;
use crate::{Accounts, Admin};

/// Revoke an API key
///
/// Within 30 seconds it is worth nothing on any server.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/api-keys/{apiKeyId}",
    operation_id = "revokeApiKey",
    tag = "admin",
    security(("admin" = [])),
    params(("apiKeyId" = ApiKeyId, Path, description = "From the list of keys")),
    responses(
        (status = 204, description = "The key is revoked"),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 403, description = "`admin_only`", body = ErrorBody),
        (status = 404, description = "`api_key_not_found`: not there, or revoked before", body = ErrorBody),
    )
)]
pub async fn revoke_api_key(
    State(accounts): State<Accounts>,
    admin: Admin,
    ApiPath(key): ApiPath<ApiKeyId>,
) -> ApiResult<StatusCode> {
    actions::api_keys::revoke(accounts.shared(), admin.id, key).await?;
    Ok(StatusCode::NO_CONTENT)
}
