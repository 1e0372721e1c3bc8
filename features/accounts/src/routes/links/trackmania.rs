use axum::Json;
use axum::extract::State;
use garde::Validate;
use http_api::{ApiError, ApiJson, ApiResult, ErrorBody};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::actions::link_trackmania;
use crate::model::identity::Username;
use crate::routes::input::Fields;
use crate::routes::view::LinkView;
use crate::{Accounts, CurrentUser};

#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
#[serde(rename_all = "camelCase")]
pub struct TrackmaniaBody {
    /// As the game shows it; upper and lower case are alike.
    #[schema(min_length = 1, max_length = 64, example = "Ada")]
    username: String,
}

impl TrackmaniaBody {
    fn read(&self) -> Result<Username, ApiError> {
        let mut fields = Fields::default();
        let username = fields.read("username", Username::parse(&self.username));
        username.ok_or_else(|| fields.into_error())
    }
}

/// Say which Trackmania account is mine
///
/// Trackmania is asked who is called so; the link is to the account's id, which stays when the name changes. A mere claim,
/// which reserves nothing; `GET /link/trackmania/start` proves it. Claiming the account that was proven changes nothing;
/// claiming another gives the proof up.
#[utoipa::path(
    post,
    path = "/api/v1/link/trackmania",
    operation_id = "linkTrackmania",
    tag = "accounts",
    security(("user" = [])),
    request_body = TrackmaniaBody,
    responses(
        (status = 200, description = "The link", body = LinkView),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`trackmania_name_unknown`: nobody is called so", body = ErrorBody),
        (status = 409, description = "`identity_taken`: proven by another user; `link_not_configured`: this server is no \
          client of Trackmania's public API", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
        (status = 503, description = "`link_provider_unavailable`: Trackmania can't be asked; try again later",
         body = ErrorBody),
    )
)]
pub async fn link_trackmania(
    State(accounts): State<Accounts>,
    user: CurrentUser,
    ApiJson(body): ApiJson<TrackmaniaBody>,
) -> ApiResult<Json<LinkView>> {
    let identity = link_trackmania::claim(accounts.shared(), user, &body.read()?).await?;
    Ok(Json(identity.into()))
}
