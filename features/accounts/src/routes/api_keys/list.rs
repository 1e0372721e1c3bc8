use axum::Json;
use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};

use crate::actions;
use crate::routes::input::ListQuery;
use crate::routes::view::{ApiKeyList, ApiKeyView};
use crate::{Accounts, Admin};

/// List the API keys
///
/// The newest first, those that were revoked too.
#[utoipa::path(
    get,
    path = "/api/v1/admin/api-keys",
    operation_id = "listApiKeys",
    tag = "admin",
    security(("admin" = [])),
    params(ListQuery),
    responses(
        (status = 200, description = "The keys, without the keys themselves", body = ApiKeyList),
        (status = 400, description = "`invalid_cursor` or `invalid_query`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 403, description = "`admin_only`", body = ErrorBody),
    )
)]
pub async fn list_api_keys(
    State(accounts): State<Accounts>,
    _: Admin,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ApiResult<Json<ApiKeyList>> {
    let page =
        actions::api_keys::list(accounts.shared(), query.limit, query.cursor.as_deref()).await?;
    let page = page.map(ApiKeyView::from);
    Ok(Json(ApiKeyList {
        api_keys: page.items,
        next_cursor: page.next,
    }))
}
