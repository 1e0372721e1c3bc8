use std::time::Duration;

use http::{HeaderMap, header};
use jiff::Timestamp;
use kernel::{Cursor, Page, PageLimit, Secret, SessionId, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::model::access_token::Bearer;
use crate::model::refresh_token::RefreshToken;
use crate::shared::Shared;
use crate::store::sessions::{NewSession, Session};
use crate::{CurrentUser, Error, store};

/// Devices that one user can be signed in on; the oldest goes when another comes.
const MAX_SESSIONS: i64 = 50;
const MAX_USER_AGENT_LENGTH: usize = 256;

/// What a device holds to speak for its user.
pub struct Tokens {
    pub access: Secret,
    pub refresh: Secret,
    /// How long the access token is good for.
    pub expires_in: Duration,
}

/// What a device calls itself, as its owner will see it in the list.
pub struct UserAgent(Option<String>);

impl UserAgent {
    pub fn of(headers: &HeaderMap) -> Self {
        let text = headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok());
        Self(text.map(|text| text.chars().take(MAX_USER_AGENT_LENGTH).collect()))
    }
}

/// Signs a device in, in the caller's transaction.
pub async fn start(
    shared: &Shared,
    connection: &mut PgConnection,
    user: UserId,
    device: &UserAgent,
) -> Result<Tokens, Error> {
    let now = shared.clock.now();
    let session = NewSession {
        id: SessionId::new(shared.clock.new_uuid()),
        user,
        user_agent: device.0.as_deref(),
        created_at: now,
        expires_at: shared.session_expiry(now),
    };
    store::sessions::insert(&mut *connection, &session).await?;
    let ended = store::sessions::keep_newest(&mut *connection, user, MAX_SESSIONS).await?;
    for session in ended {
        shared
            .tell_signed_out(&mut *connection, user, Some(session))
            .await?;
    }
    Ok(tokens(
        shared,
        user,
        RefreshToken {
            session: session.id,
            generation: 0,
        },
        now,
    ))
}

pub fn tokens(shared: &Shared, user: UserId, refresh: RefreshToken, now: Timestamp) -> Tokens {
    let bearer = Bearer {
        user,
        session: refresh.session,
    };
    Tokens {
        access: shared
            .access_tokens
            .write(bearer, shared.clock.new_uuid(), now),
        refresh: shared.refresh_tokens.write(refresh),
        expires_in: shared.access_tokens.expiry(),
    }
}

/// Ends the session of a refresh token. It may have ended already.
pub async fn log_out(shared: &Shared, refresh_token: &str) -> Result<(), Error> {
    let token = shared
        .refresh_tokens
        .read(refresh_token)
        .ok_or(Error::InvalidRefreshToken)?;
    let mut tx = shared.db.begin().await?;
    let Some(user) = store::sessions::delete(&mut *tx, token.session).await? else {
        return Ok(());
    };
    shared
        .tell_signed_out(&mut tx, user, Some(token.session))
        .await?;
    tx.commit().await?;
    shared.signed_out(user, Some(token.session));
    Ok(())
}

/// Whether the caller's device is signed in at this moment, whatever the token says.
pub async fn check_signed_in(shared: &Shared, user: CurrentUser) -> Result<(), Error> {
    let asked = [(user.id, user.session)];
    let ended = store::sessions::ended(shared.db.pool(), &asked, shared.clock.now()).await?;
    if ended.is_empty() {
        return Ok(());
    }
    if let Some(reason) = store::bans::reason(shared.db.pool(), user.id).await? {
        return Err(Error::Banned(reason));
    }
    match user.session {
        Some(_) => Err(Error::SessionEnded),
        None => Err(Error::AccountGone),
    }
}

const LIST: &str = "sessions";

pub async fn list(
    shared: &Shared,
    user: CurrentUser,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<Page<Session>, Error> {
    let after = cursor
        .map(|cursor| Cursor::read::<Uuid>(cursor, LIST))
        .transpose()?;
    let mut tx = shared.db.begin_as(user.id.uuid()).await?;
    let one_more = limit.get() as i64 + 1;
    let sessions =
        store::sessions::list(&mut *tx, user.id, after, shared.clock.now(), one_more).await?;
    tx.commit().await?;
    Ok(Page::from_overfetched(sessions, limit, |last| {
        Cursor::new(LIST, &last.id.uuid())
    }))
}

pub async fn end(shared: &Shared, user: UserId, session: SessionId) -> Result<(), Error> {
    let mut tx = shared.db.begin_as(user.uuid()).await?;
    if !store::sessions::delete_own(&mut *tx, user, session).await? {
        return Err(Error::SessionNotFound);
    }
    shared.tell_signed_out(&mut tx, user, Some(session)).await?;
    tx.commit().await?;
    shared.signed_out(user, Some(session));
    Ok(())
}
