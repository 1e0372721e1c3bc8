//! Reading a leaderboard: from memory, and finished periods from PostgreSQL.

use std::sync::Arc;

use bytes::Bytes;
use kernel::{Cursor, PageLimit, UserId};
use rank::{PlayerId, RankIndex, Ranked, Standing};
use uuid::Uuid;

use crate::Scores;
use crate::boards::{Board, BoardError, Window, user_of, write_entries, write_open_entry};
use crate::commit::CommitError;
use crate::company::SeenPlayers;
use crate::error::ScoresError;

/// Which page of a leaderboard is wanted, and by whom.
#[derive(Clone, Debug, Default)]
pub struct PageRequest {
    pub limit: PageLimit,
    pub cursor: Option<String>,
    /// A finished period; the present one if left out.
    pub period: Option<i32>,
    /// Who is shown how the players are seen.
    pub viewer: Option<UserId>,
    /// Ranks only those whom this user follows, and the user; all if left out.
    pub circle_of: Option<UserId>,
}

/// Where a page ended: everything that the board is sorted by.
type Position = (u64, i64, Uuid);

/// A page of entries, as JSON.
pub async fn entries(scores: &Scores, id: &str, page: &PageRequest) -> Result<Bytes, ScoresError> {
    let board = scores.boards.get(id)?;
    let finished = finished(scores, &board, page.period).await?;
    let everybody = finished.is_none() && page.circle_of.is_none();
    if everybody && page.viewer.is_none() && page.cursor.is_none() {
        return first_entries(scores, &board, page.limit).await;
    }
    let list = list(&board, page);
    let position = position(page, &list)?;
    let circle = match page.circle_of {
        Some(user) => Some(scores.circle_of(user).await?),
        None => None,
    };
    let window = |version, index: &RankIndex| {
        let ranked_among = circle.as_ref().map(|circle| among(circle, index));
        let index = ranked_among.as_ref().unwrap_or(index);
        Window {
            version,
            total: index.len() as u64,
            entries: page_of(index, position.as_ref(), page.limit),
        }
    };
    let window = match finished {
        Some(index) => window(FINISHED, &index),
        None => board.read(window)?,
    };
    encode(scores, &board, window, page, &list).await
}

/// The version of what changes no more.
const FINISHED: i64 = 0;

/// The period that is asked for, if it is over.
async fn finished(
    scores: &Scores,
    board: &Board,
    period: Option<i32>,
) -> Result<Option<Arc<RankIndex>>, ScoresError> {
    let definition = board.definition().clone();
    match period {
        None => Ok(None),
        Some(period) if period == definition.period => Ok(None),
        Some(period) if (0..definition.period).contains(&period) => {
            let finished = &scores.finished;
            let index = finished.get(&scores.database, &definition, period).await;
            Ok(Some(index.map_err(CommitError::Database)?))
        }
        Some(_) => Err(ScoresError::NoSuchPeriod),
    }
}

/// The page that is asked for most: encoded once per version.
async fn first_entries(
    scores: &Scores,
    board: &Board,
    limit: PageLimit,
) -> Result<Bytes, ScoresError> {
    let epoch = scores.names.directory.epoch();
    let version = board.read(|version, _| version)?;
    if let Some(page) = board.first_page(version, epoch, limit.get()) {
        return Ok(page);
    }
    let window = board.window(|index| Some(page_of(index, None, limit)))?;
    let version = window.version;
    let request = PageRequest {
        limit,
        ..PageRequest::default()
    };
    let page = encode(scores, board, window, &request, &list(board, &request)).await?;
    board.keep_first_page(version, epoch, limit.get(), page.clone());
    Ok(page)
}

/// The board as if it had no other players than these.
fn among(players: &[UserId], index: &RankIndex) -> RankIndex {
    let players = players.iter().map(|user| PlayerId(user.uuid().as_u128()));
    let standings = players.filter_map(|player| index.get(player)).collect();
    RankIndex::from_standings(index.order(), standings)
}

/// Where the page before ended, if there was one.
fn position(page: &PageRequest, list: &str) -> Result<Option<Standing>, ScoresError> {
    let Some(cursor) = page.cursor.as_deref() else {
        return Ok(None);
    };
    let (score, reached_at, player): Position = Cursor::read(cursor, list)?;
    let player = PlayerId(player.as_u128());
    Ok(Some(Standing {
        player,
        score,
        reached_at,
    }))
}

