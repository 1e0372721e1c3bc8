use accounts::CurrentUser;
use axum::Json;
use axum::extract::State;
use garde::Validate;
use http_api::{ApiJson, ApiPath, ApiResult, ErrorBody};
use kernel::DriverNotificationId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::driver_notification_view::DriverNotificationView;
use crate::Trackmania;
use crate::actions::driver_notifications;

#[derive(Deserialize, Validate, ToSchema)]
#[schema(as = ChangeDriverNotificationBody)]
#[garde(allow_unvalidated)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Body {
    /// Whether it is checked. What became of the place while it was not is told by the next check.
    enabled: bool,
}

/// Change one of my driver notifications
#[utoipa::path(
    patch,
    path = "/api/v1/driver-notifications/{driverNotificationId}",
    operation_id = "changeDriverNotification",
    tag = "Trackmania",
    security(("user" = [])),
    params(("driverNotificationId" = DriverNotificationId, Path, description = "Which one")),
    request_body = Body,
    responses(
        (status = 200, description = "As it is now", body = DriverNotificationView),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`driver_notification_not_found`: also one of somebody else", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
    ),
)]
pub(super) async fn change_driver_notification(
    State(trackmania): State<Trackmania>,
    user: CurrentUser,
    ApiPath(id): ApiPath<DriverNotificationId>,
    ApiJson(body): ApiJson<Body>,
) -> ApiResult<Json<DriverNotificationView>> {
    let changed = driver_notifications::enable(&trackmania, user.id, id, body.enabled).await?;
    Ok(Json(changed.into()))
}
