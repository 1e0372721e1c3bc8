use accounts::Admin;
use axum::extract::State;
use http_api::{ApiPath, ApiResult, ErrorBody};
use kernel::Tag;

use crate::Scores;
use crate::actions::sync_leaderboard::{self, Synced};

/// Compare a leaderboard with PostgreSQL, and repair it
///
/// The server does so by itself where it has reason to; this is for whoever wants to be sure.
#[utoipa::path(
    post,
    path = "/api/v1/admin/leaderboards/{id}/sync",
    operation_id = "syncLeaderboard",
    tag = "Admin",
    security(("admin" = [])),
    params(("id" = Tag, Path, description = "The leaderboard", example = "global")),
    responses(
        (status = 200, description = "What was found", body = Synced),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 403, description = "`admin_only`", body = ErrorBody),
        (status = 404, description = "`leaderboard_not_found`", body = ErrorBody),
    ),
)]
pub(super) async fn sync_leaderboard(
    _admin: Admin,
    State(scores): State<Scores>,
    ApiPath(id): ApiPath<Tag>,
) -> ApiResult<axum::Json<Synced>> {
    let synced = sync_leaderboard::sync_leaderboard(&scores, id.as_str()).await?;
    Ok(axum::Json(synced))
}
