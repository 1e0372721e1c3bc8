//! Sends one message, and writes down what became of it.
//!
//! Invariant: a message that may have arrived is not sent again, unless its receiver can tell that it is the same. That
//! a worker begins is committed before the first byte leaves; how it ended is committed with the end of the job. One
//! that is found begun was cut off in between, and nobody knows where.

use std::time::Duration;

use ::jobs::{Done, JobError, Running};
use jiff::Timestamp;
use kernel::Day;
use uuid::Uuid;

use super::message::{Message, prepare};
use crate::channels::{discord, webhook};
use crate::event::{CHANNEL_CLOSED, Event};
use crate::model::channel::Channel;
use crate::store::deliveries::{self, Open, Status};
use crate::{MailOutcome, Notifications, Undelivered, store};

/// For so long Discord knows a nonce again.
const NONCE: Duration = Duration::from_secs(120);

pub async fn deliver(
    feature: &Notifications,
    delivery: Uuid,
    running: &Running,
) -> Result<Done, JobError> {
    let now = feature.clock.now();
    let mut tx = feature.database.begin().await?;
    let Some(open) = deliveries::begin(&mut *tx, delivery, now).await? else {
        return Ok(Done::empty());
    };
    let message = prepare(feature, &mut tx, delivery, &open).await?;
    tx.commit().await.map_err(db::Error::from)?;
    let end = End {
        feature,
        delivery,
        open: &open,
        running,
    };
    if let Message::Nothing(why) = message {
        return end.write(Status::Skipped, Some(why)).await;
    }
    if open
        .cut_off_at
        .is_some_and(|at| !may_repeat(open.channel, at, now))
    {
        let why = "The server was stopped while it sent this. It may have arrived.";
        return end.write(Status::Unknown, Some(why)).await;
    }
    let (outcome, learnt) = send(feature, &message, now).await;
    match outcome {
        Ok(()) => end.sent(learnt).await,
        Err(Undelivered::Later { reason, after }) => end.later(reason, after).await,
        Err(Undelivered::Refused(reason)) => end.write(Status::Failed, Some(&reason)).await,
        Err(Undelivered::Unknown(reason)) => end.write(Status::Unknown, Some(&reason)).await,
        Err(Undelivered::Closed(reason)) => end.closed(&message, &reason).await,
    }
}

/// Whether the receiver can tell that it has the message already.
fn may_repeat(channel: Channel, begun_at: Timestamp, now: Timestamp) -> bool {
    match channel {
        // By the id in its headers.
        Channel::Webhook => true,
        Channel::Discord => now.duration_since(begun_at).unsigned_abs() < NONCE,
        Channel::Email | Channel::InApp => false,
    }
}

/// What the day's count of mails says of it.
fn mail_outcome(status: Status) -> Option<MailOutcome> {
    match status {
        Status::Sent => Some(MailOutcome::Sent),
        Status::Failed => Some(MailOutcome::Failed),
        Status::Unknown => Some(MailOutcome::Unknown),
        Status::Pending | Status::Skipped => None,
    }
}

/// What is worth keeping of a message that went out.
struct Learnt {
    discord: Option<(String, String)>,
}

async fn send(
    feature: &Notifications,
    message: &Message,
    now: Timestamp,
) -> (Result<(), Undelivered>, Learnt) {
    let mut learnt = Learnt { discord: None };
    let outcome = match message {
        Message::Nothing(_) => Ok(()),
        Message::Mail(mail, _) => feature.mailer.send(mail).await,
        Message::Discord {
            user,
            channel,
            message,
        } => {
            let to = discord::Recipient {
                user,
                channel: channel.as_deref(),
            };
            match &feature.discord {
                Some(discord) => discord.send(to, message).await.map(|used| {
                    if channel.as_ref() != Some(&used) {
                        learnt.discord = Some((user.clone(), used));
                    }
                }),
                None => Err(Undelivered::later("This server has no Discord bot now.")),
            }
        }
        Message::Webhook {
            url,
            secret,
            id,
            body,
        } => {
            let call = webhook::Call {
                url,
                secret,
                id,
                body: body.clone(),
                timeout: feature.webhook_timeout,
            };
            webhook::post(&feature.outside, call, now).await
        }
    };
    (outcome, learnt)
}

