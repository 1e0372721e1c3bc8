use accounts::CurrentUser;
use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};
use kernel::{PageLimit, UserId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::ListedUsers;
use crate::Social;
use crate::actions::lists::{self, List};

/// Of whom, and where it goes on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListQuery {
    /// Another user's list instead of the caller's own.
    user_id: Option<UserId>,
    /// How many to list: 1–100.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    limit: PageLimit,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

impl ListQuery {
    pub(super) async fn read(
        self,
        social: &Social,
        list: List,
        caller: UserId,
    ) -> ApiResult<axum::Json<ListedUsers>> {
        let of = self.user_id.unwrap_or(caller);
        let cursor = self.cursor.as_deref();
        let page = lists::read(social, list, of, caller, self.limit, cursor).await?;
        Ok(axum::Json(page.into()))
    }
}

/// List whom a user follows
///
/// A list that is read right after a follow shows it.
#[utoipa::path(
    get,
    path = "/api/v1/following",
    operation_id = "listFollowing",
    tag = "Followers",
    security(("user" = [])),
    params(ListQuery),
    responses(
        (status = 200, description = "A page", body = ListedUsers),
        (status = 400, description = "`invalid_query`, `invalid_cursor`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 404, description = "`user_not_found`", body = ErrorBody),
    ),
)]
pub(super) async fn list_following(
    State(social): State<Social>,
    user: CurrentUser,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ApiResult<axum::Json<ListedUsers>> {
    query.read(&social, List::Following, user.id).await
}
