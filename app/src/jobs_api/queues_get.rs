use accounts::Admin;
use axum::Json;
use axum::extract::State;
use http_api::{ApiResult, ErrorBody};

use super::JobsApi;
use super::view::{QueueList, QueueView};

/// List the queues
///
/// All of them, with how much waits, since when, and how much was done in the last minute.
#[utoipa::path(
    get,
    path = "/api/v1/admin/queues",
    operation_id = "listQueues",
    tag = "Admin",
    security(("admin" = [])),
    responses(
        (status = 200, description = "The queues, by name", body = QueueList),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 403, description = "`admin_only`", body = ErrorBody),
    ),
)]
pub(super) async fn list_queues(
    _: Admin,
    State(api): State<JobsApi>,
) -> ApiResult<Json<QueueList>> {
    let queues = api.jobs.queues().await?;
    Ok(Json(QueueList {
        queues: queues.into_iter().map(QueueView::from).collect(),
        next_cursor: None,
    }))
}
