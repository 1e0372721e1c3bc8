//! What runs beside the requests, for as long as the server does.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use jobs::{every, every_or_when_asked};

use crate::Scores;
use crate::actions::{manage_leaderboards::end_periods, sync_leaderboard::check_top};
use crate::boards::{load_all, repair_gaps};
use crate::error::ScoresError;

/// Between two tries to load the boards while the database is away.
const RETRY: Duration = Duration::from_secs(1);
/// Between two looks for missed changes, new boards and ended periods.
const WATCH: Duration = Duration::from_secs(1);
/// Between two comparisons of the best hundred with PostgreSQL.
const CHECK: Duration = Duration::from_secs(300);
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
        every_or_when_asked(
            "watch leaderboards",
            WATCH,
            &scores.boards.sharing.look,
            || watch(&scores)
        ),
        every("check leaderboards", CHECK, || check(&scores)),
        every("measure leaderboards", MEASURE, || measure(&scores)),
        whole(scores.boards.sharing.run(&scores.shutdown)),
    );
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
