use accounts::CurrentUser;
use axum::Json;
use axum::extract::State;
use http_api::{ApiPath, ApiResult, ErrorBody};
use jobs::Cancel;
use kernel::JobId;

use super::JobsApi;
use super::error::JobsError;
use super::view::JobView;

/// Cancel one of your jobs
///
/// Only what has not begun can be cancelled; between two attempts a job has not begun again.
#[utoipa::path(
    delete,
    path = "/api/v1/jobs/{jobId}",
    operation_id = "cancelJob",
    tag = "Jobs",
    security(("user" = [])),
    params(("jobId" = JobId, Path, description = "The job")),
    responses(
        (status = 200, description = "The job, cancelled", body = JobView),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`job_not_found`", body = ErrorBody),
        (status = 409, description = "`job_already_begun`", body = ErrorBody),
    ),
)]
pub(super) async fn cancel_job(
    user: CurrentUser,
    State(api): State<JobsApi>,
    ApiPath(id): ApiPath<JobId>,
) -> ApiResult<Json<JobView>> {
    let mut tx = api.database.begin_as(user.id.uuid()).await?;
    match api.jobs.cancel(&mut tx, id).await? {
        Cancel::Cancelled(found) => {
            tx.commit().await.map_err(db::Error::from)?;
            Ok(Json(found.into()))
        }
        Cancel::TooLate(_) => Err(JobsError::JobBegun.into()),
        Cancel::NotFound => Err(JobsError::JobNotFound.into()),
    }
}
