use super::seen;
use super::sessions::{self, Tokens};
use crate::Error;
use crate::model::refresh_token::RefreshToken;
use crate::shared::Shared;
use crate::store;

/// Trades a refresh token for the next one and a fresh access token. A token that comes twice was stolen, or its
/// successor was: the session ends, whoever is using it.
pub async fn refresh(shared: &Shared, refresh_token: &str) -> Result<Tokens, Error> {
    let token = shared
        .refresh_tokens
        .read(refresh_token)
        .ok_or(Error::InvalidRefreshToken)?;
    let now = shared.clock.now();
    let expires_at = shared.session_expiry(now);
    match store::sessions::advance(shared.db.pool(), token, now, expires_at).await? {
        Some(user) => {
            seen::note(shared, user).await;
            let next = RefreshToken {
                generation: token.generation + 1,
                ..token
            };
            Ok(sessions::tokens(shared, user, next, now))
        }
        None => Err(why_not(shared, token).await?),
    }
}

async fn why_not(shared: &Shared, token: RefreshToken) -> Result<Error, Error> {
    let now = shared.clock.now();
    let Some(state) = store::sessions::state(shared.db.pool(), token.session).await? else {
        return Ok(Error::InvalidRefreshToken);
    };
    if let Some(reason) = store::bans::reason(shared.db.pool(), state.user).await? {
        return Ok(Error::Banned(reason));
    }
    if state.is_revoked {
        return Ok(Error::InvalidRefreshToken);
    }
    if state.is_reused {
        return Ok(Error::RefreshTokenReused);
    }
    if state.expires_at <= now {
        return Ok(Error::RefreshTokenExpired);
    }
    // A later generation than ours knows: the database was set back, and the token is from before that.
    if token.generation >= state.generation {
        return Ok(Error::InvalidRefreshToken);
    }
    let mut tx = shared.db.begin().await?;
    if store::sessions::mark_reused(&mut *tx, token.session, now).await? {
        shared
            .tell_signed_out(&mut tx, state.user, Some(token.session))
            .await?;
        tx.commit().await?;
        shared.signed_out(state.user, Some(token.session));
        http_api::context::set_user(state.user.uuid());
        tracing::warn!(session = %token.session, "a refresh token was used twice; the session was ended");
    }
    Ok(Error::RefreshTokenReused)
}
