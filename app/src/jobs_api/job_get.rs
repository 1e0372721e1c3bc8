use accounts::CurrentUser;
use axum::Json;
use axum::extract::State;
use http_api::{ApiPath, ApiResult, ErrorBody};
use kernel::JobId;

use super::JobsApi;
use super::error::JobsError;
use super::view::JobView;

/// See how one of your jobs is doing
#[utoipa::path(
    get,
    path = "/api/v1/jobs/{jobId}",
    operation_id = "getJob",
    tag = "Jobs",
    security(("user" = [])),
    params(("jobId" = JobId, Path, description = "The job")),
    responses(
        (status = 200, description = "The job", body = JobView),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`job_not_found`", body = ErrorBody),
    ),
)]
pub(super) async fn get_job(
    user: CurrentUser,
    State(api): State<JobsApi>,
    ApiPath(id): ApiPath<JobId>,
) -> ApiResult<Json<JobView>> {
    let mut tx = api.database.begin_as(user.id.uuid()).await?;
    let found = api.jobs.find(&mut tx, id).await?;
    Ok(Json(found.ok_or(JobsError::JobNotFound)?.into()))
}
