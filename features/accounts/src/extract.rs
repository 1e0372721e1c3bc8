//! Permissions as types: a handler that takes one of these runs for no one else.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;
use http_api::ApiError;
use jiff::Timestamp;
use kernel::{ApiKeyId, SessionId, Tag, UserId};

use crate::{Accounts, Error};

/// A signed-in person.
#[derive(Clone, Copy, Debug)]
pub struct CurrentUser {
    pub id: UserId,
    /// The device's session; none for the token of another issuer.
    pub session: Option<SessionId>,
    /// When what was shown for it, an access token, is worth nothing any more.
    pub expires_at: Timestamp,
}

/// A signed-in person, or nobody. A token that isn't good is refused, not ignored.
#[derive(Clone, Copy, Debug)]
pub struct MaybeUser(pub Option<CurrentUser>);

/// A signed-in person who is an admin right now.
#[derive(Clone, Copy, Debug)]
pub struct Admin {
    pub id: UserId,
}

/// A game's own server, known by its API key.
#[derive(Clone, Debug)]
pub struct GameService {
    pub id: ApiKeyId,
    /// The games that it may vouch for; `None` for all.
    pub games: Option<Arc<[Tag]>>,
}

impl GameService {
    pub fn may_vouch_for(&self, game: &Tag) -> bool {
        self.games.as_ref().is_none_or(|games| games.contains(game))
    }
}

impl<S> FromRequestParts<S> for MaybeUser
where
    Accounts: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let user = Accounts::from_ref(state)
            .authenticate(&parts.headers)
            .await?;
        if let Some(user) = user {
            http_api::context::set_user(user.id.uuid());
        }
        Ok(Self(user))
    }
}

impl<S> FromRequestParts<S> for CurrentUser
where
    Accounts: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let MaybeUser(user) = MaybeUser::from_request_parts(parts, state).await?;
        Ok(user.ok_or(Error::Unauthenticated)?)
    }
}

impl<S> FromRequestParts<S> for Admin
where
    Accounts: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let user = CurrentUser::from_request_parts(parts, state).await?;
        Accounts::from_ref(state).check_admin(user.id).await?;
        Ok(Self { id: user.id })
    }
}

impl<S> FromRequestParts<S> for GameService
where
    Accounts: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Ok(Accounts::from_ref(state)
            .game_service(&parts.headers)
            .await?)
    }
}
