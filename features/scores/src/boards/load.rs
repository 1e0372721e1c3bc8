//! Reading boards from PostgreSQL: all of them at the start, one of them when a change was missed or an
//! administrator asks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use db::{Database, Error};
use rank::{RankIndex, Standing};
use sqlx::PgConnection;

use super::{Board, Boards, Ranking};
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
    /// In how many players memory differed from PostgreSQL; 0 unless that was asked for.
    pub drift: u64,
}

/// Reads every board that PostgreSQL has. Answers for a board begin as soon as that board is in memory.
pub async fn load_all(database: &Database, boards: &Boards) -> Result<(), Error> {
    load_definitions(&mut *database.pool().acquire().await?, boards).await?;
    for board in boards.all() {
        reload(database, &board).await?;
    }
    Ok(())
}

/// Reads which boards there are and how each counts: takes in those that are new, and drops those that are gone.
/// Returns each with the version that PostgreSQL has of it.
pub async fn load_definitions(
    connection: &mut PgConnection,
    boards: &Boards,
) -> Result<Vec<(Arc<Board>, i64)>, Error> {
    // One at a time: an older list must not be put in place of a newer one, under the newer one's number.
    let _only = boards.reading_definitions.lock().await;
    let (stored, catalog) = loop {
        let generation = boards.generation();
        let read = store::leaderboards::all_with_catalog(&mut *connection).await?;
        // A board that was made or deleted here meanwhile may be missing in the list, or still be on it.
        if boards.generation() == generation {
            break read;
        }
    };
    for board in boards.all() {
        let number = board.definition().number;
        if !stored
            .iter()
            .any(|(definition, _)| definition.number == number)
        {
            boards.remove(number);
        }
    }
    let stored = stored
        .into_iter()
        .map(|(definition, version)| (boards.put(definition), version))
        .collect();
    boards.set_catalog(catalog);
    boards.set_known();
    Ok(stored)
}

/// Reads one board and puts it in place of what was in memory. Reads of the board go on meanwhile, from what
/// there was; scores that come meanwhile are in the result.
pub async fn reload(database: &Database, board: &Arc<Board>) -> Result<Loaded, Error> {
    read_whole(database, board, false).await
}

/// The same, and tells in how many players memory had differed.
pub async fn compare(database: &Database, board: &Arc<Board>) -> Result<Loaded, Error> {
    read_whole(database, board, true).await
}

/// Once begun, it goes on to its end, even if whoever asked hangs up: the board is recording.
async fn read_whole(
    database: &Database,
    board: &Arc<Board>,
    compare: bool,
) -> Result<Loaded, Error> {
    let (database, board) = (database.clone(), Arc::clone(board));
    let reading = async move {
        let _only = board.reading.lock().await;
        board.record();
        let result = read_and_replace(&database, &board, compare).await;
        if result.is_err() {
            board.stop_recording();
        }
        result
    };
    tokio::spawn(reading)
        .await
        .map_err(|_| sqlx::Error::WorkerCrashed)?
}

async fn read_and_replace(
    database: &Database,
    board: &Arc<Board>,
    compare: bool,
) -> Result<Loaded, Error> {
    let began = Instant::now();
    let (read, stored) = read(database, board, compare).await?;
    let (players, version) = (read.index.len() as u64, read.version);
    let former = board.replace(read);
    // Also where nothing is compared: freeing a million entries takes a while.
    let count = move || match former {
        Some(former) if compare => former.drift(&stored),
        _ => 0,
    };
    let drift = blocking(count).await?;
    tracing::info!(
        leaderboard = board.id.as_str(),
        players,
        version,
        took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "leaderboard loaded"
    );
    Ok(Loaded { players, drift })
}

/// What PostgreSQL has: as an index, and as it was read if that is wanted too.
async fn read(
    database: &Database,
    board: &Board,
    keep: bool,
) -> Result<(Ranking, Vec<Standing>), Error> {
    let (number, id, order, period) = {
        let definition = board.definition();
        (
            definition.number,
            definition.id.clone(),
            definition.order,
            definition.period,
        )
    };
    let progress = |loaded, expected| {
        tracing::info!(
            leaderboard = id.as_str(),
            loaded,
            expected,
            "loading leaderboard"
        );
    };
    let snapshot =
        store::standings::read_snapshot(database, number, PROGRESS_EVERY, progress).await?;
    let Some(snapshot) = snapshot else {
        // Deleted in the meantime: whoever deleted it takes it from the registry.
        let nothing = Ranking {
            version: 0,
            period,
            index: RankIndex::new(order.into()),
        };
        return Ok((nothing, Vec::new()));
    };
    // Sorting a million takes a while: not on a thread that serves requests.
    let build = move || {
        let stored = if keep {
            snapshot
                .standings
                .iter()
                .map(|(standing, _)| *standing)
                .collect()
        } else {
            Vec::new()
        };
        let index = RankIndex::from_tagged(snapshot.order.into(), snapshot.standings);
        (
            Ranking {
                version: snapshot.version,
                period: snapshot.period,
                index,
            },
            stored,
        )
    };
    blocking(build).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    Ok(tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| sqlx::Error::WorkerCrashed)?)
}

/// Takes in boards that other servers made, drops those they deleted, and reads anew those of which a change
/// has been missing for too long.
pub async fn repair_gaps(database: &Database, boards: &Boards) -> Result<(), Error> {
    for (board, version) in load_definitions(&mut *database.pool().acquire().await?, boards).await?
    {
        let order = rank::Order::from(board.definition().order);
        let reordered = board
            .read(|_, index| index.order() != order)
            .unwrap_or(false);
        if !board.is_loaded() || reordered || board.misses_changes(version, GAP_PATIENCE) {
            reload(database, &board).await?;
        }
    }
    Ok(())
}
