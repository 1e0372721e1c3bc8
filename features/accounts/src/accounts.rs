use std::sync::Arc;

use db::Database;
use http::HeaderMap;
use kernel::{Clock, UserId};
use utoipa_axum::router::OpenApiRouter;

use crate::{Config, CurrentUser, Error, GameService, UserData};

/// The feature. Cheap to clone.
#[derive(Clone)]
pub struct Accounts(Arc<()>);

type ProfileChanged = Arc<dyn Fn(UserId, &str, i16) + Send + Sync>;

impl Accounts {
    pub async fn new(_db: Database, _clock: Clock, _outside: outbound::Client, _config: Config) -> Result<Self, Error> {
        Ok(Self(Arc::new(())))
    }

    pub fn register_user_data(&self, _data: Arc<dyn UserData>) {}

    pub fn on_profile_changed(&self, _callback: ProfileChanged) {}

    pub fn routes(&self) -> OpenApiRouter {
        OpenApiRouter::new()
    }

    pub fn admin_routes(&self) -> OpenApiRouter {
        OpenApiRouter::new()
    }

    pub fn is_valid_api_key(&self, _headers: &HeaderMap) -> bool {
        false
    }

    pub async fn ensure_admin(&self, _email: &str, _password: &str) -> Result<bool, Error> {
        Ok(false)
    }

    pub async fn has_admin(&self) -> Result<bool, Error> {
        Ok(false)
    }

    pub async fn setup_token(&self) -> Result<Option<String>, Error> {
        Ok(None)
    }

    pub async fn purge_expired_sessions(&self) -> Result<u64, Error> {
        Ok(0)
    }

    pub(crate) async fn authenticate(&self, _headers: &HeaderMap) -> Result<Option<CurrentUser>, Error> {
        Ok(None)
    }

    pub(crate) async fn check_admin(&self, _user: UserId) -> Result<(), Error> {
        Err(Error::Unauthenticated)
    }

    pub(crate) async fn game_service(&self, _headers: &HeaderMap) -> Result<GameService, Error> {
        Err(Error::Unauthenticated)
    }
}
