//! The services around Trackmania, over HTTP.
//!
//! Invariants:
//! - All of Nadeo's hosts are one service to us, and are asked at one pace by all servers together: whoever asks too often is
//!   banned as an account, not as a host.
//! - Whoever says that they want to be left alone is, by all servers.

mod exchange;
mod nadeo;
mod probe;
mod sign_in;
mod tokens;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kernel::{ErrorKind, Failure};
use outbound::{Answer, CALL, Client, LEFT_ALONE, Paced, Request, Shared, SharedLimits};
use serde_json::Value;

pub use self::exchange::{Exchange, ExchangeConfig, Wanted};
pub use self::nadeo::{Nadeo, NadeoConfig, POSITIONS, RECORDS};
pub use self::probe::{Probe, Problem};
use crate::model::read::Malformed;
pub use crate::model::seal::Account;

/// A hundred maps of Trackmania Exchange have some 150 KB.
const LARGEST: usize = 4 * 1024 * 1024;
/// How long a call waits for its turn, where a person waits for it.
const PATIENCE: Duration = Duration::from_secs(20);
/// The same where nobody does. For as long a server that dies keeps its place from others.
const MORE_PATIENCE: Duration = Duration::from_secs(120);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    Nadeo,
    Exchange,
}

impl Service {
    /// What its calls are counted by, over all servers.
    fn key(self) -> &'static str {
        match self {
            Self::Nadeo => "nadeo",
            Self::Exchange => "trackmania-exchange",
        }
    }

    fn answered(self, answer: Result<Answer, outbound::Error>) -> Result<Answer, UpstreamError> {
        answer.map_err(|error| match error {
            outbound::Error::Database(error) => UpstreamError::Database(error),
            outbound::Error::LeftAlone { wait } => UpstreamError::Busy {
                service: self,
                wait,
            },
            outbound::Error::TooLarge { cap } => {
                self.strange(Malformed::new(format!("it has more than {cap} bytes")))
            }
            error => UpstreamError::Away(self, error),
        })
    }

    fn strange(self, why: Malformed) -> UpstreamError {
        UpstreamError::Strange(self, why)
    }

    /// What a good answer holds.
    fn read<T>(
        self,
        answer: &Answer,
        parse: impl FnOnce(&Value) -> Result<T, Malformed>,
    ) -> Result<T, UpstreamError> {
        if !answer.status.is_success() {
            let status = answer.status.as_u16();
            let told = serde_json::from_slice(&answer.body).ok();
            let said = told.as_ref().and_then(crate::model::read::said);
            tracing::warn!(service = %self, status, said, "an outside service answered with an error");
            return Err(UpstreamError::Status(self, status));
        }
        let told = serde_json::from_slice(&answer.body);
        let told =
            told.map_err(|error| self.strange(Malformed(format!("it is not JSON: {error}"))))?;
        parse(&told).map_err(|why| self.strange(why))
    }
}

impl std::fmt::Display for Service {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Nadeo => "Trackmania",
            Self::Exchange => "Trackmania Exchange",
        })
    }
}

#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    #[error(
        "This server has no account at Trackmania's services yet: its administrator sets NADEO_LOGIN and NADEO_PASSWORD."
    )]
    NotConfigured,
    #[error(
        "Trackmania doesn't take this server's account or password. Its administrator has to look at it."
    )]
    Refused,
    #[error("{0} can't be reached. Try again in a moment.")]
    Away(Service, #[source] outbound::Error),
    #[error("{service} asks to be left alone for a while. Try again later.")]
    Busy { service: Service, wait: Duration },
    #[error("{0} answered with status {1}. Try again in a moment.")]
    Status(Service, u16),
    #[error("{0} sent something that is not what it promises. Try again in a moment.")]
    Strange(Service, #[source] Malformed),
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Failure for UpstreamError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotConfigured => ErrorKind::Conflict,
            Self::Database(error) => error.kind(),
            _ => ErrorKind::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotConfigured => "trackmania_not_configured",
            Self::Refused => "trackmania_account_refused",
            Self::Away(service, _)
            | Self::Busy { service, .. }
            | Self::Status(service, _)
            | Self::Strange(service, _) => match service {
                Service::Nadeo => "trackmania_unavailable",
                Service::Exchange => "trackmania_exchange_unavailable",
            },
            Self::Database(error) => error.code(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NotConfigured => None,
            Self::Busy { wait, .. } => Some(*wait),
            Self::Away(_, error) => error.retry_after().or(Some(LEFT_ALONE)),
            Self::Database(error) => error.retry_after(),
            _ => Some(LEFT_ALONE),
        }
    }
}

/// How many calls were made for something. Cheap to clone; clones count together.
#[derive(Clone, Debug, Default)]
pub struct Spent(Arc<AtomicU64>);

impl Spent {
    pub fn calls(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn one_more(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// One of the services, asked at its pace. Cheap to clone.
#[derive(Clone, Debug)]
struct Caller {
    paced: Paced,
    service: Service,
    patience: Duration,
    spent: Spent,
}

impl Caller {
    fn new(client: Client, database: db::Database, service: Service, limits: SharedLimits) -> Self {
        Self {
            paced: Paced::new(client, Shared::new(database, service.key(), limits)),
            service,
            patience: PATIENCE,
            spent: Spent::default(),
        }
    }

    fn patient(&self) -> Self {
        Self {
            patience: MORE_PATIENCE,
            ..self.clone()
        }
    }

    fn in_background(&self, spent: &Spent) -> Self {
        Self {
            paced: self.paced.in_background(),
            service: self.service,
            patience: MORE_PATIENCE,
            spent: spent.clone(),
        }
    }

    fn is_in_background(&self) -> bool {
        self.paced.is_in_background()
    }

    /// Whatever the answer's status, except those that say to come back later.
    async fn ask(
        &self,
        request: impl Fn() -> Request + Send + Sync,
    ) -> Result<Answer, UpstreamError> {
        let request = || self.counted(request());
        self.service
            .answered(self.paced.send(self.patience, request).await)
    }

    /// The same for what is taken once: it isn't tried again.
    async fn ask_once(
        &self,
        request: impl FnOnce() -> Request + Send,
    ) -> Result<Answer, UpstreamError> {
        let request = || self.counted(request());
        self.service
            .answered(self.paced.send_once(self.patience, request).await)
    }

    fn counted(&self, request: Request) -> Request {
        self.spent.one_more();
        request.header("accept", "application/json").cap(LARGEST)
    }

    /// What a good answer holds.
    fn read<T>(
        &self,
        answer: &Answer,
        parse: impl FnOnce(&Value) -> Result<T, Malformed>,
    ) -> Result<T, UpstreamError> {
        self.service.read(answer, parse)
    }
}

/// What follows the `?` of an address.
fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}
