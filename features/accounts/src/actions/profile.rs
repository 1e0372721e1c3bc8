use crate::Error;
use crate::model::user::{ProfileChange, User};
use crate::shared::Shared;
use crate::store::users;
use kernel::UserId;

/// The caller; a token may outlive its user.
pub async fn get(shared: &Shared, id: UserId) -> Result<User, Error> {
    let mut tx = shared.db.begin_as(id.uuid()).await?;
    let user = users::by_id(&mut *tx, id).await?;
    tx.commit().await?;
    user.ok_or(Error::AccountGone)
}

pub async fn update(shared: &Shared, id: UserId, change: &ProfileChange) -> Result<User, Error> {
    let mut tx = shared.db.begin_as(id.uuid()).await?;
    let user = users::update_profile(&mut *tx, id, change).await?;
    tx.commit().await?;
    let user = user.ok_or(Error::AccountGone)?;
    if change.screen_name.is_some() || change.avatar.is_some() {
        tell(shared, &user).await;
    }
    Ok(user)
}

/// Two changes at once may come here in another order than they were committed in: what is told is what is there now.
async fn tell(shared: &Shared, changed: &User) {
    let _one_at_a_time = shared.telling_profile.lock().await;
    match get(shared, changed.id).await {
        Ok(present) => shared.profile_changed(present.id, &present.screen_name, present.avatar),
        Err(Error::AccountGone) => {}
        // It is better to tell what may be old than nothing.
        Err(_) => shared.profile_changed(changed.id, &changed.screen_name, changed.avatar),
    }
}
