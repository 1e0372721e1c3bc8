use std::time::Duration;

/// Why a message did not go out, or may not have. The sentences are kept with the delivery and shown to its user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// It may go better later: the other side is away, or says so itself.
    #[error("{reason}")]
    Later {
        reason: String,
        /// Not before this time has passed, where the other side said so.
        after: Option<Duration>,
    },
    /// This message will never be taken.
    #[error("{0}")]
    Refused(String),
    /// No message to this address will be taken any more: the mail bounced, the account is closed to us, the webhook
    /// is gone.
    #[error("{0}")]
    Closed(String),
    /// It was handed over, and nobody said whether it was taken.
    #[error("{0}")]
    Unknown(String),
}

impl Undelivered {
    pub fn later(reason: impl Into<String>) -> Self {
        Self::Later {
            reason: reason.into(),
            after: None,
        }
    }
}
