use std::time::Duration;

use kernel::{ErrorKind, Failure};

/// Why a call to the outside gave nothing. Addresses are left out: they may hold secrets.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("The outgoing HTTP client could not be set up.")]
    Setup(#[source] reqwest::Error),
    #[error("A service that this server depends on could not be reached. Try again in a moment.")]
    Unreachable(#[source] reqwest::Error),
    #[error(
        "A service that this server depends on answered with status {0}. Try again in a moment."
    )]
    Status(u16),
    #[error("A service that this server depends on sent an answer of more than {cap} bytes.")]
    TooLarge { cap: usize },
    #[error("A service that this server depends on sent an answer that is not the expected JSON.")]
    NotJson(#[source] serde_json::Error),
}

impl Failure for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Setup(_) => ErrorKind::Internal,
            _ => ErrorKind::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Setup(_) => "internal_error",
            _ => "outside_service_unavailable",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        (self.kind() == ErrorKind::Unavailable).then_some(Duration::from_secs(10))
    }
}
