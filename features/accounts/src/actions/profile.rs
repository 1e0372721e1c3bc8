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
    let user = user.ok_or(Error::AccountGone)?;
    let shows = change.screen_name.is_some() || change.avatar.is_some();
    if shows {
        shared.tell_profile_changed(&mut tx, id).await?;
    }
    tx.commit().await?;
    if shows {
        shared.profile_changed(id);
    }
    Ok(user)
}
