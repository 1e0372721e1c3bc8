//! Mail by SMTP (RFC 5321), over connections that are kept for a while.
//!
//! Invariant: what is said of a failure depends on how far the conversation had come. Only once the message itself has
//! been handed over, and no answer came, is it unknown whether it was taken; before that it certainly was not.

use std::time::{Duration, Instant};

use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use parking_lot::Mutex;

use super::authorities::Authorities;
use super::url::{Encryption, SmtpUrl};
use crate::Undelivered;
use crate::model::text::one_line;

/// Servers close idle connections after minutes; many ask for no more than this.
const KEPT_FOR: Duration = Duration::from_secs(20);
const KEPT: usize = 4;
const REASON: usize = 300;

pub struct Smtp {
    server: SmtpUrl,
    authorities: Option<Authorities>,
    hello: ClientId,
    timeout: Duration,
    kept: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Smtp")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

/// How far the conversation had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Connect,
    Encrypt,
    SignIn,
    /// Up to here, an administrator can put it right.
    Sender,
    Recipient,
    Data,
    Content,
}

/// A step that failed; without an error it took too long.
struct Failed {
    step: Step,
    error: Option<Error>,
}

impl Smtp {
    pub fn new(
        server: SmtpUrl,
        authorities: Option<Authorities>,
        domain: &str,
        timeout: Duration,
    ) -> Self {
        Self {
            server,
            authorities,
            hello: ClientId::Domain(domain.to_owned()),
            timeout,
            kept: Mutex::default(),
        }
    }

    pub async fn send(&self, message: &Message) -> Result<(), Undelivered> {
        let bytes = message.formatted();
        let mut connection = self.connection().await?;
        let envelope = message.envelope();
        let sender = Mail::new(envelope.from().cloned(), Vec::new());
        self.step(Step::Sender, connection.command(sender)).await?;
        for address in envelope.to() {
            let recipient = Rcpt::new(address.clone(), Vec::new());
            self.step(Step::Recipient, connection.command(recipient))
                .await?;
        }
        self.step(Step::Data, connection.command(Data)).await?;
        self.step(Step::Content, connection.message(&bytes)).await?;
        self.keep(connection);
        Ok(())
    }

    /// Connects and signs in as for a message, and says goodbye.
    ///
    /// # Errors
    /// With what went wrong and what can be done about it, for an administrator.
    pub async fn greet(&self) -> Result<(), String> {
        let mut connection = self.connect().await.map_err(|failed| failed.advice())?;
        // Whatever it says to that.
        let _ = tokio::time::timeout(self.timeout, connection.quit()).await;
        Ok(())
    }

    /// One that is open and answers, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Failed> {
        while let Some(mut connection) = self.take() {
            let answers = tokio::time::timeout(self.timeout, connection.test_connected());
            if answers.await == Ok(true) {
                return Ok(connection);
            }
        }
        self.connect().await
    }

    fn take(&self) -> Option<AsyncSmtpConnection> {
        let mut kept = self.kept.lock();
        kept.retain(|(_, since)| since.elapsed() < KEPT_FOR);
        kept.pop().map(|(connection, _)| connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut kept = self.kept.lock();
        if kept.len() < KEPT {
            kept.push((connection, Instant::now()));
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Failed> {
        let SmtpUrl {
            encryption,
            host,
            port,
            login,
        } = &self.server;
        let tls = match encryption {
            Encryption::None => None,
            _ => Some(self.tls().map_err(|error| Failed {
                step: Step::Encrypt,
                error: Some(error),
            })?),
        };
        let (at_once, later) = match encryption {
            Encryption::Implicit => (tls, None),
            _ => (None, tls),
        };
        let opening = AsyncSmtpConnection::connect_tokio1(
            (host.as_str(), *port),
            Some(self.timeout),
            &self.hello,
            at_once,
            None,
        );
        let mut connection = self.step(Step::Connect, opening).await?;
        if let Some(tls) = later {
            self.step(Step::Encrypt, connection.starttls(tls, &self.hello))
                .await?;
        }
        if let Some((name, password)) = login {
            let credentials = Credentials::new(name.clone(), password.expose().to_owned());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            self.step(Step::SignIn, connection.auth(&mechanisms, &credentials))
                .await?;
        }
        Ok(connection)
    }

    fn tls(&self) -> Result<TlsParameters, Error> {
        let host = self.server.host.clone();
        match &self.authorities {
            Some(authorities) => authorities.parameters(host),
            None => TlsParameters::new(host),
        }
    }

    /// A connection on which a step failed is dropped, and so closed.
    async fn step<T>(
        &self,
        step: Step,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failed> {
        match tokio::time::timeout(self.timeout, work).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(Failed {
                step,
                error: Some(error),
            }),
            Err(_) => Err(Failed { step, error: None }),
        }
    }
}

/// Servers like to say whom they mean. What they say reaches logs, which addresses don't.
fn without_addresses(text: &str) -> String {
    let words = text.split_whitespace();
    let words = words.map(|word| if word.contains('@') { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn said(error: &Error) -> String {
    one_line(&without_addresses(&error.to_string()), REASON)
}

impl From<Failed> for Undelivered {
    fn from(failed: Failed) -> Self {
        let Failed { step, error } = failed;
        let Some(error) = error else {
            return match step {
                Step::Content => Self::Unknown(
                    "The mail server took the message and never said whether it keeps it."
                        .to_owned(),
                ),
                _ => Self::later("The mail server is too slow."),
            };
        };
        let said = said(&error);
        let reason = format!("The mail server said: {said}");
        if error.is_permanent() {
            return match step {
                // RFC 3463: X.7.X is a policy, which says nothing of the address.
                Step::Recipient if !said.contains("5.7.") => Self::Closed(reason),
                Step::Recipient | Step::Data | Step::Content => {
                    // Of one message it is the message; a provider that has not yet verified the sender says so of all.
                    tracing::warn!(
                        said,
                        "the mail server refuses a message; if it refuses all, check MAIL_FROM"
                    );
                    Self::Refused(reason)
                }
                // Whatever it is, it isn't the message, and an administrator can put it right.
                _ => {
                    tracing::error!(
                        said,
                        "the mail server refuses us; check SMTP_URL and MAIL_FROM"
                    );
                    Self::later(reason)
                }
            };
        }
        if error.is_transient() {
            return Self::later(reason);
        }
        match step {
            Step::Content => Self::Unknown(
                "The connection to the mail server broke after the message was handed over."
                    .to_owned(),
            ),
            _ => {
                tracing::warn!(said, "the mail server can't be reached");
                Self::later("The mail server can't be reached.")
            }
        }
    }
}

impl Failed {
    /// What an administrator is told of it.
    fn advice(&self) -> String {
        let Some(error) = &self.error else {
            return "no answer in time. Check host, port and firewall; many networks let nobody out to port 25."
                .to_owned();
        };
        let said = said(error);
        // rustls has no other sign of it that passes through.
        if said.contains("certificate") {
            return format!(
                "its certificate is not trusted ({said}). If it is of an authority of your own, name that one's certificate in SMTP_CA_FILE."
            );
        }
        match self.step {
            Step::SignIn => format!("it refuses the name and password of SMTP_URL ({said})."),
            Step::Encrypt => format!(
                "it does not encrypt ({said}). Check SMTP_URL: smtps:// is encrypted from the first byte on, starttls:// later."
            ),
            _ if error.is_permanent() || error.is_transient() => {
                format!("it refuses us ({said}).")
            }
            _ => format!(
                "it can't be reached ({said}). Check host, port and firewall, and smtps:// (usually port 465) against starttls:// (587)."
            ),
        }
    }
}
