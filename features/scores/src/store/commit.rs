//! The statements of a group commit. Each takes a whole batch as arrays, so that a batch of a hundred plays is
//! four round trips to PostgreSQL, not four hundred.

use std::collections::HashMap;

use db::Error;
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use uuid::Uuid;

use crate::commit::Play;
use crate::store::leaderboards::comma_separated;

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

/// A play that is now in the audit trail, in this transaction.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Its place in the batch.
    pub place: usize,
    pub event: i64,
    /// PostgreSQL's time, which all servers share.
    pub now: Timestamp,
    /// What the player had on each board that the play counts on, by the board's number.
    pub standings: Vec<(i32, Option<Stored>)>,
}

/// A row of `scores`.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Where the row lies (its `ctid`): good until the transaction ends, as long as its player is locked.
    pub row: String,
    pub score: u64,
    /// Microseconds since the Unix epoch.
    pub reached_at: i64,
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

/// Ends the transaction that [`begin_with_players_locked`] began, with nothing written.
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

/// Writes the audit events of those plays, by their places in the batch, that were not counted before and whose
/// player still exists, and reads what their players have on the boards. The players must be locked.
pub async fn claim(
    connection: &mut PgConnection,
    batch: &[&Play],
    places: &[usize],
    boards: &[CountedBoard<'_>],
) -> Result<Vec<Claimed>, Error> {
    let plays = || places.iter().map(|place| batch[*place]);
    let users: Vec<Uuid> = plays().map(|play| play.user.uuid()).collect();
    let actions: Vec<&str> = plays().map(|play| play.action.as_str()).collect();
    let games: Vec<&str> = plays().map(|play| play.action.game().as_str()).collect();
    let values: Vec<i64> = plays().map(|play| signed(play.value)).collect();
    let metadata: Vec<Option<&str>> = plays().map(|play| play.metadata.as_deref()).collect();
    let board_games: Vec<&str> = boards.iter().map(|board| board.game).collect();
    let numbers: Vec<i32> = boards.iter().map(|board| board.number).collect();
    let periods: Vec<i32> = boards.iter().map(|board| board.period).collect();
    // Whoever has a score exists: only of the others is that asked. Two kinds of rows come back, so that neither is
    // joined with the other.
    let rows = sqlx::query!(
        "with play as (
             select * from unnest($1::text[], $2::uuid[], $3::text[], $4::bigint[], $5::text[])
                  as play (action_id, user_id, game_id, score_delta, metadata)
         ), standing as materialized (
             select play.action_id, board.number, scores.ctid as row, score, reached_at
             from play
             join unnest($6::text[], $7::integer[], $8::integer[]) as board (game_id, number, period)
               on board.game_id = play.game_id
             left join scores on leaderboard_number = board.number and scores.period = board.period
                             and scores.user_id = play.user_id
         ), claimed as (
             insert into score_events (action_id, user_id, game_id, score_delta, metadata, created_at)
             select action_id, user_id, game_id, score_delta, metadata::jsonb, clock_timestamp()
             from play
             where action_id in (select action_id from standing where row is not null)
                or exists (select from users where users.id = user_id)
             on conflict (action_id) do nothing
             returning id, action_id, created_at
         )
         select action_id as \"action_id!\", id as \"id?\", created_at as \"created_at?\", null::integer as \"number?\",
                null::text as \"row?\", null::bigint as \"score?\", null::timestamptz as \"reached_at?\"
         from claimed
         union all
         select action_id, null, null, number, row::text, score, reached_at from standing",
        &actions as &[&str],
        &users,
        &games as &[&str],
        &values,
        &metadata as &[Option<&str>],
        &board_games as &[&str],
        &numbers,
        &periods,
    )
    .fetch_all(connection)
    .await?;
    let mut claimed: HashMap<String, Claimed> = HashMap::with_capacity(places.len());
    let places: HashMap<&str, usize> = actions.into_iter().zip(places.iter().copied()).collect();
    for row in rows {
        if let (Some(id), Some(created_at)) = (row.id, row.created_at) {
            let Some(place) = places.get(row.action_id.as_str()).copied() else {
                continue;
            };
            let claim = Claimed {
                place,
                event: id,
                now: created_at.to_jiff(),
                standings: Vec::with_capacity(2),
            };
            claimed.insert(row.action_id, claim);
        } else if let (Some(claim), Some(number)) = (claimed.get_mut(&row.action_id), row.number) {
            // What was claimed comes first.
            let stored = row.row.zip(row.score).zip(row.reached_at);
            let stored = stored.map(|((row, score), reached_at)| Stored {
                row,
                score: score.unsigned_abs(),
                reached_at: reached_at.to_jiff().as_microsecond(),
            });
            claim.standings.push((number, stored));
        }
    }
    let mut claimed: Vec<Claimed> = claimed.into_values().collect();
    claimed.sort_unstable_by_key(|claimed| claimed.place);
    Ok(claimed)
}

/// What a batch changes, as columns.
#[derive(Debug, Default)]
pub struct Writes {
    /// Of players who were on that board before.
    pub moved: MovedScores,
    /// Of players who weren't.
    pub new: Scores,
    pub stats: Stats,
    pub tokens: Tokens,
}

