//! How many mails went out on a day, for administrators: counted as each ends, so that it costs the same however many
//! there were, and stays when their users go.

use kernel::Day;
use serde::Serialize;
use utoipa::ToSchema;

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
}
