use axum::Json;
use axum::extract::State;
use garde::Validate;
use http_api::{ApiError, ApiJson, ApiResult, ErrorBody};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::actions;
use crate::model::identity::{Claim, Username};
use crate::routes::input::Fields;
use crate::routes::view::LinkView;
use crate::{Accounts, CurrentUser};

#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
#[serde(rename_all = "camelCase")]
pub struct TrackmaniaBody {
    #[schema(min_length = 1, max_length = 64, example = "Ada")]
    username: String,
}

impl TrackmaniaBody {
    fn read(&self) -> Result<Claim, ApiError> {
        let mut fields = Fields::default();
        let username = fields.read("username", Username::parse(&self.username));
        username
            .map(Claim::trackmania)
            .ok_or_else(|| fields.into_error())
    }
}

/// Say which Trackmania account is mine
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
        (status = 409, description = "`identity_taken`: proven by another user", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
    )
)]
pub async fn link_trackmania(
    State(accounts): State<Accounts>,
    user: CurrentUser,
    ApiJson(body): ApiJson<TrackmaniaBody>,
) -> ApiResult<Json<LinkView>> {
    let identity = actions::links::claim(accounts.shared(), user.id, &body.read()?).await?;
    Ok(Json(identity.into()))
}
