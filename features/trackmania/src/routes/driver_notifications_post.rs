use accounts::CurrentUser;
use axum::Json;
use axum::extract::State;
use garde::Validate;
use http::StatusCode;
use http_api::{ApiJson, ApiResult, ErrorBody};
use serde::Deserialize;
use utoipa::ToSchema;

use super::driver_notification_view::DriverNotificationView;
use crate::Trackmania;
use crate::actions::driver_notifications;

#[derive(Deserialize, Validate, ToSchema)]
#[schema(as = CreateDriverNotificationBody)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Body {
    #[garde(length(chars, min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40)]
    map_uid: String,
}

/// Watch my place on a map
///
/// It has to be among the best five now. Once a day it is looked whether others have driven better, and whether a record
/// was removed that was; what became of all places of a day is one `record_lost` event. A map that is watched already is
/// watched from now on, and as the account that is linked now.
#[utoipa::path(
    post,
    path = "/api/v1/driver-notifications",
    operation_id = "createDriverNotification",
    tag = "Trackmania",
    security(("user" = [])),
    request_body = Body,
    responses(
        (status = 200, description = "Watched already, and from now on", body = DriverNotificationView),
        (status = 201, description = "Watched", body = DriverNotificationView),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`map_not_found`", body = ErrorBody),
        (status = 409, description = "`trackmania_not_linked`; `trackmania_not_verified`: where claims don't do; `driver_notifications_too_many`: more than 100; `trackmania_not_configured`", body = ErrorBody),
        (status = 422, description = "`not_in_top_5`, `validation_failed`", body = ErrorBody),
        (status = 503, description = "`trackmania_unavailable`, `trackmania_account_refused`", body = ErrorBody),
    ),
)]
pub(super) async fn create_driver_notification(
    State(trackmania): State<Trackmania>,
    user: CurrentUser,
    ApiJson(body): ApiJson<Body>,
) -> ApiResult<(StatusCode, Json<DriverNotificationView>)> {
    let (watched, is_new) =
        driver_notifications::create(&trackmania, user.id, &body.map_uid).await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(watched.into())))
}
