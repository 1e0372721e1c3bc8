use axum::Json;
use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};

use crate::actions;
use crate::routes::input::ListQuery;
use crate::routes::view::{SessionList, SessionView};
use crate::{Accounts, CurrentUser};

/// List the devices that are signed in
///
/// The newest first.
#[utoipa::path(
    get,
    path = "/api/v1/auth/sessions",
    operation_id = "listSessions",
    tag = "accounts",
    security(("user" = [])),
    params(ListQuery),
    responses(
        (status = 200, description = "The devices", body = SessionList),
        (status = 400, description = "`invalid_cursor` or `invalid_query`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
    )
)]
pub async fn list_sessions(
    State(accounts): State<Accounts>,
    user: CurrentUser,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ApiResult<Json<SessionList>> {
    let page = actions::sessions::list(
        accounts.shared(),
        user,
        query.limit,
        query.cursor.as_deref(),
    )
    .await?;
    let page = page.map(|session| SessionView::new(session, user.session));
    Ok(Json(SessionList {
        sessions: page.items,
        next_cursor: page.next,
    }))
}
