use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};
use kernel::{Cursor, PageLimit};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::AdminUserView;
use crate::actions;
use crate::routes::view::Private;
use crate::{Accounts, Admin};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    /// An id, an e-mail, or how a screen name begins; upper and lower case are alike. Without it everybody is listed,
    /// the newest first.
    #[param(example = "ada")]
    query: Option<String>,
    /// How many users to answer with.
    #[serde(default)]
    #[param(value_type = u8, minimum = 1, maximum = 100, default = 20)]
    limit: PageLimit,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdminUserList {
    users: Vec<AdminUserView>,
    #[schema(value_type = Option<String>)]
    next_cursor: Option<Cursor>,
}

/// Look users up
#[utoipa::path(
    get,
    path = "/api/v1/admin/users",
    operation_id = "listUsers",
    tag = "admin",
    security(("admin" = [])),
    params(UserQuery),
    responses(
        (status = 200, description = "The users", body = AdminUserList),
        (status = 400, description = "`invalid_cursor` or `invalid_query`", body = ErrorBody),
    )
)]
pub async fn list_users(
    State(accounts): State<Accounts>,
    _: Admin,
    ApiQuery(query): ApiQuery<UserQuery>,
) -> ApiResult<Private<AdminUserList>> {
    let page = actions::manage_users::list(
        accounts.shared(),
        query.query.as_deref(),
        query.limit,
        query.cursor.as_deref(),
    )
    .await?;
    let page = page.map(AdminUserView::from);
    Ok(Private(AdminUserList {
        users: page.items,
        next_cursor: page.next,
    }))
}
