//! Whose an account at Trackmania is: a question that `app` answers.

use std::time::Duration;

use futures_util::future::BoxFuture;
use uuid::Uuid;

/// An account at Trackmania.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackmaniaAccount {
    pub id: Uuid,
    /// What its owner is called there at present.
    pub name: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    #[error("This server is no client of Trackmania's public API.")]
    NotConfigured,
    /// The cause is for the log.
    #[error("{cause}")]
    Away {
        cause: String,
        /// When to come back, if that is known.
        wait: Option<Duration>,
    },
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Asks Trackmania.
pub trait TrackmaniaAccounts: Send + Sync {
    /// Where a browser is sent that is to come back to `redirect_uri` with a code and the state.
    ///
    /// # Errors
    /// [`NoAnswer::NotConfigured`].
    fn sign_in_url(&self, redirect_uri: &str, state: &str) -> Result<String, NoAnswer>;

    /// Whose a code is that a browser came back to `redirect_uri` with; none if it is no good.
    fn of_code<'a>(
        &'a self,
        code: &'a str,
        redirect_uri: &'a str,
    ) -> BoxFuture<'a, Result<Option<TrackmaniaAccount>, NoAnswer>>;

    /// Who is called so; none if nobody is.
    fn named<'a>(
        &'a self,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<TrackmaniaAccount>, NoAnswer>>;
}
