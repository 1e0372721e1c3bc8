use accounts::CurrentUser;
use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};
use kernel::{Cursor, PageLimit};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::driver_notification_view::DriverNotificationView;
use crate::Trackmania;
use crate::actions::driver_notifications;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Query {
    /// How many to list: 1–100.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    limit: PageLimit,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// A page of driver notifications, the newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DriverNotifications {
    driver_notifications: Vec<DriverNotificationView>,
    #[schema(value_type = Option<String>)]
    next_cursor: Option<Cursor>,
}

/// List my driver notifications
#[utoipa::path(
    get,
    path = "/api/v1/driver-notifications",
    operation_id = "listDriverNotifications",
    tag = "Trackmania",
    security(("user" = [])),
    params(Query),
    responses(
        (status = 200, description = "A page", body = DriverNotifications),
        (status = 400, description = "`invalid_query`, `invalid_cursor`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
    ),
)]
pub(super) async fn list_driver_notifications(
    State(trackmania): State<Trackmania>,
    user: CurrentUser,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<axum::Json<DriverNotifications>> {
    let cursor = query.cursor.as_deref();
    let page = driver_notifications::list(&trackmania, user.id, query.limit, cursor).await?;
    let page = page.map(DriverNotificationView::from);
    Ok(axum::Json(DriverNotifications {
        driver_notifications: page.items,
        next_cursor: page.next,
    }))
}
