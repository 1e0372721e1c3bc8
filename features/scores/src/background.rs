//! What runs beside the requests, for as long as the server does.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};

use crate::Scores;
use crate::actions::{manage_leaderboards::end_periods, sync_leaderboard::check_top};
use crate::boards::{load_all, repair_gaps};
use crate::error::ScoresError;
use crate::store;

/// Between two tries to load the boards while the database is away.
const RETRY: Duration = Duration::from_secs(1);
/// Between two looks for missed changes, new boards and ended periods.
const WATCH: Duration = Duration::from_secs(1);
/// Between two comparisons of the best hundred with PostgreSQL.
const CHECK: Duration = Duration::from_secs(300);
/// Between two rounds of removing expired tokens.
const PURGE: Duration = Duration::from_secs(60);
/// Between two readings of the gauges.
const MEASURE: Duration = Duration::from_secs(10);

/// Loads the boards, then watches over them.
pub(crate) async fn run(scores: Scores) {
    loop {
        match whole(load_all(&scores.database, &scores.boards)).await {
            Some(Ok(())) => break,
            Some(Err(error)) => {
                tracing::error!(%error, "leaderboards could not be loaded; trying again");
            }
            None => {}
        }
        tokio::time::sleep(RETRY).await;
    }
    tokio::join!(
        read_names(&scores),
        every(WATCH, Some(&scores.boards.sharing.look), || watch(&scores)),
        every(CHECK, None, || check(&scores)),
        every(PURGE, None, || purge(&scores)),
        every(MEASURE, None, || measure(&scores)),
        whole(scores.boards.sharing.run(&scores.shutdown)),
    );
}

/// Works each period, and sooner when it is asked to.
async fn every<Done: Future<Output = ()>>(
    period: Duration,
    asked: Option<&Notify>,
    mut work: impl FnMut() -> Done,
) {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        match asked {
            None => drop(ticks.tick().await),
            Some(asked) => {
                tokio::select! {
                    _ = ticks.tick() => {}
                    () = asked.notified() => {}
                }
            }
        }
        whole(async { work().await }).await;
    }
}

/// None if it panicked, which the panic hook has logged: what comes after it must not end with it.
async fn whole<Done>(round: impl Future<Output = Done>) -> Option<Done> {
    AssertUnwindSafe(round).catch_unwind().await.ok()
}

fn report(what: &'static str, result: Result<(), ScoresError>) {
    if let Err(error) = result {
        tracing::error!(%error, "{what}");
    }
}

/// At the start, which counts as a time in which words were missed, and after each other such time. Pages read what is
/// missing by themselves: nobody waits for this.
async fn read_names(scores: &Scores) {
    loop {
        scores.names.stale.notified().await;
        let read = whole(scores.names.read_all(&scores.boards)).await;
        if let Some(Err(error)) = &read {
            tracing::error!(%error, "names of players could not be loaded; trying again");
        }
        if !matches!(read, Some(Ok(()))) {
            scores.names.stale.notify_one();
            tokio::time::sleep(RETRY).await;
        }
    }
}

async fn watch(scores: &Scores) {
    let repaired = repair_gaps(&scores.database, &scores.boards).await;
    report(
        "leaderboards could not be compared with the database",
        repaired.map_err(Into::into),
    );
    end_periods(scores).await;
}

async fn check(scores: &Scores) {
    for board in scores.boards.all() {
        report(
            "a leaderboard could not be checked",
            check_top(scores, &board).await,
        );
    }
}

async fn purge(scores: &Scores) {
    let purged = store::replays::purge_tokens(scores.database.pool(), scores.clock.now()).await;
    match purged {
        Ok(0) => {}
        Ok(count) => tracing::debug!(count, "expired action tokens purged"),
        Err(error) => tracing::error!(%error, "expired action tokens could not be purged"),
    }
    let purged = store::leaderboards::purge_deleted(scores.database.pool()).await;
    report(
        "scores of deleted leaderboards could not be purged",
        purged.map_err(Into::into),
    );
}

async fn measure(scores: &Scores) {
    let (mut players, mut bytes, boards) = (0, 0, scores.boards.all());
    for board in &boards {
        let _ = board.read(|_, index| {
            players += index.len();
            bytes += index.memory_bytes();
        });
    }
    metrics::gauge!("rank_index_leaderboards").set(boards.len() as f64);
    metrics::gauge!("rank_index_players").set(players as f64);
    metrics::gauge!("rank_index_bytes").set(bytes as f64);
    metrics::gauge!("group_commit_waiting").set(scores.commit.waiting() as f64);
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_round_that_panics_is_not_the_last() {
        let rounds = AtomicU32::new(0);
        let work = || async {
            let round = rounds.fetch_add(1, Ordering::Relaxed);
            assert!(round > 0, "the first one breaks off");
        };
        let ended = timeout(WATCH * 10, every(WATCH, None, work)).await;
        assert!(ended.is_err() && rounds.load(Ordering::Relaxed) >= 9);
    }
}
