//! How far a user's matches are here, and whose turn it is to bring more.
//!
//! Invariant: whoever's turn is over writes nothing any more, so that a sync that was too slow never mixes with the next.

use std::time::Duration;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::UserId;
use sqlx::PgExecutor;
use uuid::Uuid;

/// A sync that may begin: where it goes on.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Until when it is the sync's turn, which tells turns apart, too.
    pub turn: Timestamp,
    pub profile_id: Option<u64>,
    pub complete_to: Option<Timestamp>,
    pub page: u32,
    pub newest: Option<Timestamp>,
}

/// Where a sync stands. What is not whole goes on from there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reached {
    pub complete_to: Option<Timestamp>,
    pub page: u32,
    pub newest: Option<Timestamp>,
}

/// Why a sync may not begin, and for how long.
#[derive(Clone, Copy, Debug)]
pub enum Denied {
    Running(Duration),
    TooSoon(Duration),
}

/// Takes the turn for this Steam account until then. With another account than before, it begins anew.
pub async fn begin(
    executor: impl PgExecutor<'_> + Copy,
    user: UserId,
    steam_id: &str,
    now: Timestamp,
    busy_until: Timestamp,
) -> Result<Result<Begun, Denied>, db::Error> {
    let begun = sqlx::query!(
        "insert into game_syncs as sync (user_id, steam_id, busy_until) values ($1, $2, $4)
         on conflict (user_id) do update set
             busy_until = $4,
             steam_id = $2,
             profile_id = case when sync.steam_id = $2 then sync.profile_id end,
             complete_to = case when sync.steam_id = $2 then sync.complete_to end,
             newest = case when sync.steam_id = $2 then sync.newest end,
             page = case when sync.steam_id = $2 then sync.page else 1 end
         where sync.busy_until <= $3 and (sync.next_at <= $3 or sync.steam_id <> $2)
         returning busy_until as \"turn: jiff_sqlx::Timestamp\", profile_id, complete_to as \"complete_to: jiff_sqlx::Timestamp\", page,
                   newest as \"newest: jiff_sqlx::Timestamp\"",
        user.uuid(),
        steam_id,
        now.to_sqlx() as jiff_sqlx::Timestamp,
        busy_until.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_optional(executor)
    .await?;
    if let Some(row) = begun {
        return Ok(Ok(Begun {
            turn: row.turn.to_jiff(),
            profile_id: row.profile_id.map(i64::cast_unsigned),
            complete_to: row.complete_to.map(|at| at.to_jiff()),
            page: u32::try_from(row.page).unwrap_or(1),
            newest: row.newest.map(|at| at.to_jiff()),
        }));
    }
    let waits = sqlx::query!(
        "select extract(epoch from greatest(busy_until, $2) - $2)::float8 as \"busy!\",
                extract(epoch from greatest(next_at, $2) - $2)::float8 as \"pause!\"
         from game_syncs where user_id = $1",
        user.uuid(),
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_optional(executor)
    .await?;
    let wait = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    Ok(Err(match waits {
        Some(waits) if waits.busy > 0.0 => Denied::Running(wait(waits.busy)),
        Some(waits) => Denied::TooSoon(wait(waits.pause)),
        // It ended between the two questions.
        None => Denied::TooSoon(Duration::from_secs(1)),
    }))
}

/// Whom AoE4World takes the user for. False if the turn is over.
pub async fn found(
    executor: impl PgExecutor<'_>,
    user: UserId,
    turn: Timestamp,
    profile_id: u64,
) -> Result<bool, db::Error> {
    let written = sqlx::query!(
        "update game_syncs set profile_id = $3 where user_id = $1 and busy_until = $2",
        user.uuid(),
        turn.to_sqlx() as jiff_sqlx::Timestamp,
        profile_id.cast_signed()
    );
    Ok(written.execute(executor).await?.rows_affected() > 0)
}

/// A page is here. False if the turn is over.
pub async fn reached(
    executor: impl PgExecutor<'_>,
    user: UserId,
    turn: Timestamp,
    reached: Reached,
) -> Result<bool, db::Error> {
    let written = sqlx::query!(
        "update game_syncs set complete_to = $3, page = $4, newest = $5 where user_id = $1 and busy_until = $2",
        user.uuid(),
        turn.to_sqlx() as jiff_sqlx::Timestamp,
        reached.complete_to.map(|at| at.to_sqlx()) as Option<jiff_sqlx::Timestamp>,
        i32::try_from(reached.page).unwrap_or(i32::MAX),
        reached.newest.map(|at| at.to_sqlx()) as Option<jiff_sqlx::Timestamp>,
    );
    Ok(written.execute(executor).await?.rows_affected() > 0)
}

/// Gives the turn back, unless it is over already.
pub async fn end(
    executor: impl PgExecutor<'_>,
    user: UserId,
    turn: Timestamp,
    now: Timestamp,
    next_at: Timestamp,
    error: Option<&str>,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update game_syncs set busy_until = $3, ended_at = $3, next_at = $4, error = $5
         where user_id = $1 and busy_until = $2",
        user.uuid(),
        turn.to_sqlx() as jiff_sqlx::Timestamp,
        now.to_sqlx() as jiff_sqlx::Timestamp,
        next_at.to_sqlx() as jiff_sqlx::Timestamp,
        error
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Whether the user has ever synced, as which player, and how that ended.
#[derive(Clone, Debug)]
pub struct SyncState {
    pub profile_id: Option<u64>,
    pub running: bool,
    /// Whether all matches until the last sync are here.
    pub complete: bool,
    pub ended_at: Option<Timestamp>,
    pub error: Option<String>,
    pub games: u64,
}

pub async fn state(
    executor: impl PgExecutor<'_>,
    user: Uuid,
    now: Timestamp,
) -> Result<Option<SyncState>, db::Error> {
    let row = sqlx::query!(
        "select profile_id, busy_until > $2 as \"running!\", complete_to is not null and page = 1 as \"complete!\",
                ended_at as \"ended_at: jiff_sqlx::Timestamp\", error,
                (select count(*) from games where games.user_id = $1) as \"games!\"
         from game_syncs where user_id = $1",
        user,
        now.to_sqlx() as jiff_sqlx::Timestamp
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| SyncState {
        profile_id: row.profile_id.map(i64::cast_unsigned),
        running: row.running,
        complete: row.complete,
        ended_at: row.ended_at.map(|at| at.to_jiff()),
        error: row.error,
        games: row.games.unsigned_abs(),
    }))
}
