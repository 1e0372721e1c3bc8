use axum::extract::State;
use garde::Validate;
use http::StatusCode;
use http_api::{ApiError, ApiJson, ApiResult, ErrorBody};
use kernel::{ApiKeyId, Tag};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actions;
use crate::model::api_key::{Games, KeyName};
use crate::routes::input::Fields;
use crate::routes::view::Private;
use crate::{Accounts, Admin};

#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyBody {
    /// To tell it from others.
    #[schema(min_length = 1, max_length = 64, example = "Race server")]
    name: String,
    /// The games that it may vouch for; left out or null for all.
    #[schema(min_items = 1, max_items = 100)]
    game_ids: Option<Vec<Tag>>,
}

impl ApiKeyBody {
    fn read(self) -> Result<(KeyName, Option<Games>), ApiError> {
        let mut fields = Fields::default();
        let name = fields.read("name", KeyName::parse(&self.name));
        let games = fields.read_optional("gameIds", self.game_ids.map(Games::new));
        let Some(name) = name else {
            return Err(fields.into_error());
        };
        fields.check()?;
        Ok((name, games))
    }
}

/// A new key. It is shown this once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewApiKey {
    id: ApiKeyId,
    name: String,
    game_ids: Option<Vec<Tag>>,
    /// For the header `X-Api-Key`.
    #[schema(example = "gsk_…")]
    key: String,
}

/// Make an API key
///
/// For a game's own server, which vouches for what players did. The key is shown once, and stored hashed.
#[utoipa::path(
    post,
    path = "/api/v1/admin/api-keys",
    operation_id = "createApiKey",
    tag = "admin",
    security(("admin" = [])),
    request_body = ApiKeyBody,
    responses(
        (status = 201, description = "The key", body = NewApiKey),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 403, description = "`admin_only`", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
    )
)]
pub async fn create_api_key(
    State(accounts): State<Accounts>,
    admin: Admin,
    ApiJson(body): ApiJson<ApiKeyBody>,
) -> ApiResult<(StatusCode, Private<NewApiKey>)> {
    let (name, games) = body.read()?;
    let games = games.map(Games::into_vec);
    let created =
        actions::api_keys::create(accounts.shared(), admin.id, name.as_str(), games.as_deref())
            .await?;
    let answer = NewApiKey {
        id: created.id,
        name: name.into_string(),
        game_ids: games,
        key: created.key.expose().to_owned(),
    };
    Ok((StatusCode::CREATED, Private(answer)))
}
