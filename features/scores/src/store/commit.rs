//! The statements of a group commit. Each takes a whole batch as arrays, so that a batch of a hundred plays is
//! six round trips to PostgreSQL, not six hundred.

use std::collections::HashMap;

use db::Error;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::commit::Play;
use crate::model::{Operator, ScoreOrder};

/// Settings of the connections that only write batches. Arrays hide from the planner how many rows they
/// hold; with statistics of an empty table it would read whole tables, and keep to that plan as they grow.
pub async fn prepare_connection(connection: &mut PgConnection) -> Result<(), Error> {
    sqlx::raw_sql(
        "set plan_cache_mode = force_generic_plan; set enable_hashjoin = off; set enable_mergejoin = off;
         set enable_seqscan = off; set jit = off; set lock_timeout = '2s'; set statement_timeout = '20s'",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A play that is now in the audit trail, in this transaction.
#[derive(Clone, Copy, Debug)]
pub struct Claimed {
    /// Its place in the batch.
    pub place: usize,
    pub event: i64,
    /// PostgreSQL's time, which all servers share.
    pub now: Timestamp,
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

/// The same, without waiting. Returns the keys of those whom somebody else has locked.
pub async fn try_lock_players(
    connection: &mut PgConnection,
    users: impl Iterator<Item = Uuid>,
) -> Result<Vec<i64>, Error> {
    let keys = lock_keys(users);
    let busy = sqlx::query_scalar!(
        "select key as \"key!\" from unnest($1::bigint[]) as player (key)
         where not pg_try_advisory_xact_lock(key)",
        &keys
    )
    .fetch_all(connection)
    .await?;
    Ok(busy)
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
/// player still exists. The players must be locked.
pub async fn claim(
    connection: &mut PgConnection,
    batch: &[&Play],
    places: &[usize],
) -> Result<Vec<Claimed>, Error> {
    let plays = || places.iter().map(|place| batch[*place]);
    let users: Vec<Uuid> = plays().map(|play| play.user.uuid()).collect();
    let actions: Vec<&str> = plays().map(|play| play.action.as_str()).collect();
    let games: Vec<&str> = plays().map(|play| play.action.game().as_str()).collect();
    let values: Vec<i64> = plays().map(|play| signed(play.value)).collect();
    let metadata: Vec<Option<&str>> = plays().map(|play| play.metadata.as_deref()).collect();
    let rows = sqlx::query!(
        "insert into score_events (action_id, user_id, game_id, score_delta, metadata, created_at)
         select action_id, user_id, game_id, score_delta, metadata::jsonb, clock_timestamp()
         from unnest($1::text[], $2::uuid[], $3::text[], $4::bigint[], $5::text[])
              as play (action_id, user_id, game_id, score_delta, metadata)
         where exists (select from users where users.id = user_id)
         on conflict (action_id) do nothing
         returning id, action_id, created_at",
        &actions as &[&str],
        &users,
        &games as &[&str],
        &values,
        &metadata as &[Option<&str>],
    )
    .fetch_all(connection)
    .await?;
    let places: HashMap<&str, usize> = places
        .iter()
        .zip(&actions)
        .map(|(place, action)| (*action, *place))
        .collect();
    let mut claimed: Vec<Claimed> = rows
        .iter()
        .filter_map(|row| {
            Some(Claimed {
                place: *places.get(row.action_id.as_str())?,
                event: row.id,
                now: row.created_at.to_jiff(),
            })
        })
        .collect();
    claimed.sort_unstable_by_key(|claimed| claimed.place);
    Ok(claimed)
}

/// A play that was counted before.
#[derive(Clone, Debug)]
pub struct Former {
    pub action: String,
    pub user: Option<Uuid>,
    pub value: u64,
    /// The fingerprint of the token and the answer, until they are purged.
    pub signature: Option<Vec<u8>>,
    pub answer: Option<String>,
}

/// Looks up what was counted before under these actions.
pub async fn former(connection: &mut PgConnection, actions: &[&str]) -> Result<Vec<Former>, Error> {
    let rows = sqlx::query!(
        "select action_id as \"action_id!\", user_id, score_delta as \"score_delta!\", signature as \"signature?\", answer as \"answer?\"
         from score_events left join consumed_tokens on event_id = id
         where action_id = any($1)",
        actions as &[&str]
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Former {
            action: row.action_id,
            user: row.user_id,
            value: row.score_delta.unsigned_abs(),
            signature: row.signature,
            answer: row.answer,
        })
        .collect())
}

/// A player's standing on one of the boards that a play of this game moves.
#[derive(Clone, Debug)]
pub struct Current {
    pub user: Uuid,
    pub game: String,
    pub leaderboard: String,
    pub number: i32,
    pub period: i32,
    pub order: ScoreOrder,
    pub operator: Operator,
    /// Score, and when it was reached in microseconds since the Unix epoch.
    pub standing: Option<(u64, i64)>,
}

/// Which boards the plays of these players in these games move, and what the players have there. The boards'
/// definitions are read with them, so that all servers go by the same.
pub async fn current(
    connection: &mut PgConnection,
    pairs: &[(Uuid, &str)],
) -> Result<Vec<Current>, Error> {
    let (users, games): (Vec<Uuid>, Vec<&str>) = pairs.iter().copied().unzip();
    let rows = sqlx::query!(
        "select play.user_id as \"user_id!\", play.game_id as \"game_id!\", leaderboards.id, number,
                leaderboards.period, score_order, operator, score as \"score?\", reached_at as \"reached_at?\"
         from unnest($1::uuid[], $2::text[]) as play (user_id, game_id)
         join leaderboards on leaderboards.game_id is null or leaderboards.game_id = play.game_id
         left join scores on leaderboard_number = number and scores.period = leaderboards.period
                         and scores.user_id = play.user_id",
        &users,
        &games as &[&str],
    )
    .fetch_all(connection)
    .await?;
    let wrong = |error| Error::Query(sqlx::Error::Decode(Box::new(error)));
    rows.into_iter()
        .map(|row| {
            Ok(Current {
                user: row.user_id,
                game: row.game_id,
                leaderboard: row.id,
                number: row.number,
                period: row.period,
                order: ScoreOrder::try_from(row.score_order.as_str()).map_err(wrong)?,
                operator: Operator::try_from(row.operator.as_str()).map_err(wrong)?,
                standing: row.score.zip(row.reached_at).map(|(score, reached_at)| {
                    (score.unsigned_abs(), reached_at.to_jiff().as_microsecond())
                }),
            })
        })
        .collect()
}

/// What a batch changes, as columns.
#[derive(Debug, Default)]
pub struct Writes {
    pub scores: Scores,
    pub stats: Stats,
    pub tokens: Tokens,
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

/// Writes scores, per-game stats and the answers for replays.
pub async fn write(connection: &mut PgConnection, writes: &Writes) -> Result<(), Error> {
    let Writes {
        scores,
        stats,
        tokens,
    } = writes;
    sqlx::query!(
        "with written as (
             insert into scores (leaderboard_number, period, user_id, score, reached_at)
             select number, period, user_id, score, 'epoch'::timestamptz + reached_at * interval '1 microsecond'
             from unnest($1::integer[], $2::integer[], $3::uuid[], $4::bigint[], $5::bigint[])
                  as changed (number, period, user_id, score, reached_at)
             on conflict (leaderboard_number, period, user_id)
             do update set score = excluded.score, reached_at = excluded.reached_at
         ), counted as (
             insert into user_game_stats as stats (user_id, game_id, best, last, plays, last_played_at)
             select user_id, game_id, best, last, plays,
                    'epoch'::timestamptz + last_played_at * interval '1 microsecond'
             from unnest($6::uuid[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
                  as played (user_id, game_id, best, last, plays, last_played_at)
             on conflict (user_id, game_id) do update set
                 best = case when excluded.game_id = any($12) then least(stats.best, excluded.best)
                             else greatest(stats.best, excluded.best) end,
                 last = case when excluded.last_played_at >= stats.last_played_at then excluded.last
                             else stats.last end,
                 plays = stats.plays + excluded.plays,
                 last_played_at = greatest(stats.last_played_at, excluded.last_played_at)
         )
         insert into consumed_tokens (event_id, signature, expires_at, answer)
         select event_id, signature, 'epoch'::timestamptz + expires_at * interval '1 second', answer
         from unnest($13::bigint[], $14::bytea[], $15::bigint[], $16::text[])
              as token (event_id, signature, expires_at, answer)",
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
        &stats.ascending_games,
        &tokens.events,
        &tokens.signatures,
        &tokens.expires_at,
        &tokens.answers,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Scores are at most 2^53 − 1, so that none is lost here.
pub fn signed(score: u64) -> i64 {
    i64::try_from(score).unwrap_or(i64::MAX)
}

/// Removes the answers whose tokens have expired. Returns how many.
pub async fn purge_tokens(pool: &PgPool, now: Timestamp) -> Result<u64, Error> {
    const BATCH: i64 = 10_000;
    let mut count = 0;
    loop {
        // Small transactions, so that none holds anybody up.
        let purged = sqlx::query!(
            "delete from consumed_tokens where event_id in (
                 select event_id from consumed_tokens where expires_at <= $1 limit $2 for update skip locked
             )",
            now.to_sqlx() as jiff_sqlx::Timestamp,
            BATCH
        )
        .execute(pool)
        .await?
        .rows_affected();
        count += purged;
        if purged < BATCH.unsigned_abs() {
            return Ok(count);
        }
    }
}
