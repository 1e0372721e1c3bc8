//! The work behind the requests, a file each.

mod deliver;
mod gather;
mod message;
mod purge;

use std::time::Duration;

use ::jobs::{Job, Priority, Queue, Registry, Retry};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Notifications;

/// Half a minute, two minutes, eight, half an hour, and then by the hour: long enough for a server to be put right.
const PATIENT: Retry = Retry {
    attempts: 8,
    base: Duration::from_secs(30),
    factor: 4,
    longest: Duration::from_secs(60 * 60),
};

/// A message is sent by a job of its channel, so that one that is slow holds up nothing else.
macro_rules! deliveries {
    ($($(#[$doc:meta])* $name:ident $kind:literal $queue:literal $concurrency:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Serialize, Deserialize)]
        pub struct $name {
            pub delivery: Uuid,
        }
        impl Job for $name {
            const KIND: &'static str = $kind;
            const QUEUE: Queue = Queue::new($queue, $concurrency);
            const RETRY: Retry = PATIENT;
            const TIMEOUT: Duration = Duration::from_secs(180);
        }
    )*};
}

deliveries! {
    /// Sends a mail.
    DeliverMail "notifications.deliver_mail" "mail" 4;
    /// Sends a direct message.
    DeliverDiscord "notifications.deliver_discord" "discord" 2;
    /// Calls a webhook.
    DeliverWebhook "notifications.deliver_webhook" "webhooks" 8;
}

/// Closes the digests that are due, and has each sent. To be fired every minute.
#[derive(Debug, Serialize, Deserialize)]
pub struct GatherDigests {}

impl Job for GatherDigests {
    const KIND: &'static str = "notifications.gather_digests";
}

/// Removes what is too old to be of use. To be fired every day.
#[derive(Debug, Serialize, Deserialize)]
pub struct Purge {}

impl Job for Purge {
    const KIND: &'static str = "notifications.purge";
    const PRIORITY: Priority = Priority::Low;
    const TIMEOUT: Duration = Duration::from_secs(600);
}

impl Notifications {
    /// Adds the handlers of this feature's jobs.
    pub fn register_jobs(&self, registry: &mut Registry) {
        registry.register(
            self.clone(),
            |job: DeliverMail, feature, running| async move {
                deliver::deliver(&feature, job.delivery, &running).await
            },
        );
        registry.register(
            self.clone(),
            |job: DeliverDiscord, feature, running| async move {
                deliver::deliver(&feature, job.delivery, &running).await
            },
        );
        registry.register(
            self.clone(),
            |job: DeliverWebhook, feature, running| async move {
                deliver::deliver(&feature, job.delivery, &running).await
            },
        );
        registry.register(self.clone(), |_: GatherDigests, feature, _| async move {
            gather::gather(&feature).await
        });
        registry.register(self.clone(), |_: Purge, feature, _| async move {
            purge::purge(&feature).await
        });
    }
}
