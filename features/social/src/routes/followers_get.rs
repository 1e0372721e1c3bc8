use accounts::CurrentUser;
use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};

use super::following_get::ListQuery;
use super::view::ListedUsers;
use crate::Social;
use crate::actions::lists::List;

/// List who follows a user
///
/// A list that is read right after the caller followed somebody shows the caller.
#[utoipa::path(
    get,
    path = "/api/v1/followers",
    operation_id = "listFollowers",
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
pub(super) async fn list_followers(
    State(social): State<Social>,
    user: CurrentUser,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ApiResult<axum::Json<ListedUsers>> {
    query.read(&social, List::Followers, user.id).await
}
