//! The tokens that we present to Nadeo's services, one for each audience.
//!
//! Invariants:
//! - A token is in the database, sealed, so that a restart doesn't log in anew, and all servers use the same one.
//! - However many callers want another one, on however many servers, one of them fetches it. While the old one is good, the
//!   others go on with that.
//! - A password that was refused isn't tried again for a while: accounts are locked for less.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, Secret};
use outbound::Request;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::{Account, CALL, Caller, NadeoConfig, PATIENCE, Service, UpstreamError};
use crate::model::read::{Malformed, secret, whole};
use crate::model::token::{Refresh, Token};
use crate::store::tokens;

/// Who fetches a token has so long for it; then another one may try. A refresh that fails is followed by a login.
const TURN: Duration = Duration::from_secs(2 * (PATIENCE.as_secs() + CALL.as_secs()));
/// Between two looks for what another one fetches.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// After a fetch that failed while the token at hand is still good.
const NEXT_TRY: Duration = Duration::from_secs(30);
/// After a password was refused.
const REFUSED: SignedDuration = SignedDuration::from_mins(10);
/// Of OAuth's client credentials, where it isn't told.
const CLIENT_SECONDS: i64 = 1800;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Core,
    Live,
    Public,
}

impl Audience {
    /// As Nadeo calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Core => "NadeoServices",
            Self::Live => "NadeoLiveServices",
            Self::Public => "public",
        }
    }

    /// How a token is presented.
    pub fn header(self, token: &str) -> String {
        match self {
            Self::Core | Self::Live => format!("nadeo_v1 t={token}"),
            Self::Public => format!("Bearer {token}"),
        }
    }
}

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tokens(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    caller: Caller,
    database: db::Database,
    clock: Clock,
    config: NadeoConfig,
    /// Until when no password is tried again, for each audience.
    refused_until: Mutex<[Timestamp; 3]>,
}

impl Tokens {
    pub fn new(caller: Caller, database: db::Database, clock: Clock, config: NadeoConfig) -> Self {
        Self(Arc::new(Inner {
            caller,
            database,
            clock,
            config,
            refused_until: Mutex::new([Timestamp::MIN; 3]),
        }))
    }

    /// # Errors
    /// [`UpstreamError::NotConfigured`] if there can be none.
    pub fn check_configured(&self) -> Result<(), UpstreamError> {
        let account = self.0.config.account.as_ref();
        account.map(|_| ()).ok_or(UpstreamError::NotConfigured)
    }

    /// # Errors
    /// When there is none to be had.
    pub async fn current(&self, audience: Audience) -> Result<Token, UpstreamError> {
        self.obtain(audience, None).await
    }

    /// Another one than this, which is no longer taken.
    ///
    /// # Errors
    /// As [`Tokens::current`].
    pub async fn replace(&self, audience: Audience, dead: &Token) -> Result<Token, UpstreamError> {
        self.obtain(audience, Some(&dead.access)).await
    }

