//! What answers look like.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use kernel::{ApiKeyId, Cursor, Moment, SessionId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::actions::register::SignedIn;
use crate::actions::sessions::Tokens;
use crate::model::alert_type::AlertType;
use crate::model::user::{Role, User};
use crate::store::api_keys::ApiKey;
use crate::store::identities::Identity;
use crate::store::sessions::Session;

/// An answer that nobody on the way may keep: it holds a secret, or all about somebody.
pub struct Private<T>(pub T);

impl<T: Serialize> IntoResponse for Private<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.0).into_response();
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// A user, as they see themselves.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    id: UserId,
    /// None for accounts of another issuer that gave none.
    email: Option<String>,
    screen_name: String,
    /// 0–999; clients map it to pictures.
    #[schema(minimum = 0, maximum = 999)]
    avatar: i16,
    role: Role,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: user.email,
            screen_name: user.screen_name,
            avatar: user.avatar,
            role: user.role,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Me)]
#[serde(rename_all = "camelCase")]
pub struct MeView {
    id: UserId,
    /// None for accounts of another issuer that gave none.
    email: Option<String>,
    /// Whether the caller has proven that mail to it reaches them.
    email_confirmed: bool,
    screen_name: String,
    /// 0–999; clients map it to pictures.
    #[schema(minimum = 0, maximum = 999)]
    avatar: i16,
    role: Role,
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    /// How alerts find what is new, where an alert doesn't say it itself.
    alert_type: AlertType,
    created_at: Moment,
}

impl From<User> for MeView {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: user.email,
            email_confirmed: user.email_confirmed,
            screen_name: user.screen_name,
            avatar: user.avatar,
            role: user.role,
            time_zone: user.time_zone,
            alert_type: user.alert_type,
            created_at: user.created_at.into(),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub enum TokenType {
    Bearer,
}

/// What a device holds to speak for its user.
#[derive(Serialize, ToSchema)]
#[schema(as = Tokens)]
#[serde(rename_all = "camelCase")]
pub struct TokensView {
    access_token: String,
    /// Good for one use: `POST /auth/refresh` answers with the next.
    refresh_token: String,
    /// Seconds until the access token expires.
    expires_in: u64,
    token_type: TokenType,
}

impl From<Tokens> for TokensView {
    fn from(tokens: Tokens) -> Self {
        Self {
            access_token: tokens.access.expose().to_owned(),
            refresh_token: tokens.refresh.expose().to_owned(),
            expires_in: tokens.expires_in.as_secs(),
            token_type: TokenType::Bearer,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = SignedIn)]
#[serde(rename_all = "camelCase")]
pub struct SignedInView {
    user: UserView,
    #[serde(flatten)]
    tokens: TokensView,
}

impl From<SignedIn> for SignedInView {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            user: signed_in.user.into(),
            tokens: signed_in.tokens.into(),
        }
    }
}

/// A device that is signed in.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    id: SessionId,
    user_agent: Option<String>,
    created_at: Moment,
    last_used_at: Moment,
    expires_at: Moment,
    /// Whether it is the one that asks.
    current: bool,
}

impl SessionView {
    pub fn new(session: Session, current: Option<SessionId>) -> Self {
        Self {
            id: session.id,
            user_agent: session.user_agent,
            created_at: session.created_at.into(),
            last_used_at: session.last_used_at.into(),
            expires_at: session.expires_at.into(),
            current: current == Some(session.id),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionList {
    pub sessions: Vec<SessionView>,
    #[schema(value_type = Option<String>)]
    pub next_cursor: Option<Cursor>,
}

/// An account elsewhere.
#[derive(Serialize, ToSchema)]
#[schema(as = Link)]
#[serde(rename_all = "camelCase")]
pub struct LinkView {
    #[schema(value_type = crate::model::identity::Provider)]
    provider: String,
    external_id: String,
    username: Option<String>,
    /// Whether its owner has proven that it is theirs.
    verified: bool,
}

impl From<Identity> for LinkView {
    fn from(identity: Identity) -> Self {
        Self {
            provider: identity.provider,
            external_id: identity.external_id,
            username: identity.username,
            verified: identity.verified,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkList {
    pub links: Vec<LinkView>,
    #[schema(value_type = Option<String>)]
    pub next_cursor: Option<Cursor>,
}

/// A game service's key, without the key itself.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyView {
    id: ApiKeyId,
    name: String,
    /// The games that it may vouch for; null for all.
    game_ids: Option<Vec<String>>,
    created_at: Moment,
    revoked_at: Option<Moment>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            game_ids: key.game_ids,
            created_at: key.created_at.into(),
            revoked_at: key.revoked_at.map(Moment),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyList {
    pub api_keys: Vec<ApiKeyView>,
    #[schema(value_type = Option<String>)]
    pub next_cursor: Option<Cursor>,
}
