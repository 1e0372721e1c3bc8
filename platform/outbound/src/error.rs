use std::time::Duration;

use kernel::{ErrorKind, Failure};

use crate::guard::Forbidden;

/// Why a call to the outside gave nothing. Addresses are left out: they may hold secrets.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("The outgoing HTTP client could not be set up.")]
    Setup(#[source] reqwest::Error),
    #[error(
        "This is not an address that can be called: it must begin with https://, and name a host."
    )]
    BadAddress,
    #[error("A header of this call holds what no header may hold.")]
    BadHeader,
    /// The address leads into a private network, or to this machine.
    #[error("This address may not be called: it doesn't lead to the public internet.")]
    Forbidden,
    #[error("A service that this server depends on could not be reached. Try again in a moment.")]
    Unreachable(#[source] reqwest::Error),
    #[error("A service that this server depends on did not answer in time. Try again in a moment.")]
    TimedOut,
    /// It failed again and again, and is left alone for a while.
    #[error("A service that this server depends on is away. Try again in a moment.")]
    Resting { wait: Duration },
    /// We call it as often as it allows already.
    #[error("A service that this server depends on is asked too often. Try again in a moment.")]
    Crowded { wait: Duration },
    /// It said that we ask too often: no server calls it before.
    #[error(
        "A service that this server depends on asks to be left alone for a while. Try again later."
    )]
    LeftAlone { wait: Duration },
    #[error(
        "A service that this server depends on answered with status {0}. Try again in a moment."
    )]
    Status(u16),
    #[error("A service that this server depends on sent an answer of more than {cap} bytes.")]
    TooLarge { cap: usize },
    #[error("A service that this server depends on sent an answer that is not the expected JSON.")]
    NotJson(#[source] serde_json::Error),
    /// Whether it is our turn could not be found out.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Error {
    /// Without its address, and told apart from what only looks like it.
    pub(crate) fn of(error: reqwest::Error) -> Self {
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            if cause.is::<Forbidden>() {
                return Self::Forbidden;
            }
            source = cause.source();
        }
        if error.is_builder() {
            Self::BadAddress
        } else if error.is_timeout() {
            Self::TimedOut
        } else {
            Self::Unreachable(error.without_url())
        }
    }

    /// Whether the same call may fare better later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut | Self::Resting { .. } | Self::Crowded { .. } => {
                true
            }
            Self::Status(status) => matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
            Self::Database(error) => error.kind() == ErrorKind::Unavailable,
            _ => false,
        }
    }

    /// Whether the other side never saw the call.
    pub fn is_unsent(&self) -> bool {
        match self {
            Self::Unreachable(error) => error.is_connect(),
            Self::Setup(_)
            | Self::BadAddress
            | Self::BadHeader
            | Self::Forbidden
            | Self::Resting { .. }
            | Self::Crowded { .. }
            | Self::Database(_) => true,
            _ => false,
        }
    }
}

impl Failure for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Setup(_) | Self::BadHeader => ErrorKind::Internal,
            Self::BadAddress | Self::Forbidden => ErrorKind::Invalid,
            Self::Database(error) => error.kind(),
            _ => ErrorKind::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Setup(_) | Self::BadHeader => "internal_error",
            Self::BadAddress | Self::Forbidden => "address_not_allowed",
            Self::Database(error) => error.code(),
            _ => "outside_service_unavailable",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Resting { wait } | Self::Crowded { wait } | Self::LeftAlone { wait } => {
                Some(*wait)
            }
            Self::Database(error) => error.retry_after(),
            _ => (self.kind() == ErrorKind::Unavailable).then_some(Duration::from_secs(10)),
        }
    }
}
