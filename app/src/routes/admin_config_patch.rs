use std::collections::BTreeMap;

use accounts::Admin;
use axum::extract::State;
use garde::Validate;
use http_api::{ApiJson, ApiResult, ErrorBody};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::admin_config::SettingList;
use crate::settings::Settings;

/// Values by the names of settings; null for what the configuration says.
#[derive(Deserialize, Validate, ToSchema)]
#[schema(as = SettingChanges, example = json!({ "RATE_LIMIT_PER_IP": 200, "RATE_LIMIT_ENABLED": null }))]
#[garde(allow_unvalidated)]
#[serde(transparent)]
pub(super) struct Changes(BTreeMap<String, Option<Value>>);

/// Change settings
///
/// All of them or, where one isn't valid, none. They hold at once on every server, and after a restart. Each change is
/// in the audit log, with the value before and after.
#[utoipa::path(
    patch,
    path = "/api/v1/admin/config",
    operation_id = "changeConfig",
    tag = "admin",
    security(("admin" = [])),
    request_body = Changes,
    responses(
        (status = 200, description = "All settings, as changed", body = SettingList),
        (status = 422, description = "`validation_failed`: see `details`, by the names of the settings",
         body = ErrorBody),
    ),
)]
pub(super) async fn change_config(
    admin: Admin,
    State(settings): State<Settings>,
    ApiJson(Changes(changes)): ApiJson<Changes>,
) -> ApiResult<SettingList> {
    let changing = async move { settings.change(admin.id, changes).await };
    let present = db::to_its_end(changing).await?;
    Ok(SettingList::new(present))
}
