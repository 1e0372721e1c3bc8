use std::net::IpAddr;
use std::time::Duration;

use super::register::SignedIn;
use super::seen;
use super::sessions::{self, UserAgent};
use crate::Error;
use crate::model::email::Email;
use crate::model::password::Password;
use crate::shared::Shared;
use crate::store::{bans, users};

/// Signs a device in. An e-mail that nobody has and a wrong password answer alike, and take as long.
pub async fn log_in(
    shared: &Shared,
    email: &str,
    password: &str,
    from: IpAddr,
    device: &UserAgent,
) -> Result<SignedIn, Error> {
    // What breaks the rules for either can't be right, and tells nothing about who is here.
    let (Ok(email), Ok(password)) = (Email::parse(email), Password::parse(password)) else {
        return Err(Error::InvalidCredentials);
    };
    shared
        .attempts
        .take(email.key(), from, shared.clock.now())
        .map_err(|wait| too_many(shared, wait))?;
    let found = users::by_email(shared.db.pool(), &email).await?;
    let (user, hash) = found.map_or((None, None), |(user, hash)| (Some(user), hash));
    let is_right = shared.passwords.verify(password, hash.clone()).await?;
    let Some(user) = user.filter(|_| is_right) else {
        return Err(Error::InvalidCredentials);
    };
    shared.attempts.forgive(email.key(), from);
    let mut tx = shared.db.begin().await?;
    // While the password was hashed, the account may have been deleted, or have got another password.
    if users::lock_password(&mut *tx, user.id).await? != hash {
        return Err(Error::InvalidCredentials);
    }
    if let Some(reason) = bans::reason(&mut *tx, user.id).await? {
        return Err(Error::Banned(reason));
    }
    let tokens = sessions::start(shared, &mut tx, user.id, device).await?;
    tx.commit().await?;
    seen::note(shared, user.id).await;
    Ok(SignedIn { user, tokens })
}

fn too_many(shared: &Shared, wait: Duration) -> Error {
    metrics::counter!("rate_limit_hits_total", "endpoint" => "login").increment(1);
    tracing::warn!(endpoint = "login", "rate limit hit");
    Error::TooManyAttempts {
        limit: shared.attempts.limit(),
        wait,
    }
}
