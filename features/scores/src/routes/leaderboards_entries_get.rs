use accounts::MaybeUser;
use axum::extract::State;
use axum::response::Response;
use http_api::{ApiPath, ApiQuery, ApiResult, ErrorBody};
use kernel::{PageLimit, Tag};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::json;
use crate::Scores;
use crate::actions::read_entries::{self, PageRequest};
use crate::boards::EntryView;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Query {
    /// How many to list: 1–100.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    limit: PageLimit,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
    /// A finished period of a leaderboard that is reset; the present one if left out.
    #[param(minimum = 0)]
    period: Option<i32>,
    /// Whom to rank; everybody if left out.
    #[param(inline)]
    scope: Option<Scope>,
}

/// Whom a list of entries ranks.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Scope {
    /// Those whom the caller follows, and the caller: ranks and total are those among them.
    Following,
}

/// A page of a leaderboard.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryList {
    /// The leaderboard's id.
    #[schema(example = "global")]
    leaderboard: Tag,
    /// Counts the changes of this leaderboard. 0 for a finished period.
    version: u64,
    /// How many players are on it.
    total: u64,
    /// Best first.
    entries: Vec<EntryView>,
    next_cursor: Option<String>,
}

/// List a leaderboard's entries
///
/// Best first. Equal scores: whoever reached the score first, then by user id. A caller who is signed in also learns who is
/// online, and whom they follow.
#[utoipa::path(
    get,
    path = "/api/v1/leaderboards/{id}/entries",
    operation_id = "listEntries",
    tag = "Leaderboards",
    security((), ("user" = [])),
    params(("id" = Tag, Path, description = "The leaderboard", example = "global"), Query),
    responses(
        (status = 200, description = "A page", body = EntryList),
        (status = 400, description = "`invalid_query`, `invalid_cursor`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`: for `scope=following`; `invalid_token`: what is sent must be good", body = ErrorBody),
        (status = 404, description = "`leaderboard_not_found`, `period_not_found`", body = ErrorBody),
        (status = 503, description = "`leaderboard_loading`", body = ErrorBody),
    ),
)]
pub(super) async fn list_entries(
    State(scores): State<Scores>,
    MaybeUser(viewer): MaybeUser,
    ApiPath(id): ApiPath<Tag>,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<Response> {
    let viewer = viewer.map(|viewer| viewer.id);
    let circle_of = match query.scope {
        Some(Scope::Following) => Some(viewer.ok_or(accounts::Error::Unauthenticated)?),
        None => None,
    };
    let page = PageRequest {
        limit: query.limit,
        cursor: query.cursor,
        period: query.period,
        viewer,
        circle_of,
    };
    let entries = read_entries::entries(&scores, id.as_str(), &page).await?;
    Ok(json(entries))
}
