use db::Error;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::Tag;
use sqlx::{PgExecutor, PgPool};

use crate::model::{Leaderboard, Operator, ScoreOrder};

/// A row of `leaderboards` as PostgreSQL has it.
struct Row {
    number: i32,
    id: String,
    game_id: Option<String>,
    title: String,
    score_order: String,
    operator: String,
    reset: Option<String>,
    next_reset_at: Option<jiff_sqlx::Timestamp>,
    period: i32,
    version: i64,
}

impl Row {
    fn read(self) -> Result<(Leaderboard, i64), Error> {
        let wrong = |error: Box<dyn std::error::Error + Send + Sync>| {
            Error::Query(sqlx::Error::Decode(error))
        };
        let leaderboard = Leaderboard {
            number: self.number,
            id: Tag::new(&self.id).map_err(|error| wrong(error.into()))?,
            game: self
                .game_id
                .map(|game| Tag::new(&game))
                .transpose()
                .map_err(|error| wrong(error.into()))?,
            title: self.title,
            order: ScoreOrder::try_from(self.score_order.as_str())
                .map_err(|error| wrong(error.into()))?,
            operator: Operator::try_from(self.operator.as_str())
                .map_err(|error| wrong(error.into()))?,
            reset: self.reset,
            next_reset_at: self.next_reset_at.map(jiff_sqlx::Timestamp::to_jiff),
            period: self.period,
        };
        Ok((leaderboard, self.version))
    }
}

/// Every board, and the catalog's version at the same moment.
pub async fn all_with_catalog(
    executor: impl PgExecutor<'_>,
) -> Result<(Vec<(Leaderboard, i64)>, i64), Error> {
    let rows = sqlx::query!(
        "select leaderboard_catalog.version as catalog, number as \"number?\", id as \"id?\", game_id,
                title as \"title?\", score_order as \"score_order?\", operator as \"operator?\", reset, next_reset_at,
                period as \"period?\", leaderboards.version as \"version?\"
         from leaderboard_catalog left join leaderboards on true order by number"
    )
    .fetch_all(executor)
    .await?;
    let catalog = rows.first().map_or(0, |row| row.catalog);
    let boards = rows.into_iter().filter_map(|row| {
        Some(Row {
            number: row.number?,
            id: row.id?,
            game_id: row.game_id,
            title: row.title?,
            score_order: row.score_order?,
            operator: row.operator?,
            reset: row.reset,
            next_reset_at: row.next_reset_at,
            period: row.period?,
            version: row.version?,
        })
    });
    let boards = boards.map(Row::read).collect::<Result<_, _>>()?;
    Ok((boards, catalog))
}

pub async fn by_id(
    executor: impl PgExecutor<'_>,
    id: &str,
) -> Result<Option<(Leaderboard, i64)>, Error> {
    let row = sqlx::query_as!(
        Row,
        "select number, id, game_id, title, score_order, operator, reset, next_reset_at, period, version
         from leaderboards where id = $1 for no key update",
        id
    )
    .fetch_optional(executor)
    .await?;
    row.map(Row::read).transpose()
}

/// What a new leaderboard is made from.
#[derive(Clone, Debug)]
pub struct NewLeaderboard<'a> {
    pub id: &'a Tag,
    pub game: Option<&'a Tag>,
    pub title: &'a str,
    pub order: ScoreOrder,
    pub operator: Operator,
    pub reset: Option<&'a str>,
    pub next_reset_at: Option<Timestamp>,
    pub demo: bool,
}

