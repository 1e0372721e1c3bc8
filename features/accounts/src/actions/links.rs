use kernel::{Cursor, Page, PageLimit, UserId};

use crate::Error;
use crate::model::identity::{Claim, Provider};
use crate::shared::Shared;
use crate::store::identities::{self, Identity};

/// Notes what a user says about an account elsewhere.
pub async fn claim(shared: &Shared, user: UserId, claim: &Claim) -> Result<Identity, Error> {
    // Across users, so it can't be a part of the user's own transaction. Should somebody prove the account in
    // between, no harm is done: a claim reserves nothing.
    if identities::is_another_users(shared.db.pool(), user, claim).await? {
        return Err(Error::IdentityTaken);
    }
    let mut tx = shared.db.begin_as(user.uuid()).await?;
    let identity = identities::upsert(&mut *tx, user, claim, shared.clock.now())
        .await
        .map_err(gone_or)?;
    tx.commit().await?;
    Ok(identity)
}

/// The user's row is what a link hangs on; without it, the token has outlived its user.
pub fn gone_or(error: db::Error) -> Error {
    let (db::Error::Query(cause) | db::Error::Unavailable(cause)) = &error;
    let gone = cause
        .as_database_error()
        .is_some_and(|cause| cause.is_foreign_key_violation());
    if gone {
        Error::AccountGone
    } else {
        error.into()
    }
}

const LIST: &str = "links";

pub async fn list(
    shared: &Shared,
    user: UserId,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<Page<Identity>, Error> {
    let after = cursor
        .map(|cursor| Cursor::read::<Provider>(cursor, LIST))
        .transpose()?;
    let mut tx = shared.db.begin_as(user.uuid()).await?;
    let one_more = limit.get() as i64 + 1;
    let links = identities::list(&mut *tx, user, after.map(Provider::as_str), one_more).await?;
    tx.commit().await?;
    Ok(Page::from_overfetched(links, limit, |last| {
        Cursor::new(LIST, &last.provider)
    }))
}

pub async fn unlink(shared: &Shared, user: UserId, provider: Provider) -> Result<(), Error> {
    let mut tx = shared.db.begin_as(user.uuid()).await?;
    if !identities::delete(&mut *tx, user, provider).await? {
        return Err(Error::NotLinked);
    }
    Ok(tx.commit().await?)
}
