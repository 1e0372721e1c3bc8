//! How many mails went out on a day, for administrators: counted as each ends, so that it costs the same however many
//! there were, and stays when their users go.

use std::collections::HashMap;

use jiff::SignedDuration;
use kernel::{Day, NotificationId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::event::EventKind;
use crate::{Notifications, store};

/// How a mail ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailOutcome {
    Sent,
    Failed,
    Unknown,
}

impl MailOutcome {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// Mails of a day, those about accounts too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MailsOverview {
    /// Taken by the mail server, or written into the folder where there is none.
    pub sent: i64,
    /// Refused, bounced, or given up after the last attempt.
    pub failed: i64,
    /// May have arrived, and are not sent again.
    pub unknown: i64,
}

/// How long after it was made a mail may leave.
const LATEST: SignedDuration = SignedDuration::from_hours(24);

/// Mails that left on a day and told of some kinds of event, digests included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailsAbout {
    counts: HashMap<String, i64>,
    /// Whether all were looked at: of more than 100,000 messages, the first ones are.
    pub is_exact: bool,
}

impl MailsAbout {
    pub(crate) fn new(counts: HashMap<String, i64>, is_exact: bool) -> Self {
        Self { counts, is_exact }
    }

    /// Those that told of this kind.
    pub fn of(&self, kind: &EventKind) -> i64 {
        self.counts.get(kind.name).copied().unwrap_or(0)
    }
}

impl Notifications {
    /// Counts a mail that others sent by the same [`crate::mail::Mailer`], today.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn count_mail(&self, outcome: MailOutcome) -> Result<(), db::Error> {
        let today = Day::of(self.clock.now());
        store::mail_days::add(self.database.pool(), today, outcome).await
    }

    /// # Errors
    /// When the database is away.
    pub async fn mails_overview(&self, day: Day) -> Result<MailsOverview, db::Error> {
        store::mail_days::of_day(self.database.pool(), day).await
    }

    /// As long as notifications are kept.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn mails_about(
        &self,
        day: Day,
        kinds: &[&EventKind],
    ) -> Result<MailsAbout, db::Error> {
        // Ids are in the order of time, so that no other index is needed.
        let from = NotificationId::first_at(day.start() - LATEST);
        let to = NotificationId::first_at(day.end());
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
        let pool = self.database.pool();
        store::deliveries::mails_about(pool, (from.uuid(), to.uuid()), day, &kinds).await
    }
}
