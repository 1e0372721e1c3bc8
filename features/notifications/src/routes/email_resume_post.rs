use accounts::CurrentUser;
use axum::extract::State;
use http::StatusCode;
use http_api::{ApiResult, ErrorBody};

use crate::Notifications;
use crate::actions::preferences;

/// Get mail again after it bounced
///
/// For whoever has put their mailbox right. Should mail bounce again, it is stopped again.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/email/resume",
    operation_id = "resumeEmail",
    tag = "Notifications",
    security(("user" = [])),
    responses(
        (status = 204, description = "Mail may come again"),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
    ),
)]
pub(super) async fn resume_email(
    State(notifications): State<Notifications>,
    user: CurrentUser,
) -> ApiResult<StatusCode> {
    preferences::resume_email(&notifications, user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
