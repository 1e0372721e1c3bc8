//! Coalescing: many changes, few events. The first change after a quiet time goes out at once, later ones
//! within the interval; never two in one interval; the last change is never left out.

use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// When the next event may go out. Time is a parameter.
#[derive(Clone, Debug)]
pub struct Pacer {
    interval: Duration,
    earliest: Option<Instant>,
}

impl Pacer {
    pub fn new(interval: Duration) -> Self {
        Self {
            interval,
            earliest: None,
        }
    }

    /// When a change that is seen at `now` goes out: `now`, or the end of the running interval. All
    /// changes up to that moment go out with it. Counts as sent then.
    pub fn next_at(&mut self, now: Instant) -> Instant {
        let at = self.earliest.map_or(now, |earliest| earliest.max(now));
        self.earliest = Some(at + self.interval);
        at
    }
}

/// Calls `publish` for the changes that `changed` tells of (by `notify_one`), paced, until `stop`.
///
/// `publish` reads the state when it runs, so it takes all changes before it along; a change while it
/// runs gets a further call. At `stop`, a call under way is dropped and nothing follows: clients will
/// reconnect and get a snapshot.
pub async fn run_coalesced<Published: Future<Output = ()>>(
    changed: &Notify,
    interval: Duration,
    stop: &CancellationToken,
    // Not an `AsyncFnMut`: with that, the compiler can't see yet that a task that runs this may be spawned.
    mut publish: impl FnMut() -> Published,
) {
    let mut pacer = Pacer::new(interval);
    let paced = async {
        loop {
            changed.notified().await;
            sleep_until(pacer.next_at(Instant::now())).await;
            // Changes during the wait are about to go out: their notice must not cause one more event.
            let _ = changed.notified().now_or_never();
            publish().await;
        }
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = paced => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use parking_lot::Mutex;
    use tokio::time::{advance, sleep};

    use super::*;

    const INTERVAL: Duration = Duration::from_millis(100);

    #[tokio::test(start_paused = true)]
    async fn the_first_goes_at_once_and_later_ones_wait() {
        let start = Instant::now();
        let after = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut pacer = Pacer::new(INTERVAL);
        assert_eq!(pacer.next_at(start), start);
        assert_eq!(pacer.next_at(after(1)), after(100));
        assert_eq!(pacer.next_at(after(150)), after(200));
        assert_eq!(pacer.next_at(after(300)), after(300));
        assert_eq!(pacer.next_at(after(900)), after(900));
    }

    #[tokio::test(start_paused = true)]
    async fn bursts_become_few_events_and_the_last_is_there() {
        let changed = Arc::new(Notify::new());
        let state = Arc::new(AtomicU64::new(0));
        let published = Arc::new(Mutex::new(Vec::new()));
        let stop = CancellationToken::new();
        let start = Instant::now();
        let runner = tokio::spawn({
            let (changed, state, published, stop) = (
                changed.clone(),
                state.clone(),
                published.clone(),
                stop.clone(),
            );
            async move {
                run_coalesced(&changed, INTERVAL, &stop, || {
                    let elapsed = start.elapsed().as_millis();
                    published
                        .lock()
                        .push((elapsed, state.load(Ordering::SeqCst)));
                    std::future::ready(())
                })
                .await;
            }
        });
        tokio::task::yield_now().await;
        // A change every 10 ms from 0 to 250 ms.
        for value in 1..=26 {
            state.store(value, Ordering::SeqCst);
            changed.notify_one();
            tokio::task::yield_now().await;
            sleep(Duration::from_millis(10)).await;
        }
        sleep(Duration::from_secs(10)).await;
        let published = std::mem::take(&mut *published.lock());
        assert_eq!(published.len(), 4, "{published:?}");
        assert_eq!(published[0], (0, 1));
        assert_eq!(published[3].1, 26);
        for pair in published.windows(2) {
            // The timer rounds up to the next millisecond.
            assert!((100..=102).contains(&(pair[1].0 - pair[0].0)));
        }

        stop.cancel();
        advance(Duration::from_millis(1)).await;
        runner.await.expect("ends when told to");
    }
}
