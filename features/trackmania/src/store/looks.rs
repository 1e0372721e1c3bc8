//! Which maps a run looks at, and how far it has come with each.
//!
//! Invariants:
//! - A map is looked at once in a run, however many follow it.
//! - Until when everything on it was seen moves in the transaction that keeps what was seen. So whatever breaks off, the next
//!   look begins where the last one has really ended.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;

use crate::model::news::Look;

/// Failures of a map in one run, after which it is left alone.
const MOST_TRIES: i32 = 3;

/// What is still to be asked of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    Position,
    Board,
}

impl Open {
    fn as_str(self) -> &'static str {
        match self {
            Self::Position => "position",
            Self::Board => "board",
        }
    }
}

/// All maps that somebody follows whom this run has not dealt with, unless that one has muted them. Every leaderboard of
/// those that anybody wants to be looked at accurately; where stock is taken only, how many have a record is enough, or
/// nothing.
pub async fn plan(executor: impl PgExecutor<'_>, run_at: Timestamp) -> Result<(), db::Error> {
    sqlx::query!(
        "with followers as (
             select target_id, muted_maps,
                    bool_or(ran_mode = 'accurate' and stocked_at is not null) as accurate,
                    bool_or(ran_mode = 'fast') as fast,
                    min(ran_at) filter (where stocked_at is not null) as ran_at
             from map_alerts
             where created_at <= $1 and (ran_at is null or ran_at < $1)
             group by target_id, muted_maps
         ), sizes as (
             select target_id, count(*) as size from alert_target_maps group by target_id
         ), wanted as (
             select map_uid, bool_or(accurate) as accurate, bool_or(fast) as fast, min(ran_at) as ran_at, min(size) as place
             from followers
             join sizes using (target_id)
             join alert_target_maps using (target_id)
             where not map_uid = any(muted_maps)
             group by map_uid
         )
         insert into map_looks as known (map_uid, run_at, state, base_at, looked_at, looking_at, board_at, place)
         select map_uid, $1,
                case when accurate then 'board' when fast then 'position' else 'seen' end,
                ran_at,
                case when not accurate and not fast then $1 end,
                $1, $1, place
         from wanted order by map_uid
         on conflict (map_uid) do update set
             run_at = excluded.run_at,
             is_late = known.state <> 'seen',
             state = excluded.state,
             tries = 0,
             base_at = case when excluded.base_at is not null then coalesce(known.looked_at, excluded.base_at) end,
             looked_at = coalesce(excluded.looked_at, known.looked_at),
             looking_at = excluded.looking_at,
             board_at = excluded.board_at,
             place = excluded.place,
             problem = null
         where known.run_at < excluded.run_at",
        run_at.to_sqlx() as jiff_sqlx::Timestamp
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Forgets maps that nobody wants to know of any more: should somebody again, what was driven meanwhile is not new.
pub async fn forget(executor: impl PgExecutor<'_>, run_at: Timestamp) -> Result<(), db::Error> {
    sqlx::query!(
        "delete from map_looks where run_at < $1",
        run_at.to_sqlx() as jiff_sqlx::Timestamp
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// The first of those of which this is still to be asked; those that failed come last.
pub async fn open(
    executor: impl PgExecutor<'_>,
    run_at: Timestamp,
    what: Open,
    at_most: i64,
) -> Result<Vec<Look>, db::Error> {
    let rows = sqlx::query!(
        "select map_uid, base_at as \"base_at: jiff_sqlx::Timestamp\",
                board_at as \"board_at!: jiff_sqlx::Timestamp\", looking_at as \"looking_at!: jiff_sqlx::Timestamp\"
         from map_looks where run_at = $1 and state = $2 and state in ('position', 'board')
         order by tries, is_late desc, place, map_uid limit $3",
        run_at.to_sqlx() as jiff_sqlx::Timestamp,
        what.as_str(),
        at_most
    )
    .fetch_all(executor)
    .await?;
    let looks = rows.into_iter().map(|row| Look {
        uid: row.map_uid,
        base_at: row.base_at.map(|at| at.to_jiff()),
        board_at: row.board_at.to_jiff(),
        looking_at: row.looking_at.to_jiff(),
    });
    Ok(looks.collect())
}

/// How many there are, and of how many something is still to be asked.
pub async fn progress(
    executor: impl PgExecutor<'_>,
    run_at: Timestamp,
) -> Result<(u64, u64), db::Error> {
    let row = sqlx::query!(
        "select count(*) as \"all!\", count(*) filter (where state in ('position', 'board')) as \"open!\"
         from map_looks where run_at = $1",
        run_at.to_sqlx() as jiff_sqlx::Timestamp
    )
    .fetch_one(executor)
    .await?;
    Ok((row.all.cast_unsigned(), row.open.cast_unsigned()))
}

/// How many have a record on those maps was kept just now. Where nobody new has since the last look, everything is seen;
/// where there never was one, that is so if nobody has a record at all, or if stock is taken only.
pub async fn positions_seen(
    executor: impl PgExecutor<'_>,
    run_at: Timestamp,
    uids: &[&str],
) -> Result<(), db::Error> {
    sqlx::query!(
        "update map_looks look set
             state = case when is_news then 'board' else 'seen' end,
             looked_at = case when is_news then look.looked_at else told.seen_at end,
             looking_at = told.seen_at,
             board_at = told.changed_at
         from (
             select position.map_uid, seen_at, greatest(first_seen_at, moved_at) as changed_at,
                    base_at is not null and position > 1
                        and (looked_at is null or greatest(first_seen_at, moved_at) > looked_at) as is_news
             from map_positions position join map_looks using (map_uid)
             where map_uid = any($2)
         ) told
         where look.map_uid = told.map_uid and look.run_at = $1 and look.state = 'position'",
        run_at.to_sqlx() as jiff_sqlx::Timestamp,
        uids as &[&str]
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Everything on it was seen until then. False if somebody else has said so.
pub async fn board_seen(
    executor: impl PgExecutor<'_>,
    run_at: Timestamp,
    uid: &str,
    until: Timestamp,
) -> Result<bool, db::Error> {
    let seen = sqlx::query!(
        "update map_looks set state = 'seen', looked_at = $3 where map_uid = $2 and run_at = $1 and state = 'board'",
        run_at.to_sqlx() as jiff_sqlx::Timestamp,
        uid,
        until.to_sqlx() as jiff_sqlx::Timestamp
    );
    Ok(seen.execute(executor).await?.rows_affected() == 1)
}

/// Nothing was told of these. They are asked for again, after all others. What fails while the service is away hardly counts.
pub async fn missed(
    executor: impl PgExecutor<'_>,
    run_at: Timestamp,
    uids: &[&str],
    why: &str,
    is_away: bool,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update map_looks set problem = $3,
             tries = case when $5 then greatest(tries, 1) else tries + 1 end,
             state = case when tries + 1 >= $4 and not $5 then 'failed' else state end
         where map_uid = any($2) and run_at = $1 and state in ('position', 'board')",
        run_at.to_sqlx() as jiff_sqlx::Timestamp,
        uids as &[&str],
        why,
        MOST_TRIES,
        is_away
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// The run asks no more.
pub async fn give_up(
    executor: impl PgExecutor<'_>,
    run_at: Timestamp,
    why: &str,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update map_looks set state = 'failed', problem = coalesce(problem, $2)
         where run_at = $1 and state in ('position', 'board')",
        run_at.to_sqlx() as jiff_sqlx::Timestamp,
        why
    )
    .execute(executor)
    .await?;
    Ok(())
}
