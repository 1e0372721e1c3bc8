//! Whose place among the best of a map is watched.

use accounts::links;
use kernel::{Cursor, DriverNotificationId, Page, PageLimit, UserId};

use super::records;
use crate::model::account::AccountId;
use crate::model::map::plain;
use crate::model::places::{TOP, place_of};
use crate::store::driver_notifications::{self, DriverNotification};
use crate::store::turns;
use crate::{Error, Trackmania};

/// Of one user.
pub const MOST: i64 = 100;
const LIST: &str = "driver-notifications";

pub async fn list(
    trackmania: &Trackmania,
    user: UserId,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<Page<DriverNotification>, Error> {
    let before = cursor
        .map(|cursor| Cursor::read::<DriverNotificationId>(cursor, LIST))
        .transpose()?;
    let mut tx = trackmania.database.begin_as(user.uuid()).await?;
    let listed = driver_notifications::list(&mut *tx, user, before, limit.get() as i64 + 1).await?;
    tx.commit().await?;
    Ok(Page::from_overfetched(listed, limit, |last| {
        Cursor::new(LIST, &last.id)
    }))
}

/// Watches the user's place on a map, if it is among the best now. Gives whether it is watched for the first time.
pub async fn create(
    trackmania: &Trackmania,
    user: UserId,
    uid: &str,
) -> Result<(DriverNotification, bool), Error> {
    trackmania.nadeo.check_configured()?;
    let account = account_of(trackmania, user).await?;
    let map = records::map(trackmania, uid).await?;
    let now = trackmania.clock.now();
    let board = records::board_since(trackmania, &trackmania.nadeo, uid, now).await?;
    let place = place_of(account, &board.records);
    let place = place.filter(|place| place.position.is_some_and(|position| position <= TOP));
    let new = DriverNotification {
        id: DriverNotificationId::new(trackmania.clock.new_uuid()),
        account,
        map_uid: map.uid,
        map_name: plain(&map.name),
        is_race: map.is_race,
        enabled: true,
        created_at: now,
        place: place.ok_or(Error::NotInTop)?,
        checked_at: now,
        problem: None,
    };
    let mut tx = trackmania.database.begin_as(user.uuid()).await?;
    turns::take(&mut *tx, LIST, user).await?;
    if driver_notifications::count_others(&mut *tx, user, uid).await? >= MOST {
        return Err(Error::DriverNotificationsTooMany);
    }
    let watched = driver_notifications::watch(&mut *tx, user, &new).await?;
    tx.commit().await?;
    Ok(watched)
}

async fn account_of(trackmania: &Trackmania, user: UserId) -> Result<AccountId, Error> {
    let linked = links::trackmania_of(trackmania.database.pool(), user).await?;
    let linked = linked.ok_or(Error::NotLinked)?;
    if !linked.verified && !trackmania.unverified_links {
        return Err(Error::NotVerified);
    }
    linked.external_id.parse().map_err(|_| Error::NotLinked)
}

pub async fn enable(
    trackmania: &Trackmania,
    user: UserId,
    id: DriverNotificationId,
    enabled: bool,
) -> Result<DriverNotification, Error> {
    let mut tx = trackmania.database.begin_as(user.uuid()).await?;
    let changed = driver_notifications::enable(&mut *tx, user, id, enabled).await?;
    tx.commit().await?;
    changed.ok_or(Error::DriverNotificationNotFound)
}

pub async fn delete(
    trackmania: &Trackmania,
    user: UserId,
    id: DriverNotificationId,
) -> Result<(), Error> {
    let mut tx = trackmania.database.begin_as(user.uuid()).await?;
    let deleted = driver_notifications::delete(&mut *tx, user, id).await?;
    tx.commit().await?;
    deleted
        .then_some(())
        .ok_or(Error::DriverNotificationNotFound)
}
