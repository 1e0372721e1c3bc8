use accounts::Admin;
use axum::extract::State;
use http::StatusCode;
use http_api::{ApiPath, ApiResult, ErrorBody};
use kernel::Tag;

use crate::Scores;
use crate::actions::manage_leaderboards;

/// Delete a leaderboard
///
/// With its scores, of every period. The audit trail and the players' statistics stay. A game's own
/// leaderboard is made anew, empty, at the game's next verified score.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/leaderboards/{id}",
    operation_id = "deleteLeaderboard",
    tag = "Admin",
    security(("admin" = [])),
    params(("id" = Tag, Path, description = "The leaderboard")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 403, description = "`admin_only`", body = ErrorBody),
        (status = 404, description = "`leaderboard_not_found`", body = ErrorBody),
        (status = 409, description = "`leaderboard_fixed`: `global` stays", body = ErrorBody),
    ),
)]
pub(super) async fn delete_leaderboard(
    admin: Admin,
    State(scores): State<Scores>,
    ApiPath(id): ApiPath<Tag>,
) -> ApiResult<StatusCode> {
    let deletion = async move {
        manage_leaderboards::delete_leaderboard(&scores, admin.id, id.as_str()).await
    };
    db::to_its_end(deletion).await?;
    Ok(StatusCode::NO_CONTENT)
}
