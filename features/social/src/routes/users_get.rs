use accounts::MaybeUser;
use accounts::players::Player;
use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};
use kernel::{Cursor, FieldError, PageLimit, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::actions::company::Seen;
use crate::actions::search;
use crate::model::presence::PresenceView;
use crate::{Error, Social};

/// Of the text that is looked for, in characters.
const LONGEST: usize = 64;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// How the screen name begins, in upper or lower case: 1–64 characters.
    query: String,
    /// How many to list: 1–100.
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    limit: PageLimit,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// A user who was looked for.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FoundUser {
    id: UserId,
    screen_name: String,
    /// 0–999; clients map it to pictures.
    avatar: i16,
    /// Whether the caller follows the user; false for who isn't signed in.
    is_following: bool,
    presence: PresenceView,
}

/// A page of them, by name.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FoundUsers {
    users: Vec<FoundUser>,
    #[schema(value_type = Option<String>)]
    next_cursor: Option<Cursor>,
}

impl From<(Player, Seen)> for FoundUser {
    fn from((player, seen): (Player, Seen)) -> Self {
        Self {
            id: player.id,
            screen_name: player.screen_name,
            avatar: player.avatar,
            is_following: seen.followed,
            presence: seen.presence,
        }
    }
}

/// Look for users by the beginning of their screen names
#[utoipa::path(
    get,
    path = "/api/v1/users",
    operation_id = "findUsers",
    tag = "Players",
    security((), ("user" = [])),
    params(Query),
    responses(
        (status = 200, description = "A page", body = FoundUsers),
        (status = 400, description = "`invalid_query`, `invalid_cursor`", body = ErrorBody),
        (status = 401, description = "`invalid_token`: none is needed, but what is sent must be good", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
    ),
)]
pub(super) async fn find_users(
    State(social): State<Social>,
    MaybeUser(viewer): MaybeUser,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<axum::Json<FoundUsers>> {
    let prefix = query.query.trim();
    // PostgreSQL's text can't hold a zero byte, and no name does.
    if prefix.is_empty() || prefix.chars().count() > LONGEST || prefix.contains('\0') {
        let message = format!("must have 1 to {LONGEST} characters, as names do");
        return Err(Error::Invalid(vec![FieldError::new("query", message)]).into());
    }
    let viewer = viewer.map(|viewer| viewer.id);
    let cursor = query.cursor.as_deref();
    let page = search::search(&social, prefix, viewer, query.limit, cursor).await?;
    let page = page.map(FoundUser::from);
    Ok(axum::Json(FoundUsers {
        users: page.items,
        next_cursor: page.next,
    }))
}
