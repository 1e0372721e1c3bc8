//! The one way in: what a user is told of is written, and sent for, in the transaction of whoever has something to
//! tell.

use ::jobs::New;
use accounts::contacts;
use jiff::Timestamp;
use kernel::{NotificationId, UserId};
use live::{InboxTopic, UserEvent};
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::event::Event;
use crate::jobs::{DeliverDiscord, DeliverMail, DeliverWebhook};
use crate::model::channel::Channel;
use crate::model::plan::Plan;
use crate::model::preferences::Preferences;
use crate::store::deliveries::{self, Subject};
use crate::{Notifications, store};

/// How often the day of a digest is looked for again, since it was closed in between.
const TRIES: usize = 3;

/// What a `notification` event says; the rest is read in the history.
#[derive(Serialize)]
struct Announced<'a> {
    id: NotificationId,
    event: &'a str,
    title: &'a str,
    link: Option<&'a str>,
}

impl Notifications {
    /// Tells a user of an event, over the channels that the user wants. Nothing leaves before the transaction is
    /// committed, which must be one of the server's own work: a user's request may not tell others anything.
    ///
    /// Gives `None` where nothing is told: the user is gone, wants none of it, or was told of the same before.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn notify(
        &self,
        tx: &mut PgConnection,
        user: UserId,
        event: &Event,
    ) -> Result<Option<NotificationId>, db::Error> {
        let Some(contact) = contacts::of(tx, user).await? else {
            return Ok(None);
        };
        let wanted = store::preferences::get(&mut *tx, user).await?;
        let now = self.clock.now();
        let Some(plan) = Plan::of(event.kind, &contact, &wanted, self.means(), now) else {
            return Ok(None);
        };
        let id = NotificationId::new(self.clock.new_uuid());
        if !store::notifications::insert(&mut *tx, id, user, event, plan.in_app, now).await? {
            return Ok(None);
        }
        if plan.in_digest {
            self.add_to_digest(tx, id, user, &wanted, &contact.time_zone)
                .await?;
        }
        for (channel, due) in plan.messages {
            let subject = Subject::Notification(id);
            self.dispatch(tx, user, subject, channel, due).await?;
        }
        if plan.in_app {
            self.announce(tx, id, user, event).await?;
        }
        Ok(Some(id))
    }

    /// Tells the user's own event streams, on every server.
    async fn announce(
        &self,
        tx: &mut PgConnection,
        id: NotificationId,
        user: UserId,
        event: &Event,
    ) -> Result<(), db::Error> {
        let announced = Announced {
            id,
            event: event.kind.name,
            title: &event.title,
            link: event.link.as_deref(),
        };
        // It can always be written: an id and words.
        match UserEvent::new(InboxTopic::Notifications, id, &announced) {
            Ok(event) => self.inboxes.publish_in(tx, &[user], &event).await,
            Err(_) => Ok(()),
        }
    }

    async fn add_to_digest(
        &self,
        tx: &mut PgConnection,
        id: NotificationId,
        user: UserId,
        wanted: &Preferences,
        zone: &str,
    ) -> Result<(), db::Error> {
        let hour = wanted.digest(zone, self.digest_hour);
        for _ in 0..TRIES {
            let now = self.clock.now();
            let closed = store::digests::last_closed_day(&mut *tx, user).await?;
            let Some((day, due_at)) = hour.next(now, closed) else {
                break;
            };
            let new = self.clock.new_uuid();
            if let Some(digest) =
                store::digests::open(&mut *tx, new, user, day, due_at, now).await?
            {
                return store::digests::add(tx, digest, id).await;
            }
        }
        // It stays in the history.
        tracing::warn!(notification = %id, "no digest could be found for a notification");
        Ok(())
    }

    /// Writes down that a message is to be sent, and enqueues the job that sends it.
    pub(crate) async fn dispatch(
        &self,
        tx: &mut PgConnection,
        user: UserId,
        subject: Subject,
        channel: Channel,
        due: Timestamp,
    ) -> Result<(), db::Error> {
        let delivery: Uuid = self.clock.new_uuid();
        let now = self.clock.now();
        deliveries::insert(&mut *tx, delivery, user, subject, channel, now).await?;
        let job = match channel {
            Channel::InApp => return Ok(()),
            Channel::Email => New::of(&DeliverMail { delivery }),
            Channel::Discord => New::of(&DeliverDiscord { delivery }),
            Channel::Webhook => New::of(&DeliverWebhook { delivery }),
        };
        self.jobs.enqueue(tx, job.at(due)).await?;
        Ok(())
    }
}
