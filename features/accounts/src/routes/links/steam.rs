use axum::Json;
use axum::extract::State;
use garde::Validate;
use http_api::{ApiError, ApiJson, ApiResult, ErrorBody};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::actions;
use crate::model::identity::{Claim, SteamId};
use crate::routes::input::Fields;
use crate::routes::view::LinkView;
use crate::{Accounts, CurrentUser};

#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
#[serde(rename_all = "camelCase")]
pub struct SteamBody {
    #[schema(pattern = "^76561(19|20)[0-9]{10}$", example = "76561197960287930")]
    steam_id: String,
}

impl SteamBody {
    fn read(&self) -> Result<Claim, ApiError> {
        let mut fields = Fields::default();
        let steam_id = fields.read("steamId", SteamId::parse(&self.steam_id));
        steam_id
            .map(Claim::steam)
            .ok_or_else(|| fields.into_error())
    }
}

/// Say which Steam account is mine
///
/// A mere claim, which reserves nothing; `GET /link/steam/start` proves it. Claiming the account that was proven changes
/// nothing; claiming another gives the proof up.
#[utoipa::path(
    post,
    path = "/api/v1/link/steam",
    operation_id = "linkSteam",
    tag = "accounts",
    security(("user" = [])),
    request_body = SteamBody,
    responses(
        (status = 200, description = "The link", body = LinkView),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 409, description = "`identity_taken`: proven by another user", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
    )
)]
pub async fn link_steam(
    State(accounts): State<Accounts>,
    user: CurrentUser,
    ApiJson(body): ApiJson<SteamBody>,
) -> ApiResult<Json<LinkView>> {
    let identity = actions::links::claim(accounts.shared(), user.id, &body.read()?).await?;
    Ok(Json(identity.into()))
}
