//! Links that are mailed: to confirm an address, and to choose a new password.

use std::net::IpAddr;

use ::jobs::New;
use kernel::UserId;
use sqlx::PgConnection;

use crate::Error;
use crate::jobs::SendAccountMail;
use crate::model::email::Email;
use crate::model::mailed_token::{self, Purpose};
use crate::model::password::Password;
use crate::shared::Shared;
use crate::store::{account_tokens, sessions, users};

/// Has a link mailed to the user, in the caller's transaction.
pub async fn ask_to_confirm(
    shared: &Shared,
    connection: &mut PgConnection,
    user: UserId,
) -> Result<(), db::Error> {
    enqueue(shared, connection, Some(user), Purpose::ConfirmEmail).await
}

/// The same, asked for by the user.
pub async fn confirm_again(shared: &Shared, user: UserId) -> Result<(), Error> {
    let mut tx = shared.db.begin().await?;
    ask_to_confirm(shared, &mut tx, user).await?;
    Ok(tx.commit().await?)
}

/// Has a link mailed by which a new password can be chosen, if somebody has this address. Whether anybody has shows
/// neither in the answer nor in the time: either way one job is enqueued, and the rest is done by it.
pub async fn forgot_password(shared: &Shared, email: &Email, from: IpAddr) -> Result<(), Error> {
    shared
        .mail_requests
        .take(email.key(), from, shared.clock.now())
        .map_err(|wait| Error::TooManyAttempts {
            limit: shared.mail_requests.limit(),
            wait,
        })?;
    let mut tx = shared.db.begin().await?;
    let found = users::by_email(&mut *tx, email).await?;
    let user = found.map(|(user, _)| user.id);
    enqueue(shared, &mut tx, user, Purpose::ResetPassword).await?;
    Ok(tx.commit().await?)
}

async fn enqueue(
    shared: &Shared,
    connection: &mut PgConnection,
    user: Option<UserId>,
    purpose: Purpose,
) -> Result<(), db::Error> {
    let mut new = New::of(&SendAccountMail { user, purpose });
    if let Some(user) = user {
        new = new.unique(format!("{}:{user}", purpose.as_str()));
    }
    shared.jobs.enqueue(connection, new).await?;
    Ok(())
}

/// Uses up a link that was mailed to confirm an address.
pub async fn confirm_email(shared: &Shared, token: &str) -> Result<(), Error> {
    let hash = mailed_token::read(token).ok_or(Error::InvalidMailedLink)?;
    let now = shared.clock.now();
    let mut tx = shared.db.begin().await?;
    let (user, key) = account_tokens::take(&mut *tx, &hash, Purpose::ConfirmEmail, now)
        .await?
        .ok_or(Error::InvalidMailedLink)?;
    if !users::confirm_email(&mut *tx, user, &key, now).await? {
        return Err(Error::InvalidMailedLink);
    }
    Ok(tx.commit().await?)
}

/// Uses up a link that was mailed to choose a new password. All devices are signed out, and whoever holds the link
/// reads mail to the address.
pub async fn reset_password(shared: &Shared, token: &str, password: Password) -> Result<(), Error> {
    let hash = mailed_token::read(token).ok_or(Error::InvalidMailedLink)?;
    let purpose = Purpose::ResetPassword;
    let now = shared.clock.now();
    // Hashing is dear: nobody gets it for a made-up token.
    if !account_tokens::exists(shared.db.pool(), &hash, purpose, now).await? {
        return Err(Error::InvalidMailedLink);
    }
    let password_hash = shared.passwords.hash(password).await?;
    let mut tx = shared.db.begin().await?;
    let (user, key) = account_tokens::take(&mut *tx, &hash, purpose, now)
        .await?
        .ok_or(Error::InvalidMailedLink)?;
    if !users::confirm_email(&mut *tx, user, &key, now).await? {
        return Err(Error::InvalidMailedLink);
    }
    users::set_password(&mut *tx, user, &password_hash).await?;
    sessions::delete_all(&mut *tx, user).await?;
    Ok(tx.commit().await?)
}
