use accounts::CurrentUser;
use axum::extract::State;
use http::StatusCode;
use http_api::{ApiPath, ApiResult, ErrorBody};
use kernel::DriverNotificationId;

use crate::Trackmania;
use crate::actions::driver_notifications;

/// Watch one of my places no more
#[utoipa::path(
    delete,
    path = "/api/v1/driver-notifications/{driverNotificationId}",
    operation_id = "deleteDriverNotification",
    tag = "Trackmania",
    security(("user" = [])),
    params(("driverNotificationId" = DriverNotificationId, Path, description = "Which one")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`driver_notification_not_found`: also one of somebody else", body = ErrorBody),
    ),
)]
pub(super) async fn delete_driver_notification(
    State(trackmania): State<Trackmania>,
    user: CurrentUser,
    ApiPath(id): ApiPath<DriverNotificationId>,
) -> ApiResult<StatusCode> {
    driver_notifications::delete(&trackmania, user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