    async fn obtain(&self, audience: Audience, dead: Option<&str>) -> Result<Token, UpstreamError> {
        let account = match audience {
            Audience::Core | Audience::Live => &self.0.config.account,
            Audience::Public => &self.0.config.client,
        };
        let account = account.as_ref().ok_or(UpstreamError::NotConfigured)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let known = self.0.load(audience, account).await?;
            let now = self.0.clock.now();
            let alive = known.filter(|known| known.is_good(now) && dead != Some(&known.access));
            if let Some(token) = alive.clone().filter(|token| !token.is_due(now)) {
                return Ok(token);
            }
            if tokens::begin(self.0.database.pool(), audience.name(), TURN).await? {
                // Runs to its end, though the caller hang up: others wait for it.
                let (inner, account) = (Arc::clone(&self.0), account.clone());
                let dead = dead.map(str::to_owned);
                let fetching =
                    async move { inner.fetch(audience, &account, dead.as_deref()).await };
                return db::to_its_end(fetching).await;
            }
            if let Some(token) = alive {
                return Ok(token);
            }
            if Instant::now() > deadline {
                let crowded = outbound::Error::Crowded { wait: NEXT_TRY };
                return Err(UpstreamError::Away(Service::Nadeo, crowded));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

impl Inner {
    async fn load(
        &self,
        audience: Audience,
        account: &Account,
    ) -> Result<Option<Token>, UpstreamError> {
        let sealed = tokens::find(self.database.pool(), audience.name()).await?;
        let opened = sealed.and_then(|sealed| account.open(audience.name(), &sealed));
        Ok(opened.and_then(|token| serde_json::from_slice(&token).ok()))
    }

    /// It is our turn to fetch one; the turn is given back.
    async fn fetch(
        &self,
        audience: Audience,
        account: &Account,
        dead: Option<&str>,
    ) -> Result<Token, UpstreamError> {
        // Another one may have been quicker, between our look and our turn.
        let known = self.load(audience, account).await?;
        let now = self.clock.now();
        let refresh = known.as_ref().and_then(|known| known.refresh.clone());
        let alive = known.filter(|known| known.is_good(now) && dead != Some(&known.access));
        let pool = self.database.pool();
        if let Some(token) = alive.clone().filter(|token| !token.is_due(now)) {
            tokens::end(pool, audience.name(), Duration::ZERO).await?;
            return Ok(token);
        }
        match self.ask(audience, account, refresh).await {
            Ok(token) => {
                let plain = serde_json::to_vec(&token).unwrap_or_default();
                let sealed = account.seal(audience.name(), &plain);
                tokens::keep(pool, audience.name(), sealed.as_deref()).await?;
                Ok(token)
            }
            Err(error) => {
                let pause = alive.as_ref().map_or(Duration::ZERO, |_| NEXT_TRY);
                tokens::end(pool, audience.name(), pause).await?;
                if alive.is_some() {
                    tracing::warn!(%error, audience = audience.name(), "a token can't be renewed; the old one is still good");
                }
                alive.ok_or(error)
            }
        }
    }

    async fn ask(
        &self,
        audience: Audience,
        account: &Account,
        refresh: Option<Refresh>,
    ) -> Result<Token, UpstreamError> {
        let now = self.clock.now();
        if self.refused_until.lock()[audience as usize] > now {
            return Err(UpstreamError::Refused);
        }
        if audience == Audience::Public {
            return self.log_in_as_client(account).await;
        }
        if let Some(refresh) = refresh.filter(|refresh| refresh.ends_at > now)
            && let Some(token) = self.refresh(audience, &refresh.token).await?
        {
            return Ok(token);
        }
        let request = || login(&self.config.core_url, audience, account);
        let answer = self.caller.ask(request).await?;
        self.check(audience, answer.status)?;
        tracing::info!(audience = audience.name(), "logged in to Nadeo's services");
        self.caller.read(&answer, |told| pair_of(told, now))
    }

    /// None if the refresh token isn't taken any more.
    async fn refresh(
        &self,
        audience: Audience,
        token: &str,
    ) -> Result<Option<Token>, UpstreamError> {
        let url = format!("{}/v2/authentication/token/refresh", self.config.core_url);
        let header = audience.header(token);
        let request = || Request::post(&url).header("authorization", &header);
        let answer = self.caller.ask(request).await?;
        if answer.status.is_client_error() {
            return Ok(None);
        }
        let now = self.clock.now();
        self.caller
            .read(&answer, |told| pair_of(told, now))
            .map(Some)
    }

    async fn log_in_as_client(&self, client: &Account) -> Result<Token, UpstreamError> {
        let request = || login_as_client(&self.config.public_url, client);
        let answer = self.caller.ask(request).await?;
        self.check(Audience::Public, answer.status)?;
        let now = self.clock.now();
        self.caller.read(&answer, |told| of_client(told, now))
    }

    /// Remembers that the password is wrong.
    fn check(&self, audience: Audience, status: StatusCode) -> Result<(), UpstreamError> {
        if is_refusal(status) {
            tracing::error!(
                status = status.as_u16(),
                "Trackmania doesn't take our account or password"
            );
            self.refused_until.lock()[audience as usize] = self.clock.now() + REFUSED;
            return Err(UpstreamError::Refused);
        }
        Ok(())
    }
}

/// With an account's password.
pub fn login(core_url: &str, audience: Audience, account: &Account) -> Request {
    let pair = format!("{}:{}", account.name, account.password.expose());
    let header = Secret::new(format!("Basic {}", STANDARD.encode(pair)));
    Request::post(format!("{core_url}/v2/authentication/token/basic"))
        .header("authorization", header.expose())
        .json(&json!({ "audience": audience.name() }))
}

pub fn login_as_client(public_url: &str, client: &Account) -> Request {
    Request::post(format!("{public_url}/api/access_token")).form([
        ("grant_type", "client_credentials"),
        ("client_id", client.name.as_str()),
        ("client_secret", client.password.expose()),
    ])
}

/// Whether a login answers that the password is wrong.
pub fn is_refusal(status: StatusCode) -> bool {
    matches!(status.as_u16(), 400 | 401 | 403)
}

pub fn of_client(told: &Value, now: Timestamp) -> Result<Token, Malformed> {
    let access = secret(told, "access_token")?;
    let seconds = whole(told, "expires_in").unwrap_or(CLIENT_SECONDS);
    Ok(Token::of_client(access, seconds, now))
}

pub fn pair_of(told: &Value, now: Timestamp) -> Result<Token, Malformed> {
    let refresh = secret(told, "refreshToken").ok();
    Ok(Token::of_nadeo(secret(told, "accessToken")?, refresh, now))
}
