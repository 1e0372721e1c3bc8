//! Mail: how a message is built, and how it leaves the house: by SMTP, or into files where there is no server for it.

mod authorities;
mod folder;
mod message;
pub mod render;
mod smtp;
mod url;

use std::path::PathBuf;
use std::time::Duration;

use kernel::Clock;
use uuid::Uuid;

use crate::Undelivered;

pub use lettre::message::Mailbox;

pub use authorities::{Authorities, AuthoritiesError};
pub use url::{SmtpUrl, SmtpUrlError};

/// A message that can be sent.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Becomes the Message-ID: the same when it is sent again.
    pub id: Uuid,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// For what was subscribed to: where one click unsubscribes. Not for mail about the account itself.
    pub list: Option<List>,
}

#[derive(Clone, Debug)]
pub struct List {
    /// As mail programs show it.
    pub name: &'static str,
    pub unsubscribe_url: String,
}

/// Who sends mail that goes into files.
pub fn nobody() -> Mailbox {
    let address = lettre::Address::new("grandstand", "localhost");
    Mailbox::new(
        Some("Grandstand".to_owned()),
        address.unwrap_or_else(|_| unreachable!("it is an address")),
    )
}

/// Where mail goes.
#[derive(Clone, Debug)]
pub enum MailConfig {
    Smtp {
        url: SmtpUrl,
        /// Those that are trusted besides the system's.
        authorities: Option<Authorities>,
        /// How long each step of the conversation may take.
        timeout: Duration,
    },
    /// A file for each mail, for servers without one for mail.
    Folder(PathBuf),
}

/// The way out.
#[derive(Debug)]
pub struct Mailer {
    from: Mailbox,
    way: Way,
    clock: Clock,
}

#[derive(Debug)]
enum Way {
    Smtp(smtp::Smtp),
    Folder(folder::Folder),
}

impl Mailer {
    pub fn new(from: Mailbox, config: MailConfig, clock: Clock) -> Self {
        let way = match config {
            MailConfig::Smtp {
                url,
                authorities,
                timeout,
            } => Way::Smtp(smtp::Smtp::new(
                url,
                authorities,
                from.email.domain(),
                timeout,
            )),
            MailConfig::Folder(path) => Way::Folder(folder::Folder::new(path)),
        };
        Self { from, way, clock }
    }

    /// The message as it would leave the house now.
    ///
    /// # Errors
    /// Where its address is none.
    pub fn format(&self, mail: &Mail) -> Result<Vec<u8>, Undelivered> {
        let message = message::build(mail, &self.from, self.clock.now())?;
        Ok(message.formatted())
    }

    /// # Errors
    /// [`Undelivered`] says whether to try again.
    pub async fn send(&self, mail: &Mail) -> Result<(), Undelivered> {
        let now = self.clock.now();
        let message = message::build(mail, &self.from, now)?;
        let outcome = match &self.way {
            Way::Smtp(smtp) => smtp.send(&message).await,
            Way::Folder(folder) => folder.write(mail.id, now, &message.formatted()).await,
        };
        let label = match &outcome {
            Ok(()) => "sent",
            Err(Undelivered::Later { .. }) => "later",
            Err(Undelivered::Refused(_)) => "refused",
            Err(Undelivered::Closed(_)) => "bounced",
            Err(Undelivered::Unknown(_)) => "unknown",
        };
        metrics::counter!("mails_total", "outcome" => label).increment(1);
        outcome
    }

    /// Whether the mail server lets us in; nothing is sent. Files need nobody.
    ///
    /// # Errors
    /// With what went wrong and what can be done about it, for an administrator.
    pub async fn greet(&self) -> Result<(), String> {
        match &self.way {
            Way::Smtp(smtp) => smtp.greet().await,
            Way::Folder(_) => Ok(()),
        }
    }

    /// Removes the files of mails that are older than 30 days, where mails become files. To be called on each server,
    /// whose folder is its own.
    pub async fn purge(&self) {
        if let Way::Folder(folder) = &self.way
            && let Err(error) = folder.purge(self.clock.now()).await
        {
            tracing::warn!(%error, "old mails could not be removed from their folder");
        }
    }
}
