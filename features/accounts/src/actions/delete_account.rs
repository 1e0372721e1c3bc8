use kernel::UserId;
use serde_json::json;

use super::sign_in_elsewhere::fingerprint;
use crate::Error;
use crate::shared::Shared;
use crate::store::{audit, external_logins, users};

/// Deletes a user and all that any feature holds about them, in one transaction. The audit trail stays, without
/// saying who.
pub async fn delete(shared: &Shared, user: UserId) -> Result<(), Error> {
    let now = shared.clock.now();
    let mut tx = shared.db.begin().await?;
    // The user's row first, so that nobody who changes it waits for us in a circle.
    if !users::lock(&mut *tx, user).await? {
        return Err(Error::AccountGone);
    }
    let mut afterwards = Vec::new();
    for data in shared.user_data() {
        afterwards.push(data.erase(&mut tx, user).await?);
    }
    let logins = external_logins::of_user(&mut *tx, user).await?;
    for login in &logins {
        external_logins::end(&mut *tx, &fingerprint(login), now).await?;
    }
    audit::anonymise(&mut *tx, user).await?;
    users::delete(&mut *tx, user).await?;
    crate::audit::record(&mut tx, now, None, "user.deleted", audit::NOBODY, json!({})).await?;
    shared.tell_deleted(&mut tx, user).await?;
    tx.commit().await?;

    for login in logins {
        shared.logins.invalidate(&(login.clone(), true));
        shared.logins.invalidate(&(login, false));
    }
    for after in afterwards {
        after();
    }
    shared.deleted(user);
    Ok(())
}
