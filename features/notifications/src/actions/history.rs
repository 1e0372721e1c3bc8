use kernel::{Cursor, NotificationId, Page, PageLimit, UserId};
use uuid::Uuid;

use crate::store::notifications::{self, Notification};
use crate::{Error, Notifications};

/// A page of the history, and how much of all of it is unread.
pub struct History {
    pub page: Page<Notification>,
    pub unread: i64,
}

pub async fn list(
    feature: &Notifications,
    user: UserId,
    unread_only: bool,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<History, Error> {
    let list = match unread_only {
        true => "notifications:unread",
        false => "notifications",
    };
    let before = cursor
        .map(|cursor| Cursor::read::<Uuid>(cursor, list))
        .transpose()?;
    let one_more = limit.get() as i64 + 1;
    let mut tx = feature.database.begin_as(user.uuid()).await?;
    let found = notifications::list(&mut *tx, user, unread_only, before, one_more).await?;
    let unread = notifications::count_unread(&mut *tx, user).await?;
    tx.commit().await?;
    let page = Page::from_overfetched(found, limit, |last| Cursor::new(list, &last.id.uuid()));
    Ok(History { page, unread })
}

/// Marks these as read, or all. Gives how many are unread then.
pub async fn mark_read(
    feature: &Notifications,
    user: UserId,
    ids: Option<Vec<NotificationId>>,
) -> Result<i64, Error> {
    let ids: Option<Vec<Uuid>> = ids.map(|ids| ids.into_iter().map(NotificationId::uuid).collect());
    let mut tx = feature.database.begin_as(user.uuid()).await?;
    notifications::mark_read(&mut *tx, user, ids.as_deref(), feature.clock.now()).await?;
    let unread = notifications::count_unread(&mut *tx, user).await?;
    tx.commit().await?;
    Ok(unread)
}
