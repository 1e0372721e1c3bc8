use kernel::UserId;

use super::sessions::{self, Tokens, UserAgent};
use super::{account_mail, seen};
use crate::Error;
use crate::model::email::Email;
use crate::model::password::Password;
use crate::model::screen_name::ScreenName;
use crate::model::user::{Role, User};
use crate::shared::Shared;
use crate::store::users::{self, NewUser};

/// Who somebody says to be when they sign up.
#[derive(Debug)]
pub struct Registration {
    pub email: Email,
    pub password: Password,
    pub screen_name: ScreenName,
}

/// A user, and what their device holds from now on.
pub struct SignedIn {
    pub user: User,
    pub tokens: Tokens,
}

pub async fn register(
    shared: &Shared,
    registration: Registration,
    device: &UserAgent,
) -> Result<SignedIn, Error> {
    let hash = shared.passwords.hash(registration.password.clone()).await?;
    let mut tx = shared.db.begin().await?;
    let user = insert(shared, &mut tx, &registration, &hash, Role::User).await?;
    account_mail::ask_to_confirm(shared, &mut tx, user.id).await?;
    let tokens = sessions::start(shared, &mut tx, user.id, device).await?;
    tx.commit().await?;
    seen::note(shared, user.id).await;
    shared.signed_up(user.id, &user.screen_name, user.avatar);
    Ok(SignedIn { user, tokens })
}

/// Adds a user with a password, in the caller's transaction.
pub async fn insert(
    shared: &Shared,
    tx: &mut db::Transaction,
    registration: &Registration,
    password_hash: &str,
    role: Role,
) -> Result<User, Error> {
    let id = UserId::new(shared.clock.new_uuid());
    let user = NewUser {
        id,
        email: Some(&registration.email),
        email_confirmed: false,
        password_hash: Some(password_hash),
        screen_name: &registration.screen_name,
        role,
        created_at: shared.clock.now(),
    };
    if !users::insert(&mut **tx, &user).await? {
        return Err(Error::EmailTaken);
    }
    users::by_id(&mut **tx, id).await?.ok_or(Error::AccountGone)
}
