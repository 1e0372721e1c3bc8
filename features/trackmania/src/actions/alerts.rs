//! Of whose new records users want to be told.

use accounts::alert_types;
use kernel::{AlertId, Cursor, Page, PageLimit, UserId};
use sqlx::PgConnection;

use super::wish::{Wish, Wished};
use crate::model::map::plain;
use crate::model::search::Mode;
use crate::store::alerts::{self, Alert, Change};
use crate::store::targets::{self, Target};
use crate::store::turns;
use crate::{Error, Trackmania};

/// Of one user.
pub const MOST_ALERTS: i64 = 100;
const LIST: &str = "alerts";

/// With the type of the user's alerts that have none of their own.
pub async fn list(
    trackmania: &Trackmania,
    user: UserId,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<(Page<Alert>, Mode), Error> {
    let before = cursor
        .map(|cursor| Cursor::read::<AlertId>(cursor, LIST))
        .transpose()?;
    let mut tx = trackmania.database.begin_as(user.uuid()).await?;
    let listed = alerts::list(&mut *tx, user, before, limit.get() as i64 + 1).await?;
    let of_user = mode_of(&mut tx, user).await?;
    tx.commit().await?;
    let page = Page::from_overfetched(listed, limit, |last| Cursor::new(LIST, &last.id));
    Ok((page, of_user))
}

#[derive(Clone, Debug)]
pub struct Created {
    pub alert: Alert,
    /// False: the user follows the same already, by this alert.
    pub is_new: bool,
    pub of_user: Mode,
}

pub async fn create(
    trackmania: &Trackmania,
    user: UserId,
    wish: Wish,
    mode: Option<Mode>,
) -> Result<Created, Error> {
    let target = match wish.resolve(trackmania).await? {
        Wished::Mapper(person) => Target::Mapper(person),
        Wished::Map(map) => Target::Map {
            name: plain(&map.name),
            is_race: map.is_race,
            uid: map.uid,
        },
    };
    let now = trackmania.clock.now();
    let target = targets::touch(trackmania.database.pool(), &target, now).await?;
    let mut tx = trackmania.database.begin_as(user.uuid()).await?;
    turns::take(&mut *tx, LIST, user).await?;
    let of_user = mode_of(&mut tx, user).await?;
    if let Some(alert) = alerts::of_target(&mut *tx, user, target).await? {
        return Ok(Created {
            alert,
            is_new: false,
            of_user,
        });
    }
    if alerts::count(&mut *tx, user).await? >= MOST_ALERTS {
        return Err(Error::AlertsTooMany);
    }
    let id = AlertId::new(trackmania.clock.new_uuid());
    alerts::insert(&mut *tx, id, user, target, mode, now).await?;
    let alert = alerts::of_target(&mut *tx, user, target).await?;
    tx.commit().await?;
    Ok(Created {
        alert: alert.ok_or(Error::AlertNotFound)?,
        is_new: true,
        of_user,
    })
}

pub async fn change(
    trackmania: &Trackmania,
    user: UserId,
    id: AlertId,
    change: Change,
) -> Result<(Alert, Mode), Error> {
    let mut tx = trackmania.database.begin_as(user.uuid()).await?;
    let target = alerts::change(&mut *tx, user, id, change).await?;
    let target = target.ok_or(Error::AlertNotFound)?;
    let alert = alerts::of_target(&mut *tx, user, target).await?;
    let of_user = mode_of(&mut tx, user).await?;
    tx.commit().await?;
    Ok((alert.ok_or(Error::AlertNotFound)?, of_user))
}

pub async fn delete(trackmania: &Trackmania, user: UserId, id: AlertId) -> Result<(), Error> {
    let mut tx = trackmania.database.begin_as(user.uuid()).await?;
    let deleted = alerts::delete(&mut *tx, user, id).await?;
    tx.commit().await?;
    deleted.then_some(()).ok_or(Error::AlertNotFound)
}

async fn mode_of(connection: &mut PgConnection, user: UserId) -> Result<Mode, Error> {
    let types = alert_types::of(connection, &[user]).await?;
    Ok(types.get(&user).copied().unwrap_or_default().into())
}
