use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};
use kernel::{Cursor, Page, Tag};
use serde::Serialize;
use utoipa::ToSchema;

use super::Paging;
use crate::Scores;
use crate::actions::manage_leaderboards::{LeaderboardView, view};
use crate::model::GLOBAL;

/// A page of leaderboards.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LeaderboardList {
    leaderboards: Vec<LeaderboardView>,
    #[schema(value_type = Option<String>)]
    next_cursor: Option<Cursor>,
}

/// List the leaderboards
///
/// By id.
#[utoipa::path(
    get,
    path = "/api/v1/leaderboards",
    operation_id = "listLeaderboards",
    tag = "Leaderboards",
    security(()),
    params(Paging),
    responses(
        (status = 200, description = "A page", body = LeaderboardList),
        (status = 400, description = "`invalid_query`, `invalid_cursor`", body = ErrorBody),
        (status = 503, description = "`leaderboard_loading`", body = ErrorBody),
    ),
)]
pub(super) async fn list_leaderboards(
    State(scores): State<Scores>,
    ApiQuery(query): ApiQuery<Paging>,
) -> ApiResult<axum::Json<LeaderboardList>> {
    const LIST: &str = "leaderboards";
    let after: Option<Tag> = match &query.cursor {
        Some(cursor) => Some(Cursor::read(cursor, LIST)?),
        None => None,
    };
    let boards: Vec<_> = scores
        .boards
        .all()
        .into_iter()
        .filter(|board| after.as_ref().is_none_or(|after| board.id > *after))
        .take(query.limit.get() + 1)
        .collect();
    // `global` always exists; until it is known, no board is.
    scores.boards.get(GLOBAL)?;
    let page = Page::from_overfetched(boards, query.limit, |last| Cursor::new(LIST, &last.id));
    let leaderboards = page
        .items
        .iter()
        .map(|board| view(board))
        .collect::<Result<_, _>>()?;
    Ok(axum::Json(LeaderboardList {
        leaderboards,
        next_cursor: page.next,
    }))
}
