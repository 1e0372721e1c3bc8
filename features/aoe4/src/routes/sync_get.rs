use accounts::CurrentUser;
use axum::extract::State;
use http_api::{ApiResult, ErrorBody};
use kernel::Moment;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Aoe4;
use crate::actions::sync;
use crate::store::syncs::SyncState;

/// How far the caller's matches are here.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SyncStateView {
    /// Whom AoE4World takes the caller for; null until the first sync.
    profile_id: Option<u64>,
    running: bool,
    /// Whether the last sync came to its end: all matches until then are here.
    complete: bool,
    last_sync_at: Option<Moment>,
    /// Why the last one broke off.
    error: Option<String>,
    /// Matches that are here.
    games: u64,
}

impl From<Option<SyncState>> for SyncStateView {
    fn from(state: Option<SyncState>) -> Self {
        match state {
            Some(state) => Self {
                profile_id: state.profile_id,
                running: state.running,
                complete: state.complete,
                last_sync_at: state.ended_at.map(Moment),
                error: state.error,
                games: state.games,
            },
            None => Self {
                profile_id: None,
                running: false,
                complete: false,
                last_sync_at: None,
                error: None,
                games: 0,
            },
        }
    }
}

/// Ask how far my matches are here
#[utoipa::path(
    get,
    path = "/api/v1/games/sync",
    operation_id = "getGamesSync",
    tag = "Age of Empires IV",
    security(("user" = [])),
    responses(
        (status = 200, description = "How far they are", body = SyncStateView),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
    ),
)]
pub(super) async fn get_sync(
    State(aoe4): State<Aoe4>,
    user: CurrentUser,
) -> ApiResult<axum::Json<SyncStateView>> {
    Ok(axum::Json(sync::state(&aoe4, user.id).await?.into()))
}
