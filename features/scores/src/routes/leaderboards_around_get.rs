use accounts::MaybeUser;
use axum::extract::State;
use axum::response::Response;
use http_api::{ApiPath, ApiQuery, ApiResult, ErrorBody};
use kernel::{PageLimit, Tag, UserId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::json;
use super::leaderboards_entries_get::EntryList;
use crate::Scores;
use crate::actions::read_entries;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Query {
    /// How many to list: 1–100.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    limit: PageLimit,
}

/// List the entries around a player
///
/// The window is centred on the player, and shifted rather than shortened at both ends of the board.
#[utoipa::path(
    get,
    path = "/api/v1/leaderboards/{id}/around/{userId}",
    operation_id = "listEntriesAround",
    tag = "Leaderboards",
    security((), ("user" = [])),
    params(
        ("id" = Tag, Path, description = "The leaderboard", example = "global"),
        ("userId" = UserId, Path, description = "The player"),
        Query,
    ),
    responses(
        (status = 200, description = "The window; nextCursor is null", body = EntryList),
        (status = 400, description = "`invalid_query`", body = ErrorBody),
        (status = 401, description = "`invalid_token`: none is needed, but what is sent must be good", body = ErrorBody),
        (status = 404, description = "`leaderboard_not_found`, `not_ranked`", body = ErrorBody),
        (status = 503, description = "`leaderboard_loading`", body = ErrorBody),
    ),
)]
pub(super) async fn list_entries_around(
    State(scores): State<Scores>,
    MaybeUser(viewer): MaybeUser,
    ApiPath((id, user)): ApiPath<(Tag, UserId)>,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<Response> {
    let viewer = viewer.map(|viewer| viewer.id);
    let window = read_entries::around(&scores, id.as_str(), user, query.limit, viewer).await?;
    Ok(json(window))
}
