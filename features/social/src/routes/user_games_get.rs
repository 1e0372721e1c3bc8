use axum::extract::State;
use http_api::{ApiPath, ApiQuery, ApiResult, ErrorBody};
use kernel::{Cursor, PageLimit, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::view::PlayedGame;
use crate::Social;
use crate::actions::profile;

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

/// A page of games, the last played first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlayedGames {
    games: Vec<PlayedGame>,
    #[schema(value_type = Option<String>)]
    next_cursor: Option<Cursor>,
}

/// List what a player has played
///
/// The last played first. A game that is played while somebody pages moves to the front, and isn't shown again.
#[utoipa::path(
    get,
    path = "/api/v1/users/{userId}/games",
    operation_id = "listUserGames",
    tag = "Players",
    security(()),
    params(("userId" = UserId, Path, description = "The player"), Query),
    responses(
        (status = 200, description = "A page", body = PlayedGames),
        (status = 400, description = "`invalid_query`, `invalid_cursor`", body = ErrorBody),
        (status = 404, description = "`user_not_found`", body = ErrorBody),
        (status = 503, description = "`leaderboard_loading`", body = ErrorBody),
    ),
)]
pub(super) async fn list_user_games(
    State(social): State<Social>,
    ApiPath(user): ApiPath<UserId>,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<axum::Json<PlayedGames>> {
    let page = profile::games(&social, user, query.limit, query.cursor.as_deref()).await?;
    let page = page.map(PlayedGame::from);
    Ok(axum::Json(PlayedGames {
        games: page.items,
        next_cursor: page.next,
    }))
}
