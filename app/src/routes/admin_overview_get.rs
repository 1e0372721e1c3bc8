use accounts::{Admin, SessionsOverview, UsersOverview};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use http_api::{ApiQuery, ApiResult, ErrorBody};
use kernel::{Day, Moment};
use notifications::MailsOverview;
use scores::ScoresOverview;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::overview::{
    JobsOverview, LeaderboardsOverview, Overview, StreamsOverview, TrackmaniaOverview,
};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Query {
    /// A day in UTC; today if left out.
    #[param(value_type = Option<String>, format = Date, example = "2026-11-21")]
    date: Option<Day>,
}

/// A day at a glance.
#[derive(ToSchema)]
#[schema(as = Overview, rename_all = "camelCase")]
#[expect(
    dead_code,
    reason = "only describes what the sections make; a test compares the two"
)]
pub(super) struct OverviewView {
    date: Day,
    /// When it was put together, up to ten seconds ago.
    as_of: Moment,
    users: UsersOverview,
    sessions: SessionsOverview,
    scores: ScoresOverview,
    leaderboards: LeaderboardsOverview,
    jobs: JobsOverview,
    mails: MailsOverview,
    trackmania: TrackmaniaOverview,
    streams: StreamsOverview,
}

/// A day at a glance
///
/// What happened on a day in UTC, and how many of what there are now.
#[utoipa::path(
    get,
    path = "/api/v1/admin/overview",
    operation_id = "getOverview",
    tag = "admin",
    security(("admin" = [])),
    params(Query),
    responses(
        (status = 200, description = "The day", body = OverviewView),
        (status = 400, description = "`invalid_query`: not a day", body = ErrorBody),
    ),
)]
pub(super) async fn get_overview(
    _: Admin,
    State(overview): State<Overview>,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<Response> {
    let overview = overview.read(query.date).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(overview)).into_response())
}
