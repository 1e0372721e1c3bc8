use accounts::Admin;
use axum::Json;
use axum::extract::State;
use http_api::{ApiPath, ApiQuery, ApiResult, ErrorBody};
use jiff::Timestamp;
use kernel::{Cursor, Page, PageLimit};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::JobsApi;
use super::error::JobsError;
use super::view::{DeadJobList, DeadJobView};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Query {
    /// Only those whose kind or errors hold this text.
    query: Option<String>,
    /// How many to list: 1–100.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    limit: PageLimit,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// List the dead jobs of a queue
///
/// The latest first, with the whole history of their errors.
#[utoipa::path(
    get,
    path = "/api/v1/admin/queues/{name}/dead",
    operation_id = "listDeadJobs",
    tag = "Admin",
    security(("admin" = [])),
    params(("name" = String, Path, description = "The queue"), Query),
    responses(
        (status = 200, description = "A page", body = DeadJobList),
        (status = 400, description = "`invalid_query`, `invalid_cursor`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 403, description = "`admin_only`", body = ErrorBody),
        (status = 404, description = "`queue_not_found`", body = ErrorBody),
    ),
)]
pub(super) async fn list_dead_jobs(
    _: Admin,
    State(api): State<JobsApi>,
    ApiPath(name): ApiPath<String>,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<Json<DeadJobList>> {
    drop(api.begin_act(&name).await?);
    let list = format!("dead:{name}");
    let before = query
        .cursor
        .map(|cursor| Cursor::read::<(Timestamp, Uuid)>(&cursor, &list))
        .transpose()
        .map_err(JobsError::from)?;
    let most = query.limit.get() + 1;
    let dead = api
        .jobs
        .dead(&name, query.query.as_deref(), before, most)
        .await?;
    let page = Page::from_overfetched(dead, query.limit, |last| {
        Cursor::new(&list, &(last.died_at, last.id.uuid()))
    });
    let page = page.map(DeadJobView::from);
    Ok(Json(DeadJobList {
        jobs: page.items,
        next_cursor: page.next,
    }))
}
