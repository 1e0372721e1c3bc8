use axum::Json;
use axum::extract::State;
use garde::Validate;
use http_api::{ApiError, ApiJson, ApiResult, ErrorBody};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::actions;
use crate::model::alert_type::AlertType;
use crate::model::screen_name::ScreenName;
use crate::model::user::{Avatar, ProfileChange, ZoneName};
use crate::routes::input::Fields;
use crate::routes::view::MeView;
use crate::{Accounts, CurrentUser};

/// What to change; what is left out, or null, stays. Other members are refused rather than ignored: nobody shall
/// believe that they changed their role.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileBody {
    #[schema(min_length = 1, max_length = 32, example = "Ada")]
    screen_name: Option<String>,
    /// Clients map it to pictures.
    #[schema(minimum = 0, maximum = 999)]
    avatar: Option<i64>,
    /// A name of the IANA database.
    #[schema(example = "Europe/Berlin")]
    time_zone: Option<String>,
    /// How alerts find what is new, where an alert doesn't say it itself.
    alert_type: Option<AlertType>,
}

impl ProfileBody {
    fn read(&self) -> Result<ProfileChange, ApiError> {
        let mut fields = Fields::default();
        let screen_name = self.screen_name.as_deref().map(ScreenName::new);
        let time_zone = self.time_zone.as_deref().map(ZoneName::parse);
        let change = ProfileChange {
            screen_name: fields.read_optional("screenName", screen_name),
            avatar: fields.read_optional("avatar", self.avatar.map(Avatar::new)),
            time_zone: fields.read_optional("timeZone", time_zone),
            alert_type: self.alert_type,
        };
        fields.check()?;
        Ok(change)
    }
}

/// Change my profile
#[utoipa::path(
    patch,
    path = "/api/v1/me",
    operation_id = "updateMe",
    tag = "accounts",
    security(("user" = [])),
    request_body = ProfileBody,
    responses(
        (status = 200, description = "The caller, as changed", body = MeView),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
    )
)]
pub async fn update_me(
    State(accounts): State<Accounts>,
    user: CurrentUser,
    ApiJson(body): ApiJson<ProfileBody>,
) -> ApiResult<Json<MeView>> {
    let change = body.read()?;
    let update = async move { actions::profile::update(accounts.shared(), user.id, &change).await };
    let user = db::to_its_end(update).await?;
    Ok(Json(user.into()))
}
