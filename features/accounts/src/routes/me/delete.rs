use axum::extract::State;
use http::StatusCode;
use http_api::{ApiResult, ErrorBody};

use crate::actions;
use crate::{Accounts, CurrentUser};

/// Delete my account
///
/// At once, everywhere and for good. The audit trail keeps what happened, without saying who.
#[utoipa::path(
    delete,
    path = "/api/v1/me",
    operation_id = "deleteMe",
    tag = "accounts",
    security(("user" = [])),
    responses(
        (status = 204, description = "The account is gone"),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
    )
)]
pub async fn delete_me(
    State(accounts): State<Accounts>,
    user: CurrentUser,
) -> ApiResult<StatusCode> {
    let deletion = async move { actions::delete_account::delete(accounts.shared(), user.id).await };
    db::to_its_end(deletion).await?;
    Ok(StatusCode::NO_CONTENT)
}
