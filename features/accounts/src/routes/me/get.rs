use axum::Json;
use axum::extract::State;
use http_api::{ApiResult, ErrorBody};

use crate::actions;
use crate::routes::view::MeView;
use crate::{Accounts, CurrentUser};

/// Who am I
#[utoipa::path(
    get,
    path = "/api/v1/me",
    operation_id = "getMe",
    tag = "accounts",
    security(("user" = [])),
    responses(
        (status = 200, description = "The caller", body = MeView),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
    )
)]
pub async fn get_me(
    State(accounts): State<Accounts>,
    user: CurrentUser,
) -> ApiResult<Json<MeView>> {
    let user = actions::profile::get(accounts.shared(), user.id).await?;
    Ok(Json(user.into()))
}
