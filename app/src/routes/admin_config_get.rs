use accounts::Admin;
use axum::extract::State;
use http_api::ApiResult;

use super::admin_config::SettingList;
use crate::settings::Settings;

/// List the settings that may change
///
/// Those that can be changed while the server runs, as they are in force. All others are for the environment, and
/// `grandstand config` prints them.
#[utoipa::path(
    get,
    path = "/api/v1/admin/config",
    operation_id = "getConfig",
    tag = "admin",
    security(("admin" = [])),
    responses((status = 200, description = "The settings", body = SettingList)),
)]
pub(super) async fn get_config(
    _: Admin,
    State(settings): State<Settings>,
) -> ApiResult<SettingList> {
    let present = settings
        .read()
        .await
        .map_err(crate::settings::SettingsError::from)?;
    Ok(SettingList::new(present))
}
