use axum::extract::State;
use http_api::{ApiResult, ErrorBody};
use serde_json::Value;

use crate::actions;
use crate::routes::view::Private;
use crate::{Accounts, CurrentUser};

/// Everything about me
///
/// All that the server holds about the caller, a section for each feature.
#[utoipa::path(
    get,
    path = "/api/v1/me/export",
    operation_id = "exportMe",
    tag = "accounts",
    security(("user" = [])),
    responses(
        (status = 200, description = "One document", body = Object),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
    )
)]
pub async fn export_me(
    State(accounts): State<Accounts>,
    user: CurrentUser,
) -> ApiResult<Private<Value>> {
    Ok(Private(
        actions::export::export(accounts.shared(), user.id).await?,
    ))
}