/// How an attempt ends.
struct End<'a> {
    feature: &'a Notifications,
    delivery: Uuid,
    open: &'a Open,
    running: &'a Running,
}

impl End<'_> {
    async fn write(&self, status: Status, reason: Option<&str>) -> Result<Done, JobError> {
        let mut tx = self.feature.database.begin().await?;
        self.note(&mut tx, status, reason).await?;
        self.running.complete(tx).await
    }

    async fn note(
        &self,
        tx: &mut db::Transaction,
        status: Status,
        reason: Option<&str>,
    ) -> Result<(), JobError> {
        let now = self.feature.clock.now();
        let ended = deliveries::end(&mut **tx, self.delivery, status, reason, now).await?;
        let counts = mail_outcome(status).filter(|_| self.open.channel == Channel::Email);
        if let Some(outcome) = counts.filter(|_| ended) {
            store::mail_days::add(&mut **tx, Day::of(now), outcome).await?;
        }
        if status != Status::Pending {
            metrics::counter!(
                "deliveries_total",
                "channel" => self.open.channel.as_str(), "status" => status.as_str()
            )
            .increment(1);
        }
        Ok(())
    }

    async fn sent(&self, learnt: Learnt) -> Result<Done, JobError> {
        let mut tx = self.feature.database.begin().await?;
        self.note(&mut tx, Status::Sent, None).await?;
        if let Some(opened) = learnt.discord {
            let (user, now) = (self.open.user, self.feature.clock.now());
            let mut preferences = store::preferences::lock(&mut tx, user, now).await?;
            preferences.discord.opened = Some(opened);
            store::preferences::put(&mut *tx, user, &preferences).await?;
        }
        self.running.complete(tx).await
    }

    /// The last attempt leaves it failed, and the job dead: an administrator may send both back.
    async fn later(&self, reason: String, after: Option<Duration>) -> Result<Done, JobError> {
        let status = match self.running.is_last() {
            true => Status::Failed,
            false => Status::Pending,
        };
        let mut tx = self.feature.database.begin().await?;
        self.note(&mut tx, status, Some(&reason)).await?;
        tx.commit().await.map_err(db::Error::from)?;
        Err(match after {
            Some(after) => JobError::retry_after(reason, after),
            None => JobError::retry(reason),
        })
    }

    /// Nothing more is sent there, and the user hears of it by the ways that are left.
    async fn closed(&self, message: &Message, reason: &str) -> Result<Done, JobError> {
        let (feature, user) = (self.feature, self.open.user);
        let now = feature.clock.now();
        let mut tx = feature.database.begin().await?;
        self.note(&mut tx, Status::Failed, Some(reason)).await?;
        if let Message::Mail(_, key) = message {
            store::suppressions::add(&mut *tx, key, now).await?;
        } else {
            let mut preferences = store::preferences::lock(&mut tx, user, now).await?;
            match message {
                Message::Webhook { url, .. } => {
                    // Unless the user has set another meanwhile.
                    let same = preferences.webhook.as_mut().filter(|now| now.url == *url);
                    if let Some(webhook) = same {
                        webhook.disabled = Some(reason.to_owned());
                    }
                }
                _ => preferences.discord.closed_at = Some(now),
            }
            store::preferences::put(&mut *tx, user, &preferences).await?;
        }
        let title = match self.open.channel {
            Channel::Email => "Mail to your address bounced",
            Channel::Discord => "Discord takes no messages for you",
            Channel::Webhook | Channel::InApp => "Your webhook is gone",
        };
        let event = Event::new(&CHANNEL_CLOSED, title, reason)
            .link("/settings/notifications")
            .about(self.delivery.to_string());
        feature.notify(&mut tx, user, &event).await?;
        self.running.complete(tx).await
    }
}
