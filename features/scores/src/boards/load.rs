//! Reading boards from PostgreSQL: all of them at the start, one of them when a change was missed or an
//! administrator asks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use db::{Database, Error};
use rank::RankIndex;

use super::{Board, Boards};
use crate::store;

/// How often a long read says how far it is.
const PROGRESS_EVERY: usize = 250_000;

/// How long a change may be missing before its board is read anew. A batch of our own is told within
/// milliseconds of its COMMIT.
const GAP_PATIENCE: Duration = Duration::from_millis(500);

/// What a read found.
#[derive(Clone, Copy, Debug)]
pub struct Loaded {
    pub players: u64,
    /// In how many players memory and PostgreSQL differed; none if nothing was in memory.
    pub drift: Option<u64>,
}

/// Reads every board that PostgreSQL has. Answers for a board begin as soon as that board is in memory.
pub async fn load_all(database: &Database, boards: &Boards) -> Result<(), Error> {
    load_definitions(database, boards).await?;
    for board in boards.all() {
        reload(database, &board).await?;
    }
    Ok(())
}

/// Reads which boards there are.
pub async fn load_definitions(database: &Database, boards: &Boards) -> Result<(), Error> {
    for definition in store::leaderboards::all(database.pool()).await? {
        boards.put(definition);
    }
    Ok(())
}

/// Reads one board and puts it in place of what was in memory. Reads of the board go on meanwhile, from what
/// there was; scores that come meanwhile are in the result.
pub async fn reload(database: &Database, board: &Arc<Board>) -> Result<Loaded, Error> {
    let began = Instant::now();
    let _alone = board.reloading.lock().await;
    board.record();
    // Also when whoever asked goes away while we read.
    let _recording = StopRecording(board);
    let (version, index) = read(database, board).await?;
    let players = index.len() as u64;
    let drift = board.replace(version, index);
    tracing::info!(
        leaderboard = board.definition().id.as_str(),
        players,
        version,
        drift,
        took_ms = began.elapsed().as_millis() as u64,
        "leaderboard loaded"
    );
    Ok(Loaded { players, drift })
}

/// What nobody reads must not be recorded for ever.
struct StopRecording<'a>(&'a Board);

impl Drop for StopRecording<'_> {
    fn drop(&mut self) {
        self.0.stop_recording();
    }
}

async fn read(database: &Database, board: &Arc<Board>) -> Result<(i64, RankIndex), Error> {
    let (number, id, order) = {
        let definition = board.definition();
        (definition.number, definition.id.clone(), definition.order)
    };
    let progress = |loaded, expected| {
        tracing::info!(leaderboard = id.as_str(), loaded, expected, "loading leaderboard");
    };
    let snapshot =
        store::standings::read_snapshot(database, number, PROGRESS_EVERY, progress).await?;
    let Some(snapshot) = snapshot else {
        // Deleted in the meantime: whoever deleted it takes it from the registry.
        return Ok((0, RankIndex::new(order.into())));
    };
    // Sorting a million takes a while: not on a thread that serves requests.
    let build = move || RankIndex::from_standings(snapshot.order.into(), snapshot.standings);
    let index = tokio::task::spawn_blocking(build)
        .await
        .map_err(|_| sqlx::Error::WorkerCrashed)?;
    Ok((snapshot.version, index))
}

/// Takes in boards that other servers made, drops those they deleted, and reads anew those of which a change
/// has been missing for too long.
pub async fn repair_gaps(database: &Database, boards: &Boards) -> Result<(), Error> {
    let stored = store::leaderboards::all_with_versions(database.pool()).await?;
    for board in boards.all() {
        let number = board.definition().number;
        if !stored.iter().any(|(definition, _)| definition.number == number) {
            boards.remove(number);
        }
    }
    for (definition, version) in stored {
        let order = definition.order;
        let board = boards.put(definition);
        let reordered = board.read(|_, index| index.order() != order.into()).unwrap_or(false);
        if !board.is_loaded() || reordered || board.misses_changes(version, GAP_PATIENCE) {
            reload(database, &board).await?;
        }
    }
    Ok(())
}
