use axum::Json;
use axum::extract::State;
use garde::Validate;
use http_api::{ApiError, ApiJson, ApiResult, ErrorBody};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::actions;
use crate::model::identity::{Claim, DiscordId, Username};
use crate::routes::input::Fields;
use crate::routes::view::LinkView;
use crate::{Accounts, CurrentUser};

#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
#[serde(rename_all = "camelCase")]
pub struct DiscordBody {
    #[schema(pattern = "^[0-9]{17,20}$", example = "80351110224678912")]
    discord_id: String,
    #[schema(min_length = 1, max_length = 64, example = "ada")]
    username: String,
}

impl DiscordBody {
    fn read(&self) -> Result<Claim, ApiError> {
        let mut fields = Fields::default();
        let discord_id = fields.read("discordId", DiscordId::parse(&self.discord_id));
        let username = fields.read("username", Username::parse(&self.username));
        match (discord_id, username) {
            (Some(discord_id), Some(username)) => Ok(Claim::discord(discord_id, username)),
            _ => Err(fields.into_error()),
        }
    }
}

/// Say which Discord account is mine
///
/// A mere claim, which reserves nothing; `GET /link/discord/start` proves it. Claiming the account that was proven changes
/// nothing; claiming another gives the proof up.
#[utoipa::path(
    post,
    path = "/api/v1/link/discord",
    operation_id = "linkDiscord",
    tag = "accounts",
    security(("user" = [])),
    request_body = DiscordBody,
    responses(
        (status = 200, description = "The link", body = LinkView),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 409, description = "`identity_taken`: proven by another user", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
    )
)]
pub async fn link_discord(
    State(accounts): State<Accounts>,
    user: CurrentUser,
    ApiJson(body): ApiJson<DiscordBody>,
) -> ApiResult<Json<LinkView>> {
    let identity = actions::links::claim(accounts.shared(), user.id, &body.read()?).await?;
    Ok(Json(identity.into()))
}
