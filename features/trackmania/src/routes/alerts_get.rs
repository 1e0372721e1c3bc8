use accounts::CurrentUser;
use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};
use kernel::{Cursor, PageLimit};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::view::AlertView;
use crate::Trackmania;
use crate::actions::alerts;

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

/// A page of alerts, the newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Alerts {
    alerts: Vec<AlertView>,
    #[schema(value_type = Option<String>)]
    next_cursor: Option<Cursor>,
}

/// List my alerts
#[utoipa::path(
    get,
    path = "/api/v1/alerts",
    operation_id = "listAlerts",
    tag = "Trackmania",
    security(("user" = [])),
    params(Query),
    responses(
        (status = 200, description = "A page", body = Alerts),
        (status = 400, description = "`invalid_query`, `invalid_cursor`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
    ),
)]
pub(super) async fn list_alerts(
    State(trackmania): State<Trackmania>,
    user: CurrentUser,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<axum::Json<Alerts>> {
    let cursor = query.cursor.as_deref();
    let (page, of_user) = alerts::list(&trackmania, user.id, query.limit, cursor).await?;
    let page = page.map(|alert| AlertView::of(alert, of_user));
    Ok(axum::Json(Alerts {
        alerts: page.items,
        next_cursor: page.next,
    }))
}