/// Makes a leaderboard; [`None`] if there is one with that id.
pub async fn insert(
    executor: impl PgExecutor<'_>,
    new: &NewLeaderboard<'_>,
    now: Timestamp,
) -> Result<Option<Leaderboard>, Error> {
    let row = sqlx::query_as!(
        Row,
        "insert into leaderboards
             (id, game_id, title, score_order, operator, reset, next_reset_at, demo, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (id) do nothing
         returning number, id, game_id, title, score_order, operator, reset, next_reset_at, period, version",
        new.id.as_str(),
        new.game.map(Tag::as_str),
        new.title,
        new.order.as_str(),
        new.operator.as_str(),
        new.reset,
        new.next_reset_at.map(|at| at.to_sqlx()) as Option<jiff_sqlx::Timestamp>,
        new.demo,
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_optional(executor)
    .await?;
    Ok(row
        .map(Row::read)
        .transpose()?
        .map(|(leaderboard, _)| leaderboard))
}

/// Writes what an administrator may change, and raises the version.
pub async fn update(executor: impl PgExecutor<'_>, changed: &Leaderboard) -> Result<i64, Error> {
    let version = sqlx::query_scalar!(
        "update leaderboards
         set title = $2, score_order = $3, operator = $4, reset = $5, next_reset_at = $6, version = version + 1
         where number = $1
         returning version",
        changed.number,
        changed.title,
        changed.order.as_str(),
        changed.operator.as_str(),
        changed.reset,
        changed.next_reset_at.map(|at| at.to_sqlx()) as Option<jiff_sqlx::Timestamp>,
    )
    .fetch_one(executor)
    .await?;
    Ok(version)
}

/// Removes a leaderboard. Its scores go later, by [`purge_deleted`]: batches lock scores before boards, so
/// that removing both here, in the other order, would have the two wait for each other.
pub async fn delete(executor: impl PgExecutor<'_>, number: i32) -> Result<(), Error> {
    sqlx::query!("delete from leaderboards where number = $1", number)
        .execute(executor)
        .await?;
    Ok(())
}

/// Removes the scores of leaderboards that were deleted. Numbers are never used again, so that nobody sees them
/// meanwhile.
pub async fn purge_deleted(pool: &PgPool) -> Result<(), Error> {
    const BATCH: i64 = 10_000;
    // One look into the index for each board, rather than one for each score.
    let deleted = sqlx::query_scalar!(
        "with recursive numbers as (
             (select leaderboard_number as number from scores order by leaderboard_number limit 1)
             union all
             select (select leaderboard_number from scores where leaderboard_number > numbers.number
                     order by leaderboard_number limit 1)
             from numbers where numbers.number is not null
         )
         select number as \"number!\" from numbers
         where number is not null and not exists (select from leaderboards where leaderboards.number = numbers.number)"
    )
    .fetch_all(pool)
    .await?;
    for number in deleted {
        while sqlx::query!(
            "delete from scores where ctid = any(array(
                 select ctid from scores where leaderboard_number = $1 limit $2
             ))",
            number,
            BATCH
        )
        .execute(pool)
        .await?
        .rows_affected()
            > 0
        {}
    }
    Ok(())
}

/// Ends the present period of a board whose time has come. [`None`] if another server was faster, or an
/// administrator has changed the board since.
pub async fn begin_period(
    executor: impl PgExecutor<'_>,
    leaderboard: &Leaderboard,
    next_reset_at: Option<Timestamp>,
) -> Result<Option<i64>, Error> {
    let version = sqlx::query_scalar!(
        "update leaderboards
         set period = period + 1, next_reset_at = $3, version = version + 1
         where number = $1 and period = $2 and reset = $4 and next_reset_at = $5
         returning version",
        leaderboard.number,
        leaderboard.period,
        next_reset_at.map(|at| at.to_sqlx()) as Option<jiff_sqlx::Timestamp>,
        leaderboard.reset,
        leaderboard.next_reset_at.map(|at| at.to_sqlx()) as Option<jiff_sqlx::Timestamp>,
    )
    .fetch_optional(executor)
    .await?;
    Ok(version)
}

/// Raises the versions of boards, in a fixed order, and returns each with its version. To be the last statement before
/// COMMIT: whoever comes later waits for it, so that versions follow each other in the order of the commits.
pub async fn raise_versions(
    executor: impl PgExecutor<'_>,
    numbers: &[i32],
) -> Result<Vec<(i32, i64)>, Error> {
    let rows = sqlx::query!(
        "select number as \"number!\", version as \"version!\" from raise_versions($1, null)",
        numbers
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.number, row.version))
        .collect())
}

/// For statements that are sent together, in one round trip, which can hold no parameters.
pub(super) fn comma_separated(numbers: &[impl ToString]) -> String {
    let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    texts.join(",")
}
