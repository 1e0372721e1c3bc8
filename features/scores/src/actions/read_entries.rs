//! Reading a leaderboard: from memory, and finished periods from PostgreSQL.

use bytes::Bytes;
use kernel::{Cursor, PageLimit, UserId};
use rank::{PlayerId, RankIndex, Ranked, Standing};
use uuid::Uuid;

use crate::Scores;
use crate::boards::{Board, BoardError, Window, write_entries, write_open_entry};
use crate::commit::CommitError;
use crate::error::ScoresError;

/// Which page of a leaderboard is wanted.
#[derive(Clone, Debug, Default)]
pub struct PageRequest {
    pub limit: PageLimit,
    pub cursor: Option<String>,
    /// A finished period; the present one if left out.
    pub period: Option<i32>,
}

/// Where a page ended: everything that the board is sorted by.
type Position = (u64, i64, Uuid);

/// A page of entries, as JSON.
pub async fn entries(scores: &Scores, id: &str, page: &PageRequest) -> Result<Bytes, ScoresError> {
    let board = scores.boards.get(id)?;
    if let Some(period) = page.period {
        let present = board.definition().period;
        if !(0..=present).contains(&period) {
            return Err(ScoresError::NoSuchPeriod);
        }
        if period < present {
            return finished_entries(scores, &board, period, page).await;
        }
    }
    match page.cursor {
        None => first_entries(scores, &board, page.limit).await,
        Some(_) => later_entries(scores, &board, page).await,
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
    let page = encode(scores, board, window, limit, &list(board)).await?;
    board.keep_first_page(version, epoch, limit.get(), page.clone());
    Ok(page)
}

async fn later_entries(
    scores: &Scores,
    board: &Board,
    page: &PageRequest,
) -> Result<Bytes, ScoresError> {
    let list = list(board);
    let position = position(page, &list)?;
    let window = board.window(|index| Some(page_of(index, position.as_ref(), page.limit)))?;
    encode(scores, board, window, page.limit, &list).await
}

async fn finished_entries(
    scores: &Scores,
    board: &Board,
    period: i32,
    page: &PageRequest,
) -> Result<Bytes, ScoresError> {
    let list = format!("{}:{period}", list(board));
    let position = position(page, &list)?;
    let definition = board.definition().clone();
    let index = scores
        .finished
        .get(&scores.database, &definition, period)
        .await
        .map_err(CommitError::Database)?;
    let window = Window {
        // It changes no more.
        version: 0,
        total: index.len() as u64,
        entries: page_of(&index, position.as_ref(), page.limit),
    };
    encode(scores, board, window, page.limit, &list).await
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
) -> Result<Bytes, ScoresError> {
    let board = scores.boards.get(id)?;
    let player = PlayerId(user.uuid().as_u128());
    let window = board.window(|index| index.around(player, limit.get()))?;
    Ok(write(scores, &board, &window, None).await?.into())
}

/// One player's entry with its percentile, as JSON.
pub async fn entry(scores: &Scores, id: &str, user: UserId) -> Result<Bytes, ScoresError> {
    let board = scores.boards.get(id)?;
    let player = PlayerId(user.uuid().as_u128());
    let window = board.window(|index| index.rank(player).map(|entry| vec![entry]))?;
    scores.names.read(&window.entries).await?;
    let entry = window.entries[0];
    let mut out = Vec::with_capacity(256);
    {
        let players = scores.names.directory.read();
        let name = players.get(&player.0).ok_or(BoardError::NotRanked)?;
        write_open_entry(&entry, name, &mut out);
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

fn list(board: &Board) -> String {
    format!("entries:{}", board.id)
}

/// Writes a page that was read one too long, and says where the next page begins.
async fn encode(
    scores: &Scores,
    board: &Board,
    mut window: Window,
    limit: PageLimit,
    list: &str,
) -> Result<Bytes, ScoresError> {
    let more = window.entries.len() > limit.get();
    window.entries.truncate(limit.get());
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
    Ok(write(scores, board, &window, next.as_ref()).await?.into())
}

async fn write(
    scores: &Scores,
    board: &Board,
    window: &Window,
    next: Option<&Cursor>,
) -> Result<Vec<u8>, ScoresError> {
    let id = board.id.as_str();
    let directory = &scores.names.directory;
    if let Ok(page) = write_entries(id, window, next, directory) {
        return Ok(page);
    }
    scores.names.read(&window.entries).await?;
    // Whoever has no name even now was deleted a moment ago.
    Ok(write_entries(id, window, next, directory).unwrap_or_else(|left_out| left_out.without_them))
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
