use accounts::MaybeUser;
use axum::extract::State;
use axum::response::Response;
use http_api::{ApiPath, ApiResult, ErrorBody};
use kernel::{Tag, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use super::json;
use crate::Scores;
use crate::actions::read_entries;
use crate::boards::EntryView;

/// A player's place, and how many stand behind it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EntryWithPercentile {
    #[serde(flatten)]
    entry: EntryView,
    /// How many of a hundred other players stand behind, to two decimals.
    #[schema(example = 98.5, minimum = 0, maximum = 100)]
    percentile: f64,
}

/// Read one player's entry
#[utoipa::path(
    get,
    path = "/api/v1/leaderboards/{id}/entries/{userId}",
    operation_id = "getEntry",
    tag = "Leaderboards",
    security((), ("user" = [])),
    params(
        ("id" = Tag, Path, description = "The leaderboard", example = "global"),
        ("userId" = UserId, Path, description = "The player"),
    ),
    responses(
        (status = 200, description = "The entry", body = EntryWithPercentile),
        (status = 401, description = "`invalid_token`: none is needed, but what is sent must be good", body = ErrorBody),
        (status = 404, description = "`leaderboard_not_found`, `not_ranked`", body = ErrorBody),
        (status = 503, description = "`leaderboard_loading`", body = ErrorBody),
    ),
)]
pub(super) async fn get_entry(
    State(scores): State<Scores>,
    MaybeUser(viewer): MaybeUser,
    ApiPath((id, user)): ApiPath<(Tag, UserId)>,
) -> ApiResult<Response> {
    let viewer = viewer.map(|viewer| viewer.id);
    let entry = read_entries::entry(&scores, id.as_str(), user, viewer).await?;
    Ok(json(entry))
}
