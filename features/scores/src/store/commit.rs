//! The statements of a group commit. Each takes a whole batch as arrays: what a batch reads and what it writes is one
//! round trip to PostgreSQL each, however many plays it holds.

use std::sync::Arc;
use std::time::Duration;

use db::Error;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use uuid::Uuid;

use super::replays::Former;
use crate::commit::Play;
use crate::store::leaderboards::comma_separated;
use crate::store::tuple_id::{TupleId, TupleIds};

/// Settings of the connections that only write batches. Arrays hide from the planner how many rows they
/// hold; with statistics of an empty table it would read whole tables, and keep to that plan as they grow.
/// COMMIT waits for the disk whatever the database's default is: a score that was answered is never lost.
pub async fn prepare_connection(connection: &mut PgConnection) -> Result<(), Error> {
    sqlx::raw_sql(
        "set plan_cache_mode = force_generic_plan; set enable_hashjoin = off; set enable_mergejoin = off;
         set enable_seqscan = off; set jit = off; set synchronous_commit = on;
         set lock_timeout = '2s'; set statement_timeout = '20s'",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A board that the plays of a batch count on.
#[derive(Clone, Copy, Debug)]
pub struct CountedBoard<'a> {
    pub game: &'a str,
    pub number: i32,
    pub period: i32,
}

/// Locks players until the transaction ends, in a fixed order: their plays are counted one after the other, and
/// never while they are being deleted. Advisory locks, in memory: a lock on the row in `users` would write to
/// that table, and to the log, for each score. To be a statement of its own, so that the next one sees what was
/// committed while this one waited.
pub async fn lock_players(
    connection: &mut PgConnection,
    users: impl Iterator<Item = Uuid>,
) -> Result<(), Error> {
    let keys = lock_keys(users);
    sqlx::query!(
        "select count(pg_advisory_xact_lock(key)) from unnest($1::bigint[]) as player (key)",
        &keys
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}

/// BEGIN, and the same without waiting, in one round trip. Returns the keys of those whom somebody else has locked.
pub async fn begin_with_players_locked(
    connection: &mut PgConnection,
    users: impl Iterator<Item = Uuid>,
) -> Result<Vec<i64>, Error> {
    let keys = comma_separated(&lock_keys(users));
    let sql = format!(
        "begin; select key from unnest('{{{keys}}}'::bigint[]) as player (key)
         where not pg_try_advisory_xact_lock(key)"
    );
    let busy = sqlx::raw_sql(AssertSqlSafe(sql))
        .fetch_all(connection)
        .await?;
    busy.iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()
        .map_err(Error::from)
}

/// Ends the transaction that [`begin_with_players_locked`] began.
pub async fn commit(connection: &mut PgConnection) -> Result<(), Error> {
    sqlx::raw_sql("commit").execute(connection).await?;
    Ok(())
}

/// Ends that transaction with nothing written.
pub async fn rollback(connection: &mut PgConnection) -> Result<(), Error> {
    sqlx::raw_sql("rollback").execute(connection).await?;
    Ok(())
}

/// Two players with one key wait for each other without need; no harm is done.
pub fn lock_key(user: Uuid) -> i64 {
    let (high, low) = user.as_u64_pair();
    (high ^ low).cast_signed()
}

fn lock_keys(users: impl Iterator<Item = Uuid>) -> Vec<i64> {
    let mut keys: Vec<i64> = users.map(lock_key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// What is known of a play before it is counted.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The same action, if it was counted before.
    pub former: Option<Former>,
    pub is_user: bool,
    /// The player's score and when it was reached, in microseconds since the Unix epoch, by the board's number.
    pub standings: Vec<(i32, u64, i64)>,
}

/// Reads what is known of these plays, each by its place in the batch. The players must be locked.
pub async fn read(
    connection: &mut PgConnection,
    batch: &[&Play],
    places: &[usize],
    boards: &[CountedBoard<'_>],
) -> Result<Vec<Known>, Error> {
    let plays = || places.iter().map(|place| batch[*place]);
    let actions: Vec<&str> = plays().map(|play| play.action.as_str()).collect();
    let users: Vec<Uuid> = plays().map(|play| play.user.uuid()).collect();
    let games: Vec<&str> = plays().map(|play| play.action.game().as_str()).collect();
    let board_games: Vec<&str> = boards.iter().map(|board| board.game).collect();
    let numbers: Vec<i32> = boards.iter().map(|board| board.number).collect();
    let periods: Vec<i32> = boards.iter().map(|board| board.period).collect();
    let rows = sqlx::query!(
        "select play.place as \"place!\", exists (select from users where users.id = play.user_id) as \"is_user!\",
                board.number as \"number?\", scores.score as \"score?\", scores.reached_at as \"reached_at?\",
                former.id as \"former?\", former.user_id as \"former_user?\", former.score_delta as \"former_delta?\",
                token.signature as \"signature?\", token.answer as \"answer?\"
         from unnest($1::text[], $2::uuid[], $3::text[]) with ordinality as play (action_id, user_id, game_id, place)
         left join score_events as former on former.action_id = play.action_id
         left join consumed_tokens as token on token.event_id = former.id
         left join unnest($4::text[], $5::integer[], $6::integer[]) as board (game_id, number, period)
                on board.game_id = play.game_id
         left join scores on scores.leaderboard_number = board.number and scores.period = board.period
                         and scores.user_id = play.user_id",
        &actions as &[&str],
        &users,
        &games as &[&str],
        &board_games as &[&str],
        &numbers,
        &periods,
    )
    .fetch_all(connection)
    .await?;
    let mut known = vec![Known::default(); places.len()];
    for row in rows {
        let place = usize::try_from(row.place - 1).ok();
        let Some(known) = place.and_then(|place| known.get_mut(place)) else {
            continue;
        };
        known.is_user = row.is_user;
        if let (Some(number), Some(score), Some(reached_at)) =
            (row.number, row.score, row.reached_at)
        {
            let reached_at = reached_at.to_jiff().as_microsecond();
            known
                .standings
                .push((number, score.unsigned_abs(), reached_at));
        }
        if row.former.is_some() {
            known.former = Some(Former {
                user: row.former_user,
                value: row.former_delta.unwrap_or(0).unsigned_abs(),
                signature: row.signature,
                answer: row.answer,
            });
        }
    }
    Ok(known)
}

/// What a batch goes by and what it changes, as columns. Times that are none are the moment of writing, and as many
/// microseconds later as the place says.
#[derive(Debug, Default)]
pub struct Writes<'a> {
    pub catalog: i64,
    /// The boards that move, by number, in ascending order.
    pub boards: Vec<i32>,
    /// Players of whom no score was known.
    pub unknown_players: Vec<Uuid>,
    pub plays: Plays<'a>,
    /// Of players who were on that board before.
    pub moved: MovedScores,
    /// Of players who were on that board before, and whose plays have changed nothing there.
    pub kept: Scores,
    /// Of players who weren't.
    pub new: Scores,
    pub played: Played<'a>,
}

#[derive(Debug, Default)]
pub struct Plays<'a> {
    pub actions: Vec<&'a str>,
    pub users: Vec<Uuid>,
    pub games: Vec<&'a str>,
    pub deltas: Vec<i64>,
    pub metadata: Vec<Option<&'a str>>,
    pub signatures: Vec<Option<&'a [u8]>>,
    pub expirations: Vec<Option<jiff_sqlx::Timestamp>>,
    pub answers: Vec<Arc<str>>,
}

#[derive(Debug, Default)]
pub struct Scores {
    pub numbers: Vec<i32>,
    pub periods: Vec<i32>,
    pub users: Vec<Uuid>,
    pub scores: Vec<i64>,
    pub at: Vec<Option<jiff_sqlx::Timestamp>>,
    pub places: Vec<i32>,
}

#[derive(Debug, Default)]
pub struct MovedScores {
    pub from: Vec<i64>,
    pub from_at: Vec<jiff_sqlx::Timestamp>,
    pub to: Scores,
    /// Where their rows lie; of those that aren't known they are found by their keys.
    pub rows: TupleIds,
}

#[derive(Debug, Default)]
pub struct Played<'a> {
    pub users: Vec<Uuid>,
    pub games: Vec<&'a str>,
    pub best: Vec<i64>,
    pub last: Vec<i64>,
    pub count: Vec<i64>,
    pub at: Vec<Option<jiff_sqlx::Timestamp>>,
    pub places: Vec<i32>,
    /// Whether the player has played no other game in this batch, and this one now.
    pub alone: Vec<bool>,
    /// The games in which a lower score is better.
    pub ascending_games: Vec<&'a str>,
}

/// What was written.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// The boards that were moved, each with its new version.
    pub versions: Vec<(i32, i64)>,
    /// The moment of writing, in microseconds since the Unix epoch: PostgreSQL's time, which all servers share.
    pub now: i64,
    /// Where the rows of the scores that moved lie now, each with which of them it is.
    pub rows: Vec<(usize, Option<TupleId>)>,
    /// How long the function ran from when the players were locked. The rest of the time went into the way there and back,
    /// and into COMMIT.
    pub worked: Duration,
}

