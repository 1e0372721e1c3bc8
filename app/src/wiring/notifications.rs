//! How mail and other messages leave the house, made from the configuration.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use accounts::{AccountLetter, AccountMailer, LetterError, Purpose};
use futures_util::future::BoxFuture;
use kernel::Clock;
use notifications::mail::render::{self, Site};
use notifications::mail::{Mail, MailConfig, Mailer};
use notifications::{DiscordConfig, MailOutcome, Notifications, Undelivered};

use crate::config::{Config, Secrets};

/// Feedback that one address may give in ten minutes.
const FEEDBACK: NonZeroU32 = NonZeroU32::new(5).expect("five is not zero");
const FEEDBACK_WINDOW: Duration = Duration::from_secs(10 * 60);

/// The folder of mails below the data folder, for servers without SMTP.
const MAIL_FOLDER: &str = "mail";

pub fn mailer(config: &Config, clock: &Clock) -> Mailer {
    let section = &config.notifications;
    let way = match &section.smtp_url {
        Some(url) => MailConfig::Smtp {
            url: url.clone(),
            authorities: section.smtp_authorities.clone(),
            timeout: section.smtp_timeout,
        },
        None => MailConfig::Folder(config.server.data_dir.join(MAIL_FOLDER)),
    };
    Mailer::new(section.mail_from.clone(), way, clock.clone())
}

pub fn settings(config: &Config, secrets: &Secrets, public_url: &str) -> notifications::Config {
    let section = &config.notifications;
    let discord = |token: &kernel::Secret| DiscordConfig {
        token: token.clone(),
        api_url: section.discord_api_url.clone(),
        contact: public_url.to_owned(),
    };
    notifications::Config {
        public_url: public_url.to_owned(),
        secret: secrets.jwt.clone(),
        digest_hour: section.digest_hour,
        discord: section.discord_bot_token.as_ref().map(discord),
        unverified_links: config.links.allow_unverified,
        webhook_timeout: section.webhook_timeout,
        feedback: config.limits.enabled.then_some((FEEDBACK, FEEDBACK_WINDOW)),
    }
}

/// Whose limits calls to Discord are held to.
pub fn discord_host(config: &Config) -> String {
    let url: Option<http::Uri> = config.notifications.discord_api_url.parse().ok();
    let host = url.as_ref().and_then(http::Uri::host);
    host.unwrap_or_default().to_owned()
}

/// Mail about accounts goes the way of all mail.
pub struct AccountMail {
    pub mailer: Arc<Mailer>,
    pub site: Site,
    /// Where mails are counted.
    pub notifications: Notifications,
}

impl AccountMailer for AccountMail {
    fn send(&self, letter: AccountLetter) -> BoxFuture<'_, Result<(), LetterError>> {
        Box::pin(async move {
            let is_last_attempt = letter.is_last_attempt;
            let mail = self.write(letter)?;
            let sent = self.mailer.send(&mail).await;
            let sent = sent.map_err(|error| match error {
                // The link in a second copy is another, and does no harm.
                Undelivered::Later { reason, .. } | Undelivered::Unknown(reason) => {
                    LetterError::Later(reason)
                }
                Undelivered::Refused(reason) | Undelivered::Closed(reason) => {
                    LetterError::Never(reason)
                }
            });
            match &sent {
                Ok(()) => self.count(MailOutcome::Sent).await,
                Err(LetterError::Later(_)) if !is_last_attempt => {}
                Err(_) => self.count(MailOutcome::Failed).await,
            }
            sent
        })
    }
}

impl AccountMail {
    /// A mail that went out is not sent again for a count that couldn't be written.
    async fn count(&self, outcome: MailOutcome) {
        if let Err(error) = self.notifications.count_mail(outcome).await {
            tracing::warn!(%error, "a mail about an account could not be counted");
        }
    }

    fn write(&self, letter: AccountLetter) -> Result<Mail, LetterError> {
        // After the #, so that the token reaches no log of any server on the way.
        let url = |page: &str| {
            self.site
                .link(&format!("{page}#token={}", letter.token.expose()))
        };
        let confirm = url("/confirm-email");
        let reset = url("/reset-password");
        let says = match letter.purpose {
            Purpose::ConfirmEmail => render::AccountLetter {
                screen_name: &letter.screen_name,
                subject: "Confirm your e-mail address",
                sentence: "Confirm that this address is yours, so that we may write to it.",
                action: "Confirm the address",
                url: &confirm,
                hours: "three days",
                otherwise: "If you have no account there, somebody mistyped: do nothing.",
            },
            Purpose::ResetPassword => render::AccountLetter {
                screen_name: &letter.screen_name,
                subject: "Choose a new password",
                sentence: "Somebody, hopefully you, asked for a new password for your account.",
                action: "Choose a new password",
                url: &reset,
                hours: "one hour",
                otherwise: "If it wasn't you, do nothing: your password stays as it is.",
            },
        };
        let rendered = render::account(&self.site, says)
            .map_err(|error| LetterError::Never(error.to_string()))?;
        Ok(Mail {
            id: letter.id,
            to: letter.to,
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            list: None,
        })
    }
}
