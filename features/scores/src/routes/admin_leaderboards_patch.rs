use accounts::Admin;
use axum::extract::State;
use http_api::{ApiJson, ApiPath, ApiResult, ErrorBody};
use kernel::Tag;

use crate::Scores;
use crate::actions::manage_leaderboards::{self, ChangeLeaderboard, LeaderboardView};

/// Change a leaderboard
#[utoipa::path(
    patch,
    path = "/api/v1/admin/leaderboards/{id}",
    operation_id = "changeLeaderboard",
    tag = "Admin",
    security(("admin" = [])),
    params(("id" = Tag, Path, description = "The leaderboard")),
    request_body = ChangeLeaderboard,
    responses(
        (status = 200, description = "As it is now", body = LeaderboardView),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 403, description = "`admin_only`", body = ErrorBody),
        (status = 404, description = "`leaderboard_not_found`", body = ErrorBody),
        (status = 409, description = "`leaderboard_fixed`", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
    ),
)]
pub(super) async fn change_leaderboard(
    admin: Admin,
    State(scores): State<Scores>,
    ApiPath(id): ApiPath<Tag>,
    ApiJson(request): ApiJson<ChangeLeaderboard>,
) -> ApiResult<axum::Json<LeaderboardView>> {
    let changing = async move {
        manage_leaderboards::change_leaderboard(&scores, admin.id, id.as_str(), request).await
    };
    let changed = db::to_its_end(changing).await?;
    Ok(axum::Json(changed))
}
