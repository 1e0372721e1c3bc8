use accounts::CurrentUser;
use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};
use kernel::{Cursor, Moment, PageLimit, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Social;
use crate::actions::block::{self, Blocked};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Query {
    /// How many to list: 1–100.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    limit: PageLimit,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// Somebody whom the caller has blocked.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct BlockedUser {
    user_id: UserId,
    screen_name: String,
    /// 0–999; clients map it to pictures.
    avatar: i16,
    blocked_at: Moment,
}

/// A page of them, in the order of their ids.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct BlockedUsers {
    users: Vec<BlockedUser>,
    #[schema(value_type = Option<String>)]
    next_cursor: Option<Cursor>,
}

impl From<Blocked> for BlockedUser {
    fn from(blocked: Blocked) -> Self {
        Self {
            user_id: blocked.player.id,
            screen_name: blocked.player.screen_name,
            avatar: blocked.player.avatar,
            blocked_at: blocked.at.into(),
        }
    }
}

/// List whom the caller has blocked
#[utoipa::path(
    get,
    path = "/api/v1/blocks",
    operation_id = "listBlocks",
    tag = "Followers",
    security(("user" = [])),
    params(Query),
    responses(
        (status = 200, description = "A page", body = BlockedUsers),
        (status = 400, description = "`invalid_query`, `invalid_cursor`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
    ),
)]
pub(super) async fn list_blocks(
    State(social): State<Social>,
    user: CurrentUser,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<axum::Json<BlockedUsers>> {
    let page = block::list(&social, user.id, query.limit, query.cursor.as_deref()).await?;
    let page = page.map(BlockedUser::from);
    Ok(axum::Json(BlockedUsers {
        users: page.items,
        next_cursor: page.next,
    }))
}
