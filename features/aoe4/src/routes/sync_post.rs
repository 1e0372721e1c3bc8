use accounts::CurrentUser;
use axum::extract::State;
use http_api::{ApiResult, ErrorBody};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Aoe4;
use crate::actions::sync;

/// What was brought over.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SyncView {
    /// Matches that AoE4World told of.
    synced: u64,
    /// Those of them that weren't here before.
    new: u64,
    /// False where older ones are still to come: call again, at once if you like.
    complete: bool,
}

/// Bring my matches over from AoE4World
///
/// Those that are new since the last time; at first all, five hundred at a time. One runs at a time, with a pause of half
/// a minute between two. If AoE4World goes away meanwhile, what came through is kept, and the next call goes on behind it.
#[utoipa::path(
    post,
    path = "/api/v1/games/sync",
    operation_id = "syncGames",
    tag = "Age of Empires IV",
    security(("user" = [])),
    responses(
        (status = 200, description = "What was brought over", body = SyncView),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 409, description = "`steam_not_linked`, `steam_not_verified`; `aoe4_profile_not_found`: AoE4World doesn't know the Steam account", body = ErrorBody),
        (status = 429, description = "`sync_running`, `synced_just_now`", body = ErrorBody),
        (status = 503, description = "`aoe4world_unavailable`; the sentence says how far it came", body = ErrorBody),
    ),
)]
pub(super) async fn sync_games(
    State(aoe4): State<Aoe4>,
    user: CurrentUser,
) -> ApiResult<axum::Json<SyncView>> {
    let synced = sync::sync(&aoe4, user.id).await?;
    Ok(axum::Json(SyncView {
        synced: synced.synced,
        new: synced.new,
        complete: synced.complete,
    }))
}
