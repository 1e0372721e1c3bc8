use accounts::CurrentUser;
use axum::extract::State;
use http::StatusCode;
use http_api::{ApiPath, ApiResult, ErrorBody};
use kernel::AlertId;

use crate::Trackmania;
use crate::actions::alerts;

/// Delete one of my alerts
#[utoipa::path(
    delete,
    path = "/api/v1/alerts/{alertId}",
    operation_id = "deleteAlert",
    tag = "Trackmania",
    security(("user" = [])),
    params(("alertId" = AlertId, Path, description = "The alert")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`alert_not_found`: also one of somebody else", body = ErrorBody),
    ),
)]
pub(super) async fn delete_alert(
    State(trackmania): State<Trackmania>,
    user: CurrentUser,
    ApiPath(id): ApiPath<AlertId>,
) -> ApiResult<StatusCode> {
    alerts::delete(&trackmania, user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
