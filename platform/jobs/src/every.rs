use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;

/// Runs `round` now and then every `period`, one at a time, for ever: for what every server does for itself, such as
/// measuring. One that panics is logged, and the next comes as planned. It ends where it is dropped: each round must
/// be harmless to cut short.
pub async fn every<Round: Future<Output = ()>>(
    name: &'static str,
    period: Duration,
    round: impl FnMut() -> Round,
) {
    every_or_when_asked(name, period, &Notify::new(), round).await;
}

/// The same, and sooner each time that somebody asks.
pub async fn every_or_when_asked<Round: Future<Output = ()>>(
    name: &'static str,
    period: Duration,
    asked: &Notify,
    mut round: impl FnMut() -> Round,
) {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = asked.notified() => {}
        }
        // The closure may panic before it returns a future, so it runs inside of one.
        let outcome = AssertUnwindSafe(async { round().await }).catch_unwind();
        if outcome.await.is_err() {
            tracing::error!(
                task = name,
                "a background task panicked; its next round comes as planned"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_round_that_panics_is_not_the_last() {
        let rounds = AtomicU32::new(0);
        let round = || {
            let number = rounds.fetch_add(1, Ordering::Relaxed);
            assert_ne!(number, 1, "the second round fails");
            async {}
        };
        let period = Duration::from_secs(10);
        let ended = tokio::time::timeout(period * 35 / 10, every("test", period, round)).await;
        assert!(ended.is_err());
        assert_eq!(rounds.load(Ordering::Relaxed), 4);
    }
}
