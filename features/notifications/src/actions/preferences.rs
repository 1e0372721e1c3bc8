use accounts::contacts::{self, Contact};
use jiff::tz::TimeZone;
use kernel::{FieldError, Secret, UserId, random_bytes};
use sqlx::PgConnection;

use super::feedback::is_gone;
use crate::model::channel::{Channel, When};
use crate::model::event::KINDS;
use crate::model::grid::Grid;
use crate::model::preferences::{Preferences, Webhook};
use crate::model::schedule::QuietHours;
use crate::model::signature::SigningSecret;
use crate::{Error, Notifications, store};

/// What a user wants from now on, all of it.
pub struct Wanted {
    pub grid: Grid,
    pub digest_enabled: bool,
    pub digest_hour: Option<i8>,
    pub time_zone: Option<String>,
    pub quiet: Option<QuietHours>,
    pub webhook_url: Option<String>,
}

/// What a user sees.
pub struct Seen {
    pub preferences: Preferences,
    pub contact: Contact,
    /// Whether mail to the user's address bounced.
    pub suppressed: bool,
    /// The webhook's secret, where this change made it: it is shown this once.
    pub new_secret: Option<Secret>,
}

pub async fn get(notifications: &Notifications, user: UserId) -> Result<Seen, Error> {
    let mut tx = notifications.database.begin_as(user.uuid()).await?;
    let preferences = store::preferences::get(&mut *tx, user).await?;
    let contact = contact(&mut tx, user).await?;
    tx.commit().await?;
    seen(notifications, preferences, contact, None).await
}

pub async fn put(
    notifications: &Notifications,
    user: UserId,
    wanted: Wanted,
) -> Result<Seen, Error> {
    check(notifications, &wanted)?;
    let now = notifications.clock.now();
    let mut tx = notifications.database.begin_as(user.uuid()).await?;
    let before =
        store::preferences::lock(&mut tx, user, now)
            .await
            .map_err(|error| match is_gone(&error) {
                true => Error::AccountGone,
                false => error.into(),
            })?;
    let contact = contact(&mut tx, user).await?;
    let (preferences, new_secret) = change(before, wanted);
    store::preferences::put(&mut *tx, user, &preferences).await?;
    let closed = store::digests::last_closed_day(&mut *tx, user).await?;
    let digest = preferences.digest(&contact.time_zone, notifications.digest_hour);
    if let Some((day, due_at)) = digest.next(now, closed) {
        store::digests::reschedule(&mut *tx, user, day, due_at, now).await?;
    }
    tx.commit().await?;
    seen(notifications, preferences, contact, new_secret).await
}

/// Mail to the user's address may come again, though it bounced once.
pub async fn resume_email(notifications: &Notifications, user: UserId) -> Result<(), Error> {
    let mut tx = notifications.database.begin().await?;
    let contact = contact(&mut tx, user).await?;
    if let Some(key) = &contact.email_key {
        store::suppressions::remove(&mut *tx, key).await?;
    }
    Ok(tx.commit().await?)
}

async fn contact(connection: &mut PgConnection, user: UserId) -> Result<Contact, Error> {
    contacts::of(connection, user)
        .await?
        .ok_or(Error::AccountGone)
}

async fn seen(
    notifications: &Notifications,
    preferences: Preferences,
    contact: Contact,
    new_secret: Option<Secret>,
) -> Result<Seen, Error> {
    let suppressed = match &contact.email_key {
        Some(key) => store::suppressions::contains(notifications.database.pool(), key).await?,
        None => false,
    };
    Ok(Seen {
        preferences,
        contact,
        suppressed,
        new_secret,
    })
}

fn check(notifications: &Notifications, wanted: &Wanted) -> Result<(), Error> {
    let mut wrong = Vec::new();
    if let Some(zone) = &wanted.time_zone
        && TimeZone::get(zone).is_err()
    {
        wrong.push(FieldError::new(
            "timeZone",
            "must be an IANA time zone such as Europe/Berlin",
        ));
    }
    if wanted.quiet.is_some_and(|quiet| quiet.from == quiet.until) {
        wrong.push(FieldError::new(
            "quietHours",
            "must begin and end at different times",
        ));
    }
    if let Some(url) = &wanted.webhook_url
        && let Err(error) = notifications.outside.check_foreign(url)
    {
        let rule = match error {
            outbound::Error::Forbidden => "must lead to the public internet",
            _ => "must be an address that begins with https://",
        };
        wrong.push(FieldError::new("webhook.url", rule));
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Error::Invalid(wrong)),
    }
}

/// A webhook keeps its secret for as long as it keeps its address. Whatever closed by itself is open again.
fn change(before: Preferences, wanted: Wanted) -> (Preferences, Option<Secret>) {
    let kept = before
        .webhook
        .filter(|webhook| Some(&webhook.url) == wanted.webhook_url.as_ref());
    let (webhook, new_secret) = match (wanted.webhook_url, kept) {
        (None, _) => (None, None),
        (Some(url), Some(kept)) => {
            let webhook = Webhook {
                url,
                disabled: None,
                ..kept
            };
            (Some(webhook), None)
        }
        (Some(url), None) => {
            let secret = SigningSecret::write(&random_bytes());
            let webhook = Webhook {
                url,
                secret: secret.clone(),
                disabled: None,
            };
            (Some(webhook), Some(secret))
        }
    };
    let mut discord = before.discord;
    let asked = |kind| wanted.grid.get(kind, Channel::Discord) == When::Immediate;
    if KINDS.into_iter().any(asked) {
        discord.closed_at = None;
    }
    let preferences = Preferences {
        grid: wanted.grid,
        digest_enabled: wanted.digest_enabled,
        digest_hour: wanted.digest_hour,
        time_zone: wanted.time_zone,
        quiet: wanted.quiet,
        webhook,
        discord,
    };
    (preferences, new_secret)
}
