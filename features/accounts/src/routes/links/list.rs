use axum::Json;
use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};

use crate::actions;
use crate::routes::input::ListQuery;
use crate::routes::view::{LinkList, LinkView};
use crate::{Accounts, CurrentUser};

/// List my accounts elsewhere
#[utoipa::path(
    get,
    path = "/api/v1/links",
    operation_id = "listLinks",
    tag = "accounts",
    security(("user" = [])),
    params(ListQuery),
    responses(
        (status = 200, description = "The links", body = LinkList),
        (status = 400, description = "`invalid_cursor` or `invalid_query`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
    )
)]
pub async fn list_links(
    State(accounts): State<Accounts>,
    user: CurrentUser,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ApiResult<Json<LinkList>> {
    let page = actions::links::list(
        accounts.shared(),
        user.id,
        query.limit,
        query.cursor.as_deref(),
    )
    .await?;
    let page = page.map(LinkView::from);
    Ok(Json(LinkList {
        links: page.items,
        next_cursor: page.next,
    }))
}
