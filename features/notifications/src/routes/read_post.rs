use accounts::CurrentUser;
use axum::extract::State;
use garde::Validate;
use http_api::{ApiJson, ApiResult, ErrorBody};
use kernel::NotificationId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Notifications;
use crate::actions::history;

#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadBody {
    /// Which; all of them if it is null or left out.
    #[garde(inner(length(max = 100)))]
    #[schema(max_items = 100)]
    ids: Option<Vec<NotificationId>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UnreadCount {
    /// What is left.
    unread_count: i64,
}

/// Mark as read
///
/// Those that are read already, or that aren't the caller's, are passed over.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/read",
    operation_id = "markNotificationsRead",
    tag = "Notifications",
    security(("user" = [])),
    request_body = ReadBody,
    responses(
        (status = 200, description = "Marked", body = UnreadCount),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
    ),
)]
pub(super) async fn mark_notifications_read(
    State(notifications): State<Notifications>,
    user: CurrentUser,
    ApiJson(body): ApiJson<ReadBody>,
) -> ApiResult<axum::Json<UnreadCount>> {
    let unread_count = history::mark_read(&notifications, user.id, body.ids).await?;
    Ok(axum::Json(UnreadCount { unread_count }))
}
