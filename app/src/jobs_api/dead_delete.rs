use accounts::Admin;
use axum::Json;
use axum::extract::State;
use http_api::{ApiPath, ApiQuery, ApiResult, ErrorBody};
use serde_json::json;

use super::dead_redrive::Query;
use super::view::Affected;
use super::{JobsApi, read_ids};

/// Drop dead jobs
///
/// For good. Those that aren't there are left out.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/queues/{name}/dead",
    operation_id = "dropDeadJobs",
    tag = "Admin",
    security(("admin" = [])),
    params(("name" = String, Path, description = "The queue"), Query),
    responses(
        (status = 200, description = "How many were dropped", body = Affected),
        (status = 400, description = "`invalid_query`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 403, description = "`admin_only`", body = ErrorBody),
        (status = 404, description = "`queue_not_found`", body = ErrorBody),
    ),
)]
pub(super) async fn drop_dead_jobs(
    admin: Admin,
    State(api): State<JobsApi>,
    ApiPath(name): ApiPath<String>,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<Json<Affected>> {
    let ids = read_ids(query.ids.as_deref())?;
    let mut act = api.begin_act(&name).await?;
    let count = api.jobs.drop_dead(&mut act, &name, ids.as_deref()).await?;
    let data = json!({ "count": count, "ids": ids });
    api.commit_act(act, admin, "dead_jobs.dropped", &name, data)
        .await?;
    Ok(Json(Affected { count }))
}