#[derive(Debug, Default)]
pub struct MovedScores {
    pub rows: Vec<String>,
    pub users: Vec<Uuid>,
    pub scores: Vec<i64>,
    /// Microseconds since the Unix epoch.
    pub reached_at: Vec<i64>,
}

#[derive(Debug, Default)]
pub struct Scores {
    pub numbers: Vec<i32>,
    pub periods: Vec<i32>,
    pub users: Vec<Uuid>,
    pub scores: Vec<i64>,
    /// Microseconds since the Unix epoch.
    pub reached_at: Vec<i64>,
}

#[derive(Debug, Default)]
pub struct Stats {
    pub users: Vec<Uuid>,
    pub games: Vec<String>,
    pub best: Vec<i64>,
    pub last: Vec<i64>,
    pub plays: Vec<i64>,
    /// Microseconds since the Unix epoch.
    pub last_played_at: Vec<i64>,
    /// The games in which a lower score is better.
    pub ascending_games: Vec<String>,
}

#[derive(Debug, Default)]
pub struct Tokens {
    pub events: Vec<i64>,
    pub signatures: Vec<Vec<u8>>,
    /// Epoch seconds.
    pub expires_at: Vec<i64>,
    pub answers: Vec<String>,
}

/// Writes scores, per-game stats and the answers for replays. Rows that are there are updated rather than upserted,
/// which would lock each first, and log that. The players must be locked: nobody else writes rows of theirs.
pub async fn write(connection: &mut PgConnection, writes: &Writes) -> Result<(), Error> {
    let Writes {
        moved,
        new,
        stats,
        tokens,
    } = writes;
    let counts = sqlx::query!(
        "with moved as (
             update scores set score = moved.score,
                    reached_at = 'epoch'::timestamptz + moved.reached_at * interval '1 microsecond'
             from unnest($1::text[]::tid[], $2::uuid[], $3::bigint[], $4::bigint[])
                  as moved (row, user_id, score, reached_at)
             where scores.ctid = moved.row and scores.user_id = moved.user_id
             returning 1
         ), played as (
             update user_game_stats as stats set
                 best = case when stats.game_id = any($5) then least(stats.best, played.best)
                             else greatest(stats.best, played.best) end,
                 last = case when 'epoch'::timestamptz + played.last_played_at * interval '1 microsecond' >= stats.last_played_at
                             then played.last else stats.last end,
                 plays = stats.plays + played.plays,
                 last_played_at = greatest(stats.last_played_at,
                                           'epoch'::timestamptz + played.last_played_at * interval '1 microsecond')
             from unnest($6::uuid[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
                  as played (user_id, game_id, best, last, plays, last_played_at)
             where stats.user_id = played.user_id and stats.game_id = played.game_id
             returning 1
         ), consumed as (
             insert into consumed_tokens (event_id, signature, expires_at, answer)
             select event_id, signature, 'epoch'::timestamptz + expires_at * interval '1 second', answer
             from unnest($12::bigint[], $13::bytea[], $14::bigint[], $15::text[])
                  as token (event_id, signature, expires_at, answer)
         )
         select (select count(*) from moved) as \"moved!\", (select count(*) from played) as \"played!\"",
        &moved.rows,
        &moved.users,
        &moved.scores,
        &moved.reached_at,
        &stats.ascending_games,
        &stats.users,
        &stats.games,
        &stats.best,
        &stats.last,
        &stats.plays,
        &stats.last_played_at,
        &tokens.events,
        &tokens.signatures,
        &tokens.expires_at,
        &tokens.answers,
    )
    .fetch_one(&mut *connection)
    .await?;
    if usize::try_from(counts.moved) != Ok(moved.users.len()) {
        // Rows don't move while their players are locked; if ever they did, nothing must be counted in vain.
        return Err(Error::Query(sqlx::Error::RowNotFound));
    }
    if !new.users.is_empty() || usize::try_from(counts.played) != Ok(stats.users.len()) {
        write_new(connection, new, stats).await?;
    }
    Ok(())
}

/// The rows of players who had none: on a board, or in a game.
async fn write_new(
    connection: &mut PgConnection,
    scores: &Scores,
    stats: &Stats,
) -> Result<(), Error> {
    sqlx::query!(
        "with ranked as (
             insert into scores (leaderboard_number, period, user_id, score, reached_at)
             select number, period, user_id, score, 'epoch'::timestamptz + reached_at * interval '1 microsecond'
             from unnest($1::integer[], $2::integer[], $3::uuid[], $4::bigint[], $5::bigint[])
                  as ranked (number, period, user_id, score, reached_at)
         )
         insert into user_game_stats (user_id, game_id, best, last, plays, last_played_at)
         select user_id, game_id, best, last, plays, 'epoch'::timestamptz + last_played_at * interval '1 microsecond'
         from unnest($6::uuid[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
              as played (user_id, game_id, best, last, plays, last_played_at)
         on conflict (user_id, game_id) do nothing",
        &scores.numbers,
        &scores.periods,
        &scores.users,
        &scores.scores,
        &scores.reached_at,
        &stats.users,
        &stats.games,
        &stats.best,
        &stats.last,
        &stats.plays,
        &stats.last_played_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Scores are at most 2^53 − 1, so that none is lost here.
pub fn signed(score: u64) -> i64 {
    i64::try_from(score).unwrap_or(i64::MAX)
}
