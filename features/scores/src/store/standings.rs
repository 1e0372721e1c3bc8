//! Reading `scores`: whole boards for the index, and the finished periods that only PostgreSQL keeps.

use db::{Database, Error};
use futures_util::TryStreamExt;
use rank::{PlayerId, Standing};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::model::{Leaderboard, ScoreOrder};
use crate::store::tuple_id::TupleId;

/// A board as PostgreSQL had it at one moment.
#[derive(Debug)]
pub struct Snapshot {
    pub version: i64,
    pub period: i32,
    pub order: ScoreOrder,
    /// Each with where its row lies, as a number.
    pub standings: Vec<(Standing, u64)>,
}

/// Reads a board's present period at one moment. [`None`] if the board is gone. `progress` hears after each
/// `progress_every` rows how many were read, and how many there may be.
pub async fn read_snapshot(
    database: &Database,
    number: i32,
    progress_every: usize,
    mut progress: impl FnMut(usize, u64),
) -> Result<Option<Snapshot>, Error> {
    let mut transaction = database.begin().await?;
    // One moment for the version and the rows; nothing is locked.
    sqlx::query("set transaction isolation level repeatable read read only")
        .execute(&mut *transaction)
        .await?;
    let Some(board) = sqlx::query!(
        "select version, period, score_order,
                (select count(*) from scores
                 where leaderboard_number = number and scores.period = leaderboards.period) as \"players!\"
         from leaderboards where number = $1",
        number
    )
    .fetch_optional(&mut *transaction)
    .await?
    else {
        return Ok(None);
    };
    let expected = u64::try_from(board.players).unwrap_or(0);
    let mut standings = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    let mut rows = sqlx::query!(
        "select user_id, score, reached_at, ctid as \"row!: TupleId\" from scores
         where leaderboard_number = $1 and period = $2",
        number,
        board.period
    )
    .fetch(&mut *transaction);
    while let Some(row) = rows.try_next().await? {
        let standing = standing(row.user_id, row.score, row.reached_at);
        standings.push((standing, row.row.number()));
        if standings.len().is_multiple_of(progress_every) {
            progress(standings.len(), expected);
        }
    }
    drop(rows);
    transaction.rollback().await?;
    Ok(Some(Snapshot {
        version: board.version,
        period: board.period,
        order: ScoreOrder::try_from(board.score_order.as_str())
            .map_err(|error| sqlx::Error::Decode(error.into()))?,
        standings,
    }))
}

pub(super) fn standing(user: Uuid, score: i64, reached_at: jiff_sqlx::Timestamp) -> Standing {
    Standing {
        player: PlayerId(user.as_u128()),
        score: score.unsigned_abs(),
        reached_at: reached_at.to_jiff().as_microsecond(),
    }
}

/// The best of a board as PostgreSQL sees it, with its version at that moment.
pub async fn top(
    executor: impl PgExecutor<'_>,
    leaderboard: &Leaderboard,
    count: i64,
) -> Result<(i64, Vec<Standing>), Error> {
    let ascending = leaderboard.order == ScoreOrder::Asc;
    let rows = sqlx::query!(
        "select leaderboards.version, user_id as \"user_id?\", score as \"score?\", reached_at as \"reached_at?\"
         from leaderboards left join lateral (
             select user_id, score, reached_at from scores
             where leaderboard_number = leaderboards.number and scores.period = leaderboards.period
             order by case when $2 then score else -score end, reached_at, user_id limit $3
         ) best on true
         where leaderboards.number = $1",
        leaderboard.number,
        ascending,
        count
    )
    .fetch_all(executor)
    .await?;
    let version = rows.first().map_or(0, |row| row.version);
    let standings = rows
        .into_iter()
        .filter_map(|row| Some(standing(row.user_id?, row.score?, row.reached_at?)))
        .collect();
    Ok((version, standings))
}

/// Everybody on a finished period of a board, in no order.
pub async fn finished_period(
    database: &Database,
    number: i32,
    period: i32,
) -> Result<Vec<Standing>, Error> {
    let mut rows = sqlx::query!(
        "select user_id, score, reached_at from scores where leaderboard_number = $1 and period = $2",
        number,
        period
    )
    .fetch(database.pool());
    let mut standings = Vec::new();
    while let Some(row) = rows.try_next().await? {
        standings.push(standing(row.user_id, row.score, row.reached_at));
    }
    Ok(standings)
}
