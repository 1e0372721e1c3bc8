//! Work that comes round again.
//!
//! Invariant: a task that panics is logged and goes on with its next round; all of them end with the server.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// Runs `round` now and then every `interval`, one at a time, until `shutdown`. A round that has begun is dropped
/// at shutdown: each must be harmless to cut short.
pub fn every<Work, Round>(
    name: &'static str,
    interval: Duration,
    shutdown: CancellationToken,
    mut round: Work,
) -> JoinHandle<()>
where
    Work: FnMut() -> Round + Send + 'static,
    Round: Future<Output = ()> + Send,
{
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let rounds = async {
            loop {
                ticks.tick().await;
                // The closure may panic before it returns a future, so it runs inside of one.
                let outcome = AssertUnwindSafe(async { round().await })
                    .catch_unwind()
                    .await;
                if outcome.is_err() {
                    tracing::error!(
                        task = name,
                        "a background task panicked; its next round comes as planned"
                    );
                }
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = rounds => {}
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_panic_does_not_end_the_rounds_but_shutdown_does() {
        let rounds = Arc::new(AtomicU32::new(0));
        let counter = rounds.clone();
        let shutdown = CancellationToken::new();
        let task = every(
            "test",
            Duration::from_secs(10),
            shutdown.clone(),
            move || {
                let round = counter.fetch_add(1, Ordering::SeqCst);
                assert_ne!(round, 1, "the second round fails");
                async {}
            },
        );
        tokio::time::sleep(Duration::from_secs(35)).await;
        assert_eq!(rounds.load(Ordering::SeqCst), 4);
        shutdown.cancel();
        task.await.unwrap();
    }
}
