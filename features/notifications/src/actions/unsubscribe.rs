//! One click in a mail, and no more of its kind come. The token is all the authority that is needed, for this alone.

use kernel::UserId;

use super::feedback::is_gone;
use crate::model::channel::{Channel, When};
use crate::model::unsubscribe::List;
use crate::{Error, Notifications, store};

pub fn read(notifications: &Notifications, token: &str) -> Result<(UserId, List), Error> {
    notifications
        .unsubscribe_tokens
        .read(token)
        .ok_or(Error::InvalidUnsubscribeToken)
}

/// Turns it off, or on again. Doing it twice does no harm, nor does doing it for somebody who is gone.
pub async fn change(
    notifications: &Notifications,
    user: UserId,
    list: List,
    wanted: bool,
) -> Result<(), Error> {
    let mut tx = notifications.database.begin().await?;
    let now = notifications.clock.now();
    let mut preferences = match store::preferences::lock(&mut tx, user, now).await {
        Ok(preferences) => preferences,
        Err(error) if is_gone(&error) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    match list {
        List::Digest => preferences.digest_enabled = wanted,
        List::Event(kind) => {
            let when = match wanted {
                true => When::Immediate,
                false => When::Off,
            };
            // Mail takes either.
            let _ = preferences.grid.set(kind, Channel::Email, when);
        }
    }
    store::preferences::put(&mut *tx, user, &preferences).await?;
    Ok(tx.commit().await?)
}
