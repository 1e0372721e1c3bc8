use accounts::MaybeUser;
use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};
use kernel::{Cursor, PageLimit, Tag};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Scores;
use crate::actions::recent_scores::{self, RecentScore};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Query {
    /// Only scores of this game.
    game_id: Option<Tag>,
    /// How many to list: 1–100.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    limit: PageLimit,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// A page of verified scores.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScoreList {
    scores: Vec<RecentScore>,
    #[schema(value_type = Option<String>)]
    next_cursor: Option<Cursor>,
}

/// List the latest verified scores
///
/// Newest first. A caller who is signed in also learns whom they follow.
#[utoipa::path(
    get,
    path = "/api/v1/scores",
    operation_id = "listScores",
    tag = "Scores",
    security((), ("user" = [])),
    params(Query),
    responses(
        (status = 200, description = "A page", body = ScoreList),
        (status = 400, description = "`invalid_query`, `invalid_cursor`", body = ErrorBody),
        (status = 401, description = "`invalid_token`: none is needed, but what is sent must be good", body = ErrorBody),
    ),
)]
pub(super) async fn list_scores(
    State(scores): State<Scores>,
    MaybeUser(viewer): MaybeUser,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<axum::Json<ScoreList>> {
    let page = recent_scores::recent_scores(
        &scores,
        viewer.map(|viewer| viewer.id),
        query.game_id.as_ref(),
        query.limit,
        query.cursor.as_deref(),
    )
    .await?;
    Ok(axum::Json(ScoreList {
        scores: page.items,
        next_cursor: page.next,
    }))
}
