use accounts::Admin;
use axum::extract::State;
use http::StatusCode;
use http_api::{ApiJson, ApiResult, ErrorBody};

use crate::Scores;
use crate::actions::manage_leaderboards::{self, CreateLeaderboard, LeaderboardView};

/// Make a leaderboard
///
/// A game may have several. A new one begins empty; plays from then on count on it.
#[utoipa::path(
    post,
    path = "/api/v1/admin/leaderboards",
    operation_id = "createLeaderboard",
    tag = "Admin",
    security(("admin" = [])),
    request_body = CreateLeaderboard,
    responses(
        (status = 201, description = "Made", body = LeaderboardView),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 403, description = "`admin_only`", body = ErrorBody),
        (status = 409, description = "`leaderboard_exists`", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
    ),
)]
pub(super) async fn create_leaderboard(
    admin: Admin,
    State(scores): State<Scores>,
    ApiJson(request): ApiJson<CreateLeaderboard>,
) -> ApiResult<(StatusCode, axum::Json<LeaderboardView>)> {
    let making =
        async move { manage_leaderboards::create_leaderboard(&scores, admin.id, request).await };
    let made = db::to_its_end(making).await?;
    Ok((StatusCode::CREATED, axum::Json(made)))
}
