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

use super::url::{Encryption, SmtpUrl};
use crate::Undelivered;
use crate::model::text::one_line;

/// Servers close idle connections after minutes; many ask for no more than this.
const KEPT_FOR: Duration = Duration::from_secs(20);
const KEPT: usize = 4;
const REASON: usize = 300;

pub struct Smtp {
    server: SmtpUrl,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Connecting, encrypting, signing in, naming the sender: ours to put right.
    Ours,
    Recipient,
    Data,
    Content,
}

impl Smtp {
    pub fn new(server: SmtpUrl, domain: &str, timeout: Duration) -> Self {
        Self {
            server,
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
        self.step(Step::Ours, connection.command(sender)).await?;
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

    /// One that is open and answers, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Undelivered> {
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

    async fn connect(&self) -> Result<AsyncSmtpConnection, Undelivered> {
        let SmtpUrl {
            encryption,
            host,
            port,
            login,
        } = &self.server;
        let tls = match encryption {
            Encryption::None => None,
            _ => Some(
                TlsParameters::new(host.clone()).map_err(|error| explain(Step::Ours, &error))?,
            ),
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
        let mut connection = self.step(Step::Ours, opening).await?;
        if let Some(tls) = later {
            self.step(Step::Ours, connection.starttls(tls, &self.hello))
                .await?;
        }
        if let Some((name, password)) = login {
            let credentials = Credentials::new(name.clone(), password.expose().to_owned());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            self.step(Step::Ours, connection.auth(&mechanisms, &credentials))
                .await?;
        }
        Ok(connection)
    }

    /// A connection on which a step failed is dropped, and so closed.
    async fn step<T>(
        &self,
        step: Step,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Undelivered> {
        match tokio::time::timeout(self.timeout, work).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(explain(step, &error)),
            Err(_) if step == Step::Content => Err(Undelivered::Unknown(
                "The mail server took the message and never said whether it keeps it.".to_owned(),
            )),
            Err(_) => Err(Undelivered::later(
                "The mail server is too slow.".to_owned(),
            )),
        }
    }
}

/// Servers like to say whom they mean. What they say reaches logs, which addresses don't.
fn without_addresses(text: &str) -> String {
    let words = text.split_whitespace();
    let words = words.map(|word| if word.contains('@') { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn explain(step: Step, error: &Error) -> Undelivered {
    let said = match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    let said = one_line(&without_addresses(&said), REASON);
    let reason = format!("The mail server said: {said}");
    if error.is_permanent() {
        return match step {
            // Whatever it is, it isn't the message, and an administrator can put it right.
            Step::Ours => {
                tracing::error!(
                    said,
                    "the mail server refuses us; check SMTP_URL and MAIL_FROM"
                );
                Undelivered::later(reason)
            }
            // RFC 3463: X.7.X is a policy, which says nothing of the address.
            Step::Recipient if !said.contains("5.7.") => Undelivered::Closed(reason),
            _ => Undelivered::Refused(reason),
        };
    }
    if error.is_transient() {
        return Undelivered::later(reason);
    }
    match step {
        Step::Content => Undelivered::Unknown(
            "The connection to the mail server broke after the message was handed over.".to_owned(),
        ),
        _ => Undelivered::later("The mail server can't be reached.".to_owned()),
    }
}
