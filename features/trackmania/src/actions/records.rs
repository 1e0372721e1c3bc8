//! A map, and who is best on it.
//!
//! Invariants:
//! - A map that doesn't exist has no leaderboard: that one is asked for is no reason to believe what Live says of it.
//! - Of many who want the same at once, one asks; a person doesn't wait for what is asked in the background.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::model::account::AccountId;
use crate::model::board::Record;
use crate::model::map::{Map, is_uid};
use crate::store::boards::Board;
use crate::store::{boards, maps};
use crate::upstream::Nadeo;
use crate::{Error, Trackmania};

use super::names;

/// Names and medals of maps hardly ever change.
const MAP_GOOD_FOR: SignedDuration = SignedDuration::from_hours(1);
const BOARD_GOOD_FOR: SignedDuration = SignedDuration::from_secs(60);
/// While it can't be asked for.
const OLD_BOARD_GOOD_FOR: SignedDuration = SignedDuration::from_hours(1);

#[derive(Clone, Debug)]
pub struct MapRecords {
    pub map: Map,
    /// The best first.
    pub records: Vec<Record>,
    pub fetched_at: Timestamp,
    pub names: HashMap<AccountId, String>,
}

/// So many of the best.
pub async fn of(trackmania: &Trackmania, uid: &str, limit: usize) -> Result<MapRecords, Error> {
    let map = map(trackmania, uid).await?;
    let board = board(trackmania, uid).await?;
    let mut records = board.records;
    records.truncate(limit);
    let accounts = records.iter().map(|record| record.account);
    let accounts: Vec<AccountId> = accounts.chain([map.author]).collect();
    Ok(MapRecords {
        names: names::of(trackmania, &trackmania.nadeo, &accounts).await?,
        map,
        records,
        fetched_at: board.fetched_at,
    })
}

/// The map as the game knows it.
pub async fn map(trackmania: &Trackmania, uid: &str) -> Result<Map, Error> {
    if !is_uid(uid) {
        return Err(Error::MapNotFound);
    }
    let pool = trackmania.database.pool();
    let _alone = trackmania.asking.alone(&format!("map {uid}")).await;
    let now = trackmania.clock.now();
    if let Some(known) = maps::find(pool, uid, now - MAP_GOOD_FOR).await? {
        return Ok(known);
    }
    let map = trackmania.nadeo.map(uid).await?;
    let map = map.ok_or(Error::MapNotFound)?;
    maps::keep(pool, &map, now).await?;
    Ok(map)
}

async fn board(trackmania: &Trackmania, uid: &str) -> Result<Board, Error> {
    let now = trackmania.clock.now();
    match board_since(trackmania, &trackmania.nadeo, uid, now).await {
        Err(Error::Upstream(error)) => {
            let known = boards::find(trackmania.database.pool(), uid).await?;
            let known = known.filter(|known| known.fetched_at > now - OLD_BOARD_GOOD_FOR);
            let old = known.ok_or(Error::Upstream(error))?;
            tracing::warn!(
                map = uid,
                "a leaderboard can't be asked for; an old one does"
            );
            Ok(old)
        }
        other => other,
    }
}

/// The best hundred as they were told since then, or within the last minute.
pub async fn board_since(
    trackmania: &Trackmania,
    nadeo: &Nadeo,
    uid: &str,
    since: Timestamp,
) -> Result<Board, Error> {
    let since = since.min(trackmania.clock.now() - BOARD_GOOD_FOR);
    board_told_since(trackmania, nadeo, uid, since).await
}

/// The same, but not a moment older.
pub async fn board_told_since(
    trackmania: &Trackmania,
    nadeo: &Nadeo,
    uid: &str,
    since: Timestamp,
) -> Result<Board, Error> {
    let pool = trackmania.database.pool();
    // In two lines: a person would wait for minutes behind somebody who lets all people go before.
    let line = if nadeo.is_in_background() {
        "background board"
    } else {
        "board"
    };
    let _alone = trackmania.asking.alone(&format!("{line} {uid}")).await;
    let now = trackmania.clock.now();
    let known = boards::find(pool, uid).await?;
    if let Some(known) = known.filter(|known| known.fetched_at >= since) {
        return Ok(known);
    }
    let told = nadeo.board(uid, 0).await?;
    let board = Board {
        records: told.records,
        is_full: told.is_full,
        fetched_at: now,
    };
    boards::keep(pool, uid, &board).await?;
    Ok(board)
}
