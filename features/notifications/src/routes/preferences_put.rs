use accounts::CurrentUser;
use axum::extract::State;
use http::header;
use http_api::{ApiJson, ApiResult, ErrorBody};

use super::preferences::{NotificationPreferences, PreferencesBody};
use crate::Notifications;
use crate::actions::preferences;

/// Say which events to be told of, and how
///
/// Replaces all of it. A webhook gets a secret when its address is new; the answer shows it this once.
#[utoipa::path(
    put,
    path = "/api/v1/notifications/preferences",
    operation_id = "putNotificationPreferences",
    tag = "Notifications",
    security(("user" = [])),
    request_body = PreferencesBody,
    responses(
        (status = 200, description = "All of it", body = NotificationPreferences),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
    ),
)]
pub(super) async fn put_notification_preferences(
    State(notifications): State<Notifications>,
    user: CurrentUser,
    ApiJson(body): ApiJson<PreferencesBody>,
) -> ApiResult<(
    [(header::HeaderName, &'static str); 1],
    axum::Json<NotificationPreferences>,
)> {
    let seen = preferences::put(&notifications, user.id, body.read()?).await?;
    let view = NotificationPreferences::of(&notifications, seen);
    // It may hold the secret.
    Ok(([(header::CACHE_CONTROL, "no-store")], axum::Json(view)))
}
