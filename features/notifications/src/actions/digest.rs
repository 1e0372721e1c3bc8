use accounts::contacts::{self, Contact};
use jiff::Timestamp;
use kernel::UserId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::mail::render::{self, Rendered};
use crate::model::channel::{Channel, When};
use crate::model::digest::Digest;
use crate::model::event::EventKind;
use crate::model::preferences::Preferences;
use crate::model::unsubscribe::List;
use crate::{Error, Notifications, store};

/// What a user's next digest would be, were it sent now.
pub struct Preview {
    pub user: UserId,
    /// When it is due; `None` where nothing has gathered.
    pub due_at: Option<Timestamp>,
    pub mail: Option<Rendered>,
}

impl Notifications {
    /// Reads, and sends nothing.
    ///
    /// # Errors
    /// When there is no such user, or the database is away.
    pub async fn preview_digest(&self, user: UserId) -> Result<Preview, Error> {
        preview(self, user).await
    }
}

async fn preview(notifications: &Notifications, user: UserId) -> Result<Preview, Error> {
    let mut tx = notifications.database.begin().await?;
    let contact = contacts::of(&mut tx, user)
        .await?
        .ok_or(Error::UserNotFound)?;
    let wanted = store::preferences::get(&mut *tx, user).await?;
    let next = store::digests::next_of(&mut *tx, user).await?;
    let mail = match next {
        Some((digest, _)) => compose(notifications, &mut tx, digest, &contact, &wanted).await?,
        None => None,
    };
    tx.commit().await?;
    Ok(Preview {
        user,
        due_at: next.map(|(_, due_at)| due_at),
        mail,
    })
}

/// What is in a digest, by what its user wants at this moment; `None` when that is nothing.
pub async fn compose(
    notifications: &Notifications,
    connection: &mut PgConnection,
    digest: Uuid,
    contact: &Contact,
    wanted: &Preferences,
) -> Result<Option<Rendered>, Error> {
    let items = store::digests::items(connection, digest).await?;
    let still_wanted = |event: &str| {
        EventKind::find(event)
            .is_some_and(|kind| wanted.grid.get(kind, Channel::Email) != When::Off)
    };
    let items = items
        .into_iter()
        .filter(|(event, _)| wanted.digest_enabled && still_wanted(event))
        .map(|(_, item)| item);
    let Some(digest) = Digest::of(items.collect()) else {
        return Ok(None);
    };
    let url = unsubscribe_url(notifications, contact.user, List::Digest);
    let mail = render::digest(&notifications.site, &contact.screen_name, &digest, &url)?;
    Ok(Some(mail))
}

pub fn unsubscribe_url(notifications: &Notifications, user: UserId, list: List) -> String {
    let token = notifications.unsubscribe_tokens.write(user, list);
    notifications.site.unsubscribe(&token)
}