/// Why nothing was written. A transaction that was begun before has failed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// A board counts otherwise by now, or its period has ended.
    #[error("a board has changed")]
    BoardChanged,
    /// What the batch went by isn't so any more, or somebody else is writing for one of its players.
    #[error("what was known is out of date")]
    OutOfDate,
    /// A row does not lie where it was known to, or holds another score by now.
    #[error("a row has moved")]
    RowsMoved,
    #[error(transparent)]
    Database(Error),
}

impl<E: Into<Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Database(error.into())
    }
}

/// Checks what the batch went by, and writes all of it, in the transaction that was begun, or else in one of its own.
pub async fn write(connection: &mut PgConnection, writes: &Writes<'_>) -> Result<Written, Refused> {
    let Writes {
        plays,
        moved,
        kept,
        new,
        played,
        ..
    } = writes;
    let keys = lock_keys(plays.users.iter().copied());
    let answers: Vec<&str> = plays.answers.iter().map(AsRef::as_ref).collect();
    type Times<'a> = &'a [Option<jiff_sqlx::Timestamp>];
    let row = sqlx::query!(
        "select numbers, versions, base as \"base!\", done as \"done!\", rows as \"rows: TupleIds\", rows_of from count_plays(
             $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
             $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41)",
        &keys,
        writes.catalog,
        &writes.boards,
        &writes.unknown_players,
        &plays.actions as &[&str],
        &plays.users,
        &plays.games as &[&str],
        &plays.deltas,
        &plays.metadata as &[Option<&str>],
        &plays.signatures as &[Option<&[u8]>],
        &plays.expirations as Times<'_>,
        &answers as &[&str],
        &moved.to.numbers,
        &moved.to.periods,
        &moved.to.users,
        &moved.from,
        &moved.from_at as &[jiff_sqlx::Timestamp],
        &moved.to.scores,
        &moved.to.at as Times<'_>,
        &moved.to.places,
        &kept.numbers,
        &kept.periods,
        &kept.users,
        &kept.scores,
        &kept.at as Times<'_>,
        &new.numbers,
        &new.periods,
        &new.users,
        &new.scores,
        &new.at as Times<'_>,
        &new.places,
        &played.users,
        &played.games as &[&str],
        &played.best,
        &played.last,
        &played.count,
        &played.at as Times<'_>,
        &played.places,
        &played.ascending_games as &[&str],
        &played.alone,
        &moved.rows as &TupleIds,
    )
    .fetch_one(connection)
    .await
    .map_err(refusal)?;
    let numbers = row.numbers.unwrap_or_default();
    let rows_of = row.rows_of.unwrap_or_default().into_iter();
    let rows_of = rows_of.map(|nth| usize::try_from(nth - 1).unwrap_or(usize::MAX));
    let rows = row.rows.unwrap_or_default().0;
    Ok(Written {
        versions: numbers
            .into_iter()
            .zip(row.versions.unwrap_or_default())
            .collect(),
        now: row.base.to_jiff().as_microsecond(),
        worked: row
            .done
            .to_jiff()
            .duration_since(row.base.to_jiff())
            .unsigned_abs(),
        rows: rows_of.zip(rows).collect(),
    })
}

fn refusal(error: sqlx::Error) -> Refused {
    let code = error
        .as_database_error()
        .and_then(|error| error.code())
        .unwrap_or_default();
    match code.as_ref() {
        "GS001" => Refused::BoardChanged,
        "GS003" => Refused::RowsMoved,
        // An action, or a player on a board, that was not there before.
        "GS002" | "23505" => Refused::OutOfDate,
        _ => Refused::Database(error.into()),
    }
}

/// Scores are at most 2^53 − 1, so that none is lost here.
pub fn signed(score: u64) -> i64 {
    i64::try_from(score).unwrap_or(i64::MAX)
}

/// Of microseconds since the Unix epoch.
pub fn timestamp(microseconds: i64) -> jiff_sqlx::Timestamp {
    Timestamp::from_microsecond(microseconds)
        .unwrap_or(Timestamp::MAX)
        .to_sqlx()
}
