use accounts::CurrentUser;
use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};
use kernel::{Cursor, PageLimit};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::view::GameView;
use crate::Aoe4;
use crate::actions::games;

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

/// A page of matches, the newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Games {
    games: Vec<GameView>,
    #[schema(value_type = Option<String>)]
    next_cursor: Option<Cursor>,
}

/// List my matches
///
/// Those that were brought over from AoE4World, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/games",
    operation_id = "listGames",
    tag = "Age of Empires IV",
    security(("user" = [])),
    params(Query),
    responses(
        (status = 200, description = "A page", body = Games),
        (status = 400, description = "`invalid_query`, `invalid_cursor`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
    ),
)]
pub(super) async fn list_games(
    State(aoe4): State<Aoe4>,
    user: CurrentUser,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<axum::Json<Games>> {
    let page = games::list(&aoe4, user.id, query.limit, query.cursor.as_deref()).await?;
    let page = page.map(GameView::from);
    Ok(axum::Json(Games {
        games: page.items,
        next_cursor: page.next,
    }))
}
