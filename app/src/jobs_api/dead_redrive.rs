use accounts::Admin;
use axum::Json;
use axum::extract::State;
use http_api::{ApiPath, ApiQuery, ApiResult, ErrorBody};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::view::Affected;
use super::{JobsApi, read_ids};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Query {
    /// Ids of jobs, separated by commas; all without it.
    pub(super) ids: Option<String>,
}

/// Send dead jobs back
///
/// They are queued again with all their attempts; their history stays. Those that aren't there are left out.
#[utoipa::path(
    post,
    path = "/api/v1/admin/queues/{name}/dead/redrive",
    operation_id = "redriveDeadJobs",
    tag = "Admin",
    security(("admin" = [])),
    params(("name" = String, Path, description = "The queue"), Query),
    responses(
        (status = 200, description = "How many were sent back", body = Affected),
        (status = 400, description = "`invalid_query`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 403, description = "`admin_only`", body = ErrorBody),
        (status = 404, description = "`queue_not_found`", body = ErrorBody),
    ),
)]
pub(super) async fn redrive_dead_jobs(
    admin: Admin,
    State(api): State<JobsApi>,
    ApiPath(name): ApiPath<String>,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<Json<Affected>> {
    let ids = read_ids(query.ids.as_deref())?;
    let mut act = api.begin_act(&name).await?;
    let count = api.jobs.redrive(&mut act, &name, ids.as_deref()).await?;
    let data = json!({ "count": count, "ids": ids });
    api.commit_act(act, admin, "dead_jobs.redriven", &name, data)
        .await?;
    Ok(Json(Affected { count }))
}
