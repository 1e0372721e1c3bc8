//! People who come with the token of another issuer. Issuer and subject say who it is, and nothing else does: an
//! e-mail that somebody here has already is not taken as a sign that they are the same.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use kernel::UserId;
use serde_json::json;

use super::seen;
use crate::Error;
use crate::audit;
use crate::issuers::ExternalUser;
use crate::model::issuer_token::Subject;
use crate::model::screen_name::ScreenName;
use crate::model::user::Role;
use crate::shared::Shared;
use crate::store::external_logins::Login;
use crate::store::users::NewUser;
use crate::store::{external_logins, users};

/// Longer than any issuer's access tokens live.
pub const ENDED_LOGINS_ARE_KEPT: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// The user behind an issuer's token, made at first sight.
pub async fn user_of(shared: &Shared, external: &ExternalUser<'_>) -> Result<UserId, Error> {
    let subject = &external.subject;
    let login = Login {
        issuer: external.issuer.to_owned(),
        subject: subject.subject.clone(),
    };
    let key = (login, subject.is_admin);
    if let Some(user) = shared.logins.get(&key) {
        return Ok(user);
    }
    let login = &key.0;
    let user = match external_logins::find(shared.db.pool(), login).await? {
        Some((user, Role::User)) if subject.is_admin => {
            grant_admin(shared, user).await?;
            user
        }
        Some((user, _)) => user,
        None => create(shared, login, subject).await?,
    };
    seen::note(shared, user).await;
    shared.logins.insert(key, user);
    Ok(user)
}

async fn grant_admin(shared: &Shared, user: UserId) -> Result<(), Error> {
    let mut tx = shared.db.begin().await?;
    if users::make_admin(&mut *tx, user).await? {
        audit_admin(&mut tx, user, shared.clock.now()).await?;
    }
    Ok(tx.commit().await?)
}

async fn audit_admin(tx: &mut db::Transaction, user: UserId, at: Timestamp) -> Result<(), Error> {
    Ok(audit::record(
        tx,
        at,
        None,
        "user.made_admin_by_issuer",
        &user.to_string(),
        json!({}),
    )
    .await?)
}

async fn create(shared: &Shared, login: &Login, subject: &Subject) -> Result<UserId, Error> {
    let mut tx = shared.db.begin().await?;
    if let Some(ended_at) = external_logins::ended_at(&mut *tx, &fingerprint(login)).await?
        && subject
            .issued_at
            .is_none_or(|issued_at| issued_at <= ended_at.as_second())
    {
        // The account was deleted; what is left of the token's life must not bring it back.
        return Err(Error::AccountGone);
    }
    let now = shared.clock.now();
    let id = UserId::new(shared.clock.new_uuid());
    let screen_name = subject
        .screen_name
        .clone()
        .unwrap_or_else(|| ScreenName::for_player(id));
    let mut user = NewUser {
        id,
        email: subject.email.as_ref(),
        // Others' addresses are left out.
        email_confirmed: true,
        password_hash: None,
        screen_name: &screen_name,
        role: if subject.is_admin {
            Role::Admin
        } else {
            Role::User
        },
        created_at: now,
    };
    if !users::insert(&mut *tx, &user).await? {
        user.email = None;
        users::insert(&mut *tx, &user).await?;
    }
    if !external_logins::insert(&mut *tx, login, id, now).await? {
        tx.rollback().await?;
        let found = external_logins::find(shared.db.pool(), login).await?;
        return found.map(|(user, _)| user).ok_or(Error::AccountGone);
    }
    if subject.is_admin {
        audit_admin(&mut tx, id, now).await?;
    }
    tx.commit().await?;
    shared.signed_up(id, screen_name.as_str(), 0);
    Ok(id)
}

/// What is kept of a login whose account was deleted.
pub fn fingerprint(login: &Login) -> [u8; 32] {
    // Neither part holds a line break: an issuer is an address, and a subject has no control characters.
    let text = format!("{}\n{}", login.issuer, login.subject);
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    fingerprint
}