/// One more than fits on the page, to learn whether there is a next one.
fn page_of(index: &RankIndex, position: Option<&Standing>, limit: PageLimit) -> Vec<Ranked> {
    match position {
        None => index.top(limit.get() + 1),
        Some(position) => index.after(position, limit.get() + 1),
    }
}

/// The window of entries that is centred on a player, as JSON.
pub async fn around(
    scores: &Scores,
    id: &str,
    user: UserId,
    limit: PageLimit,
    viewer: Option<UserId>,
) -> Result<Bytes, ScoresError> {
    let board = scores.boards.get(id)?;
    let player = PlayerId(user.uuid().as_u128());
    let window = board.window(|index| index.around(player, limit.get()))?;
    Ok(write(scores, &board, &window, viewer, None).await?.into())
}

/// One player's entry with its percentile, as JSON.
pub async fn entry(
    scores: &Scores,
    id: &str,
    user: UserId,
    viewer: Option<UserId>,
) -> Result<Bytes, ScoresError> {
    let board = scores.boards.get(id)?;
    let player = PlayerId(user.uuid().as_u128());
    let window = board.window(|index| index.rank(player).map(|entry| vec![entry]))?;
    scores.names.read(&window.entries).await?;
    let entry = window.entries[0];
    let seen = look(scores, viewer, &window).await;
    let mut out = Vec::with_capacity(256);
    {
        let players = scores.names.directory.read();
        let name = players.get(&player.0).ok_or(BoardError::NotRanked)?;
        write_open_entry(&entry, name, seen.get(&user), &mut out);
    }
    out.extend_from_slice(
        format!(",\"percentile\":{}}}", percentile(entry.rank, window.total)).as_bytes(),
    );
    Ok(out.into())
}

/// How many of a hundred other players stand behind this rank, to two decimals. Who is alone is ahead of all.
fn percentile(rank: u64, total: u64) -> f64 {
    if total <= 1 {
        return 100.0;
    }
    let behind = (total - rank) as f64 / (total - 1) as f64;
    (behind * 10_000.0).round() / 100.0
}

/// What a cursor is good for.
fn list(board: &Board, page: &PageRequest) -> String {
    let mut list = format!("entries:{}", board.id);
    if let Some(period) = page.period {
        list.push_str(&format!(":{period}"));
    }
    if let Some(user) = page.circle_of {
        list.push_str(&format!(":{user}"));
    }
    list
}

async fn look(scores: &Scores, viewer: Option<UserId>, window: &Window) -> SeenPlayers {
    match viewer {
        Some(_) => {
            let players: Vec<UserId> = window.entries.iter().map(user_of).collect();
            scores.look(viewer, &players).await
        }
        None => SeenPlayers::new(),
    }
}

/// Writes a page that was read one too long, and says where the next page begins.
async fn encode(
    scores: &Scores,
    board: &Board,
    mut window: Window,
    page: &PageRequest,
    list: &str,
) -> Result<Bytes, ScoresError> {
    let length = page.limit.get();
    let more = window.entries.len() > length;
    window.entries.truncate(length);
    let last = window.entries.last().filter(|_| more);
    let next = last.map(
        |Ranked {
             standing:
                 Standing {
                     player,
                     score,
                     reached_at,
                 },
             ..
         }| {
            let position: Position = (*score, *reached_at, Uuid::from_u128(player.0));
            Cursor::new(list, &position)
        },
    );
    let written = write(scores, board, &window, page.viewer, next.as_ref()).await?;
    Ok(written.into())
}

async fn write(
    scores: &Scores,
    board: &Board,
    window: &Window,
    viewer: Option<UserId>,
    next: Option<&Cursor>,
) -> Result<Vec<u8>, ScoresError> {
    let seen = look(scores, viewer, window).await;
    let write = || {
        write_entries(
            board.id.as_str(),
            window,
            next,
            &scores.names.directory,
            &seen,
        )
    };
    if let Ok(page) = write() {
        return Ok(page);
    }
    scores.names.read(&window.entries).await?;
    // Whoever has no name even now was deleted a moment ago.
    Ok(write().unwrap_or_else(|left_out| left_out.without_them))
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn percentiles_count_the_others_behind() {
        assert_eq!(percentile(1, 1), 100.0);
        assert_eq!(percentile(1, 1_000_000), 100.0);
        assert_eq!(percentile(1_000_000, 1_000_000), 0.0);
        assert_eq!(percentile(2, 4), 66.67);
    }
}
