use axum::extract::State;
use http_api::{ApiPath, ApiResult, ErrorBody};
use kernel::Tag;

use crate::Scores;
use crate::actions::manage_leaderboards::{LeaderboardView, view};

/// Read a leaderboard's description
#[utoipa::path(
    get,
    path = "/api/v1/leaderboards/{id}",
    operation_id = "getLeaderboard",
    tag = "Leaderboards",
    security(()),
    params(("id" = Tag, Path, description = "The leaderboard", example = "global")),
    responses(
        (status = 200, description = "The leaderboard, without its entries", body = LeaderboardView),
        (status = 404, description = "`leaderboard_not_found`", body = ErrorBody),
        (status = 503, description = "`leaderboard_loading`", body = ErrorBody),
    ),
)]
pub(super) async fn get_leaderboard(
    State(scores): State<Scores>,
    ApiPath(id): ApiPath<Tag>,
) -> ApiResult<axum::Json<LeaderboardView>> {
    let board = scores.boards.get(id.as_str())?;
    Ok(axum::Json(view(&board)?))
}
