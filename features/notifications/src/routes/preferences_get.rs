use accounts::CurrentUser;
use axum::extract::State;
use http_api::{ApiResult, ErrorBody};

use super::preferences::NotificationPreferences;
use crate::Notifications;
use crate::actions::preferences;

/// See which events the caller is told of, and how
#[utoipa::path(
    get,
    path = "/api/v1/notifications/preferences",
    operation_id = "getNotificationPreferences",
    tag = "Notifications",
    security(("user" = [])),
    responses(
        (status = 200, description = "All of it", body = NotificationPreferences),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
    ),
)]
pub(super) async fn get_notification_preferences(
    State(notifications): State<Notifications>,
    user: CurrentUser,
) -> ApiResult<axum::Json<NotificationPreferences>> {
    let seen = preferences::get(&notifications, user.id).await?;
    Ok(axum::Json(NotificationPreferences::of(
        &notifications,
        seen,
    )))
}
