//! How mail about an account leaves the house: a question that `app` answers.

use futures_util::future::BoxFuture;
use kernel::Secret;
use uuid::Uuid;

pub use crate::model::mailed_token::Purpose;

/// A mail with a link that works once.
pub struct AccountLetter {
    /// Stays the same when it is sent again.
    pub id: Uuid,
    pub to: String,
    pub screen_name: String,
    pub purpose: Purpose,
    /// What the link must hold.
    pub token: Secret,
    /// Nobody tries again if it doesn't go out now.
    pub is_last_attempt: bool,
}

/// Why it did not go out. The sentences are shown to administrators.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    #[error("{0}")]
    Later(String),
    #[error("{0}")]
    Never(String),
}

/// Sends the mail about accounts.
pub trait AccountMailer: Send + Sync {
    fn send(&self, letter: AccountLetter) -> BoxFuture<'_, Result<(), LetterError>>;
}
