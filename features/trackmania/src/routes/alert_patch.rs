use std::collections::HashSet;

use accounts::CurrentUser;
use axum::Json;
use axum::extract::State;
use garde::Validate;
use http_api::{ApiJson, ApiPath, ApiResult, ErrorBody};
use kernel::AlertId;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::view::AlertView;
use crate::Trackmania;
use crate::actions::alerts;
use crate::model::map::is_uid;
use crate::model::search::Mode;
use crate::store::alerts::Change;

/// What is left out stays as it is.
#[derive(Deserialize, Validate, ToSchema)]
#[schema(as = ChangeAlertBody)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Body {
    /// Maps of which nothing is told, instead of those until now.
    #[garde(inner(length(max = 1_000), inner(custom(fits))))]
    #[schema(max_items = 1000)]
    muted_maps: Option<Vec<String>>,
    /// How what is new is found out; null: as the caller's `alertType` says.
    #[serde(default, deserialize_with = "given")]
    #[garde(skip)]
    #[schema(value_type = Option<Mode>)]
    r#type: Option<Option<Mode>>,
}

fn fits(uid: &str, _context: &()) -> garde::Result {
    if is_uid(uid) {
        return Ok(());
    }
    Err(garde::Error::new("must be the uid of a map"))
}

/// Tells a null from what was left out.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Mode>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Change one of my alerts
///
/// Of muted maps nothing is told; what was driven while a map was muted is not told later.
#[utoipa::path(
    patch,
    path = "/api/v1/alerts/{alertId}",
    operation_id = "changeAlert",
    tag = "Trackmania",
    security(("user" = [])),
    params(("alertId" = AlertId, Path, description = "The alert")),
    request_body = Body,
    responses(
        (status = 200, description = "The alert", body = AlertView),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`alert_not_found`: also one of somebody else", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
    ),
)]
pub(super) async fn change_alert(
    State(trackmania): State<Trackmania>,
    user: CurrentUser,
    ApiPath(id): ApiPath<AlertId>,
    ApiJson(body): ApiJson<Body>,
) -> ApiResult<Json<AlertView>> {
    let change = Change {
        muted_maps: body.muted_maps.map(each_once),
        mode: body.r#type,
    };
    let (alert, of_user) = alerts::change(&trackmania, user.id, id, change).await?;
    Ok(Json(AlertView::of(alert, of_user)))
}

fn each_once(mut uids: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    uids.retain(|uid| seen.insert(uid.clone()));
    uids
}
