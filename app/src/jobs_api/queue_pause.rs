use accounts::Admin;
use axum::extract::State;
use http::StatusCode;
use http_api::{ApiPath, ApiResult, ErrorBody};
use serde_json::json;

use super::JobsApi;

/// Pause a queue
///
/// None of its jobs is begun, on any server, until it is resumed. What runs goes on.
#[utoipa::path(
    post,
    path = "/api/v1/admin/queues/{name}/pause",
    operation_id = "pauseQueue",
    tag = "Admin",
    security(("admin" = [])),
    params(("name" = String, Path, description = "The queue")),
    responses(
        (status = 204, description = "Paused"),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 403, description = "`admin_only`", body = ErrorBody),
        (status = 404, description = "`queue_not_found`", body = ErrorBody),
    ),
)]
pub(super) async fn pause_queue(
    admin: Admin,
    State(api): State<JobsApi>,
    ApiPath(name): ApiPath<String>,
) -> ApiResult<StatusCode> {
    set_paused(&api, admin, &name, true).await
}

/// Resume a queue
#[utoipa::path(
    post,
    path = "/api/v1/admin/queues/{name}/resume",
    operation_id = "resumeQueue",
    tag = "Admin",
    security(("admin" = [])),
    params(("name" = String, Path, description = "The queue")),
    responses(
        (status = 204, description = "Its jobs are begun again"),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 403, description = "`admin_only`", body = ErrorBody),
        (status = 404, description = "`queue_not_found`", body = ErrorBody),
    ),
)]
pub(super) async fn resume_queue(
    admin: Admin,
    State(api): State<JobsApi>,
    ApiPath(name): ApiPath<String>,
) -> ApiResult<StatusCode> {
    set_paused(&api, admin, &name, false).await
}

async fn set_paused(
    api: &JobsApi,
    admin: Admin,
    queue: &str,
    paused: bool,
) -> ApiResult<StatusCode> {
    let mut act = api.begin_act(queue).await?;
    api.jobs.set_paused(&mut act, queue, paused).await?;
    let action = if paused {
        "queue.paused"
    } else {
        "queue.resumed"
    };
    api.commit_act(act, admin, action, queue, json!({})).await?;
    Ok(StatusCode::NO_CONTENT)
}
