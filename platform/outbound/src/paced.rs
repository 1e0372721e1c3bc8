//! A service that all servers together ask at its pace, and leave alone when it says so.

use std::time::Duration;

use http::StatusCode;

use crate::{Answer, Client, Error, Request, Shared};

/// One call, the body included.
pub const CALL: Duration = Duration::from_secs(10);
/// How long a service is left alone that doesn't say when to come back.
pub const LEFT_ALONE: Duration = Duration::from_secs(30);
/// What broke on the way is tried so often in all.
const TRIES: u32 = 2;
const PAUSE: Duration = Duration::from_millis(500);

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct Paced {
    client: Client,
    turns: Shared,
}

impl Paced {
    pub fn new(client: Client, turns: Shared) -> Self {
        Self { client, turns }
    }

    /// The same for work that nobody waits for: those for whom somebody waits go before.
    #[must_use]
    pub fn in_background(&self) -> Self {
        Self {
            client: self.client.clone(),
            turns: self.turns.in_background(),
        }
    }

    /// Whether nobody waits for what is asked.
    pub fn is_in_background(&self) -> bool {
        self.turns.is_in_background()
    }

    /// Makes the call when it is its turn, for which it waits so long at most, and once more if it broke on the way. Any
    /// status is an answer but 429: then no server calls before the service says, or [`LEFT_ALONE`] is over.
    ///
    /// # Errors
    /// [`Error::LeftAlone`] for a 429; otherwise when there is no turn or no answer.
    pub async fn send(
        &self,
        patience: Duration,
        request: impl Fn() -> Request + Send + Sync,
    ) -> Result<Answer, Error> {
        let mut tried = 1;
        loop {
            let outcome = self.attempt(patience, &request).await?;
            if is_broken(&outcome) && tried < TRIES {
                tokio::time::sleep(PAUSE.mul_f64(1.0 + 0.5 * rand::random::<f64>())).await;
                tried += 1;
                continue;
            }
            return self.heed(outcome?).await;
        }
    }

    /// The same for what the other side takes once: it isn't tried again.
    ///
    /// # Errors
    /// As [`Paced::send`].
    pub async fn send_once(
        &self,
        patience: Duration,
        request: impl FnOnce() -> Request + Send,
    ) -> Result<Answer, Error> {
        let outcome = self.attempt(patience, request).await?;
        self.heed(outcome?).await
    }

    /// What came of the call, once it was its turn.
    async fn attempt(
        &self,
        patience: Duration,
        request: impl FnOnce() -> Request + Send,
    ) -> Result<Result<Answer, Error>, Error> {
        let turn = self.turns.turn(patience, CALL).await?;
        // Each call waits for its turn, so that the client tries nothing again by itself.
        let outcome = self.client.send(request().timeout(CALL).retries(0)).await;
        turn.end().await;
        Ok(outcome)
    }

    async fn heed(&self, answer: Answer) -> Result<Answer, Error> {
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            let wait = answer.retry_after.unwrap_or(LEFT_ALONE);
            self.turns.hold_off(wait).await?;
            return Err(Error::LeftAlone { wait });
        }
        Ok(answer)
    }
}

/// Whether the same call may fare better in a moment.
fn is_broken(outcome: &Result<Answer, Error>) -> bool {
    match outcome {
        Ok(answer) => answer.status.is_server_error(),
        Err(Error::Resting { .. } | Error::Crowded { .. }) => false,
        Err(error) => error.is_transient(),
    }
}
