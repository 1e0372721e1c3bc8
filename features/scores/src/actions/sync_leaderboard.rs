//! Compares a board in memory with PostgreSQL, and repairs it.

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use utoipa::ToSchema;

use crate::Scores;
use crate::boards::{Board, Changes, Loaded, compare};
use crate::error::ScoresError;
use crate::store;
use crate::store::leaderboards::raise_versions;

/// What a comparison of memory and PostgreSQL found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Synced {
    /// Players on the board, by PostgreSQL.
    pub compared: u64,
    /// Players whose score in memory was another, missing, or there without reason.
    pub drift: u64,
    /// How many of them are right now: all.
    pub repaired: u64,
    pub took_ms: u64,
}

/// Compares and replaces the whole board.
pub async fn sync_leaderboard(scores: &Scores, id: &str) -> Result<Synced, ScoresError> {
    let began = Instant::now();
    let board = scores.boards.get(id)?;
    let Loaded { players, drift } = compare(&scores.database, &board).await?;
    if drift > 0 {
        tracing::error!(
            leaderboard = id,
            drift,
            "leaderboard had drifted and was repaired"
        );
        // Whoever keeps something by its version, such as an encoded page, must notice.
        let number = board.definition().number;
        for (_, version) in raise_versions(scores.database.pool(), &[number]).await? {
            board.apply(Changes {
                version,
                changes: Vec::new(),
            });
        }
    }
    Ok(Synced {
        compared: players,
        drift,
        repaired: drift,
        took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

/// Compares the best hundred, which costs PostgreSQL little, and repairs the whole board if they differ.
pub async fn check_top(scores: &Scores, board: &Arc<Board>) -> Result<(), ScoresError> {
    const COMPARED: usize = 100;
    let definition = board.definition().clone();
    let (version, stored) =
        store::standings::top(scores.database.pool(), &definition, COMPARED as i64).await?;
    let Ok(window) = board.window(|index| Some(index.top(COMPARED))) else {
        return Ok(());
    };
    let same = window
        .entries
        .iter()
        .map(|entry| &entry.standing)
        .eq(&stored);
    // Where the versions differ, a change came in between: the next check will tell.
    if window.version == version && !same {
        sync_leaderboard(scores, definition.id.as_str()).await?;
    }
    Ok(())
}
