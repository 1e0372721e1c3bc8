//! How a server gets its first admin: from its configuration, or by a link that it prints while it has none.

use aws_lc_rs::constant_time;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Secret, UserId, random_bytes};
use serde_json::json;

use super::register::{self, Registration, SignedIn};
use super::seen;
use super::sessions::{self, UserAgent};
use crate::model::email::Email;
use crate::model::password::Password;
use crate::model::screen_name::ScreenName;
use crate::model::user::Role;
use crate::shared::Shared;
use crate::store::{sessions as stored_sessions, users};
use crate::{Error, audit};

pub async fn setup_token(shared: &Shared) -> Result<Option<String>, Error> {
    if users::any_admin(shared.db.pool()).await? {
        return Ok(None);
    }
    let mut token = shared.setup_token.lock();
    let token =
        token.get_or_insert_with(|| Secret::new(URL_SAFE_NO_PAD.encode(random_bytes::<32>())));
    Ok(Some(token.expose().to_owned()))
}

/// Makes the first admin for whoever holds the set-up link.
pub async fn set_up(
    shared: &Shared,
    token: &str,
    registration: Registration,
    device: &UserAgent,
) -> Result<SignedIn, Error> {
    if users::any_admin(shared.db.pool()).await? {
        return Err(Error::AlreadySetUp);
    }
    let is_right = shared.setup_token.lock().as_ref().is_some_and(|ours| {
        constant_time::verify_slices_are_equal(ours.expose().as_bytes(), token.as_bytes()).is_ok()
    });
    if !is_right {
        return Err(Error::InvalidSetupToken);
    }
    let hash = shared.passwords.hash(registration.password.clone()).await?;
    let mut tx = shared.db.begin().await?;
    users::lock_admins(&mut *tx).await?;
    if users::any_admin(&mut *tx).await? {
        return Err(Error::AlreadySetUp);
    }
    let user = register::insert(shared, &mut tx, &registration, &hash, Role::Admin).await?;
    note(shared, &mut tx, user.id).await?;
    let tokens = sessions::start(shared, &mut tx, user.id, device).await?;
    tx.commit().await?;
    *shared.setup_token.lock() = None;
    seen::note(shared, user.id).await;
    shared.signed_up(user.id, &user.screen_name, user.avatar);
    Ok(SignedIn { user, tokens })
}

/// Makes the configured account the first admin. True when it became one.
pub async fn ensure(shared: &Shared, email: &str, password: &str) -> Result<bool, Error> {
    let registration = Registration {
        email: Email::parse(email)
            .map_err(|broken| Error::Setting("e-mail of the admin", broken))?,
        password: Password::parse(password)
            .map_err(|broken| Error::Setting("password of the admin", broken))?,
        screen_name: ScreenName::new("Admin")
            .map_err(|broken| Error::Setting("name of the admin", broken))?,
    };
    if users::any_admin(shared.db.pool()).await? {
        return Ok(false);
    }
    let hash = shared.passwords.hash(registration.password.clone()).await?;
    let mut tx = shared.db.begin().await?;
    users::lock_admins(&mut *tx).await?;
    if users::any_admin(&mut *tx).await? {
        return Ok(false);
    }
    let user = match users::by_email(&mut *tx, &registration.email).await? {
        Some((user, _)) => {
            // Anybody may have registered this address: only who knows the configured password shall be admin.
            users::set_password(&mut *tx, user.id, &hash).await?;
            users::make_admin(&mut *tx, user.id).await?;
            stored_sessions::delete_all(&mut *tx, user.id).await?;
            shared.tell_signed_out(&mut tx, user.id, None).await?;
            user
        }
        None => register::insert(shared, &mut tx, &registration, &hash, Role::Admin).await?,
    };
    // Whoever configures the server says that the address is theirs.
    let (key, now) = (registration.email.key(), shared.clock.now());
    users::confirm_email(&mut *tx, user.id, key, now).await?;
    note(shared, &mut tx, user.id).await?;
    tx.commit().await?;
    Ok(true)
}

async fn note(shared: &Shared, tx: &mut db::Transaction, user: UserId) -> Result<(), Error> {
    let now = shared.clock.now();
    Ok(audit::record(
        tx,
        now,
        None,
        "user.made_first_admin",
        &user.to_string(),
        json!({}),
    )
    .await?)
}
