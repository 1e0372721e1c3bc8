//! Writes down how attempts ended: all that have ended meanwhile in one transaction.

use std::sync::Arc;
use std::time::Duration;

use rand::Rng;
use tokio::sync::mpsc::Receiver;

use super::Shared;
use super::attempt::{End, Outcome};
use crate::moment::later;
use crate::running::Attempt;
use crate::store;
use crate::store::finish::Success;

const MOST_AT_ONCE: usize = 512;
/// Between two tries while the database is away.
const RETRY: Duration = Duration::from_millis(250);
/// The longest sentence that is kept of an error, in characters.
const MOST_ERROR: usize = 2000;

pub(super) async fn run(shared: Arc<Shared>, mut outcomes: Receiver<Outcome>) {
    let mut batch = Vec::with_capacity(MOST_AT_ONCE);
    while outcomes.recv_many(&mut batch, MOST_AT_ONCE).await > 0 {
        let (good, others): (Vec<_>, Vec<_>) = batch
            .drain(..)
            .partition(|outcome| matches!(outcome.end, End::Succeeded(_)));
        shared.write_good(good).await;
        for outcome in others {
            shared.write_other(outcome).await;
        }
    }
}

impl Shared {
    async fn write_good(&self, outcomes: Vec<Outcome>) {
        if outcomes.is_empty() {
            return;
        }
        let attempts: Vec<Arc<Attempt>> = outcomes
            .iter()
            .map(|outcome| Arc::clone(&outcome.attempt))
            .collect();
        self.write_progress(&attempts).await;
        let successes: Vec<Success> = outcomes.into_iter().map(success).collect();
        let now = self.jobs.clock().now();
        let written = self
            .persist(|| store::finish::succeed(self.jobs.database().pool(), &successes, now))
            .await;
        if written.is_err() && successes.len() > 1 {
            // One that can't be written must not keep the others from it.
            for (success, attempt) in successes.iter().zip(&attempts) {
                self.write_single(success, attempt).await;
            }
        } else if written.is_err() {
            self.write_single(&successes[0], &attempts[0]).await;
        }
        for attempt in &attempts {
            self.settler.delete(attempt.receipt.as_ref());
        }
        self.held.remove(&attempts);
    }

    async fn write_single(&self, success: &Success, attempt: &Attempt) {
        let pool = self.jobs.database().pool();
        let now = self.jobs.clock().now();
        let alone = std::slice::from_ref(success);
        if let Err(error) = self
            .persist(|| store::finish::succeed(pool, alone, now))
            .await
        {
            let line = history(
                attempt,
                now,
                &format!("Its result can't be kept: {error:?}"),
            );
            let buried = self
                .persist(|| store::finish::bury(pool, success.id, success.lease, &line, now))
                .await;
            report(attempt, buried);
        }
    }

    async fn write_other(&self, outcome: Outcome) {
        let Outcome {
            attempt,
            handler,
            end,
        } = outcome;
        let pool = self.jobs.database().pool();
        let now = self.jobs.clock().now();
        let (id, lease) = (attempt.id, attempt.lease);
        let (kind, number) = (handler.kind, attempt.number);
        // When its message comes again, if one brought it.
        let mut again = None;
        let written = match end {
            End::Failed(error, after) if !attempt.is_last => {
                tracing::warn!(job = %id, kind, attempt = number, error, "a job failed and will be tried again");
                let chance = rand::rng().random::<f64>();
                let wait = handler.retry.wait(number.cast_unsigned().into(), chance);
                let wait = wait.max(after.unwrap_or_default());
                let due = later(now, wait);
                again = Some(wait);
                let line = history(&attempt, now, &error);
                self.persist(|| store::finish::fail(pool, id, lease, &line, due))
                    .await
            }
            End::Failed(error, _) | End::Fatal(error) => {
                tracing::error!(job = %id, kind, attempt = number, error, "a job failed for good");
                metrics::counter!("jobs_dead_total", "kind" => kind).increment(1);
                // Received as often as it may be, it goes to the dead letters.
                again = attempt.is_last.then_some(Duration::ZERO);
                let line = history(&attempt, now, &error);
                self.persist(|| store::finish::bury(pool, id, lease, &line, now))
                    .await
            }
            End::GivenUp => {
                self.persist(|| store::finish::give_up(pool, id, lease, now))
                    .await
            }
            End::Succeeded(_) | End::Committed => Ok(()),
            // Whoever broke it off sees to the rest.
            End::BrokenOff => return,
        };
        report(&attempt, written);
        match again {
            Some(wait) => self.settler.put_back(attempt.receipt.as_ref(), wait),
            None => self.settler.delete(attempt.receipt.as_ref()),
        }
        self.held.remove([&attempt]);
    }

    /// Tries until the database is back. By then somebody else may have taken the job over, and nothing is written.
    async fn persist<Write>(&self, write: impl Fn() -> Write) -> Result<(), db::Error>
    where
        Write: Future<Output = Result<(), db::Error>>,
    {
        loop {
            match write().await {
                Err(error) if error.is_unavailable() => tokio::time::sleep(RETRY).await,
                written => return written,
            }
        }
    }

    /// What these have told and is not written yet. A failure is told by whoever tries next.
    pub(super) async fn write_progress(&self, attempts: &[Arc<Attempt>]) {
        let changed: Vec<_> = attempts
            .iter()
            .filter_map(|attempt| {
                let progress = attempt.progress.lock().take()?;
                Some((attempt.id, attempt.lease, progress))
            })
            .collect();
        if changed.is_empty() {
            return;
        }
        if let Err(error) = store::keep::write_progress(&self.pool, &changed).await {
            tracing::debug!(%error, "progress of jobs could not be written");
        }
    }
}

fn success(outcome: Outcome) -> Success {
    Success {
        id: outcome.attempt.id,
        lease: outcome.attempt.lease,
        result: match outcome.end {
            End::Succeeded(result) => result,
            _ => None,
        },
    }
}

/// JSON in PostgreSQL can't hold a NUL.
fn history(attempt: &Attempt, at: jiff::Timestamp, error: &str) -> serde_json::Value {
    let error: String = error
        .chars()
        .filter(|character| *character != '\0')
        .take(MOST_ERROR)
        .collect();
    store::finish::history(attempt.number, at, &error)
}

fn report(attempt: &Attempt, written: Result<(), db::Error>) {
    if let Err(error) = written {
        // Its lease ends, and another tries.
        tracing::error!(job = %attempt.id, ?error, "the end of a job could not be written");
    }
}
