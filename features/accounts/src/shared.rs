//! What every use case stands on. Its caches and counters may all be lost: the truth is in PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use db::Database;
use jiff::Timestamp;
use kernel::{Clock, Secret, SessionId, UserId};
use live::Relay;
use moka::sync::Cache;
use parking_lot::{Mutex, RwLock};

use crate::account_mail::{AccountLetter, AccountMailer, LetterError};
use crate::actions::api_keys::KnownKeys;
use crate::bans::Bans;
use crate::issuers::Issuers;
use crate::model::access_token::AccessTokens;
use crate::model::attempts::Attempts;
use crate::model::refresh_token::RefreshTokens;
use crate::model::steam_openid::SteamOpenid;
use crate::passwords::Passwords;
use crate::store::external_logins::Login;
use crate::{Config, LinksConfig, NoAnswer, TrackmaniaAccounts, UserData};

pub type SignedUp = Arc<dyn Fn(UserId, &str, i16) + Send + Sync>;
pub type ProfileChanged = Arc<dyn Fn(UserId) + Send + Sync>;
pub type SignedOut = Arc<dyn Fn(UserId, Option<SessionId>) + Send + Sync>;

/// Logins elsewhere whose user is remembered, and for how long.
const MAX_LOGINS: u64 = 100_000;
const LOGINS_ARE_KEPT: Duration = Duration::from_secs(60);

pub struct Shared {
    pub db: Database,
    pub clock: Clock,
    pub relay: Relay,
    pub access_tokens: AccessTokens,
    pub refresh_tokens: RefreshTokens,
    refresh_token_expiry: Duration,
    pub passwords: Passwords,
    pub attempts: Attempts,
    /// Links that were asked for, by address and caller.
    pub mail_requests: Attempts,
    pub jobs: jobs::Jobs,
    mailer: RwLock<Option<Arc<dyn AccountMailer>>>,
    trackmania: RwLock<Option<Arc<dyn TrackmaniaAccounts>>>,
    pub issuers: Issuers,
    pub outside: outbound::Client,
    pub links: LinksConfig,
    pub steam: SteamOpenid,
    /// Who a login elsewhere is here, by what it says about being an admin.
    pub logins: Cache<(Login, bool), UserId>,
    pub api_keys: KnownKeys,
    pub bans: Bans,
    /// Lets its bearer make the first admin, once; made when asked for.
    pub setup_token: Mutex<Option<Secret>>,
    user_data: RwLock<Vec<Arc<dyn UserData>>>,
    signed_up: RwLock<Vec<SignedUp>>,
    profile_changed: RwLock<Vec<ProfileChanged>>,
    signed_out: RwLock<Vec<SignedOut>>,
}

impl Shared {
    pub fn new(
        db: Database,
        jobs: jobs::Jobs,
        clock: Clock,
        outside: &outbound::Client,
        relay: Relay,
        config: Config,
    ) -> Self {
        Self {
            access_tokens: AccessTokens::new(&config.jwt_secret, config.jwt_expiry),
            refresh_tokens: RefreshTokens::new(&config.jwt_secret),
            refresh_token_expiry: config.refresh_token_expiry,
            passwords: Passwords::new(config.password_hashing_concurrency),
            attempts: Attempts::new(config.login_window),
            mail_requests: Attempts::new(config.login_window),
            jobs,
            mailer: RwLock::default(),
            trackmania: RwLock::default(),
            issuers: Issuers::new(config.issuers, outside, &clock),
            outside: outside.clone(),
            steam: SteamOpenid::new(&config.links.steam_openid_url),
            links: config.links,
            logins: Cache::builder()
                .max_capacity(MAX_LOGINS)
                .time_to_live(LOGINS_ARE_KEPT)
                .build(),
            api_keys: KnownKeys::new(),
            bans: Bans::default(),
            setup_token: Mutex::default(),
            user_data: RwLock::default(),
            signed_up: RwLock::default(),
            profile_changed: RwLock::default(),
            signed_out: RwLock::default(),
            relay,
            db,
            clock,
        }
    }

    /// When a device that was used now is signed out, unless it comes back before.
    pub fn session_expiry(&self, now: Timestamp) -> Timestamp {
        now.checked_add(self.refresh_token_expiry)
            .unwrap_or(Timestamp::MAX)
    }

    pub fn register_user_data(&self, data: Arc<dyn UserData>) {
        self.user_data.write().push(data);
    }

    pub fn set_mailer(&self, mailer: Arc<dyn AccountMailer>) {
        *self.mailer.write() = Some(mailer);
    }

    pub fn set_trackmania(&self, accounts: Arc<dyn TrackmaniaAccounts>) {
        *self.trackmania.write() = Some(accounts);
    }

    /// Who asks Trackmania whose an account is.
    pub fn trackmania(&self) -> Result<Arc<dyn TrackmaniaAccounts>, NoAnswer> {
        let accounts = self.trackmania.read().clone();
        accounts.ok_or(NoAnswer::NotConfigured)
    }

    pub async fn send_letter(&self, letter: AccountLetter) -> Result<(), LetterError> {
        let mailer = self.mailer.read().clone();
        match mailer {
            Some(mailer) => mailer.send(letter).await,
            None => Err(LetterError::Later("This server sends no mail.".to_owned())),
        }
    }

    /// The features that hold data of users.
    pub fn user_data(&self) -> Vec<Arc<dyn UserData>> {
        self.user_data.read().clone()
    }

    pub fn on_signed_up(&self, callback: SignedUp) {
        self.signed_up.write().push(callback);
    }

    pub fn on_profile_changed(&self, callback: ProfileChanged) {
        self.profile_changed.write().push(callback);
    }

    pub fn on_signed_out(&self, callback: SignedOut) {
        self.signed_out.write().push(callback);
    }

    /// To be called after the commit.
    pub fn signed_up(&self, user: UserId, screen_name: &str, avatar: i16) {
        let callbacks = self.signed_up.read().clone();
        for callback in callbacks {
            callback(user, screen_name, avatar);
        }
    }

    /// To be called after the commit.
    pub fn profile_changed(&self, user: UserId) {
        let callbacks = self.profile_changed.read().clone();
        for callback in callbacks {
            callback(user);
        }
    }

    /// To be called after the commit. All of the user's sessions where none is named.
    pub fn signed_out(&self, user: UserId, session: Option<SessionId>) {
        let callbacks = self.signed_out.read().clone();
        for callback in callbacks {
            callback(user, session);
        }
    }

    /// To be called after the commit.
    pub fn deleted(&self, user: UserId) {
        for data in self.user_data() {
            data.forget(user);
        }
        self.signed_out(user, None);
    }
}
