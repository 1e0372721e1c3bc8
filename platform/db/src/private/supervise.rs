//! Watches PostgreSQL while the server runs.
//!
//! Invariant: an end that we didn't ask for is followed by a new start; the first at once, the next after pauses
//! that double, and begin anew once PostgreSQL has stayed up for a while. The server needs no restart: the socket
//! stays where it is, and its pool connects again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::Condition;
use super::launch;
use super::place::Place;
use super::process::{Child, Keeper};

const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Whoever stays up this long has recovered.
const STABLE_AFTER: Duration = Duration::from_secs(60);
const LOG_CHECK: Duration = Duration::from_secs(60);

pub(super) struct Supervisor {
    place: Arc<Place>,
    keeper: Arc<Keeper>,
    child: Child,
    condition: watch::Sender<Condition>,
}

impl Supervisor {
    pub(super) fn new(
        place: Arc<Place>,
        keeper: Arc<Keeper>,
        child: Child,
    ) -> (Self, watch::Receiver<Condition>) {
        let (condition, watched) = watch::channel(running(&child));
        let supervisor = Self {
            place,
            keeper,
            child,
            condition,
        };
        (supervisor, watched)
    }

    /// Never returns; aborted when PostgreSQL is to stop.
    pub(super) async fn run(mut self) {
        let mut pause = Duration::ZERO;
        loop {
            let since = Instant::now();
            self.watch().await;
            if since.elapsed() > STABLE_AFTER {
                pause = Duration::ZERO;
            }
            metrics::counter!("grandstand_private_postgres_restarts_total").increment(1);
            self.condition.send_replace(Condition::Restarting);
            self.start_again(&mut pause).await;
            self.condition.send_replace(running(&self.child));
        }
    }

    /// Returns when PostgreSQL has ended.
    async fn watch(&mut self) {
        let mut log_check = tokio::time::interval(LOG_CHECK);
        loop {
            tokio::select! {
                status = self.child.wait() => {
                    tracing::error!(
                        %status,
                        log = %self.place.log.path.display(),
                        "PostgreSQL ended unexpectedly ({status}), it is started again. Its log says why: {}",
                        self.place.log.path.display()
                    );
                    return;
                }
                _ = log_check.tick() => self.place.log.trim(),
            }
        }
    }

    async fn start_again(&mut self, pause: &mut Duration) {
        loop {
            tokio::time::sleep(*pause).await;
            *pause = (*pause * 2).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
            match launch::launch(&self.place, &self.keeper).await {
                Ok(child) => {
                    self.child = child;
                    tracing::info!(
                        process_id = self.child.process_id(),
                        "PostgreSQL runs again"
                    );
                    return;
                }
                Err(error) => {
                    tracing::error!(%error, "PostgreSQL couldn't be started again; the next try is in {pause:?}");
                }
            }
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.condition.send_replace(Condition::Stopped);
    }
}

fn running(child: &Child) -> Condition {
    Condition::Running {
        process_id: child.process_id(),
    }
}
