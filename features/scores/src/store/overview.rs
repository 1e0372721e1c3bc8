//! Counting the plays of a day without an index by time: every score would pay for one.

use db::Error;
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use kernel::Day;
use sqlx::{PgExecutor, PgPool};

use crate::actions::day_overview::{GameOverview, ScoresOverview};

/// Ids are given out in the order of time but for what takes place at the same moment. No batch takes longer than this
/// from its time to its ids, so that everything of the day lies between the ids that this much more finds.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

pub async fn of_day(pool: &PgPool, day: Day) -> Result<ScoresOverview, Error> {
    let from = first_id(pool, day.start() - MARGIN).await?;
    let to = first_id(pool, day.end() + MARGIN).await?;
    let rows = sqlx::query!(
        "with plays as (
             select game_id, user_id, count(*) as count from score_events
             where id >= $1 and id < $2 and created_at >= $3 and created_at < $4
             group by game_id, user_id
         )
         select game_id, sum(count)::bigint as \"counted!\", (sum(sum(count)) over ())::bigint as \"total!\",
                (select count(distinct user_id) from plays) as \"players!\"
         from plays group by game_id order by 2 desc, 1 limit 10",
        from,
        to,
        day.start().to_sqlx() as jiff_sqlx::Timestamp,
        day.end().to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_all(pool)
    .await?;
    let (counted, players) = rows.first().map_or((0, 0), |row| (row.total, row.players));
    let games = rows.into_iter().map(|row| GameOverview {
        game_id: row.game_id,
        counted: row.counted,
    });
    Ok(ScoresOverview {
        counted,
        players,
        games: games.collect(),
    })
}

/// The least id of a play from that time on, by halving: some twenty look-ups in the primary key for a million plays,
/// in half a millisecond. Where there is none, one more than the last.
async fn first_id(executor: impl PgExecutor<'_>, at: Timestamp) -> Result<i64, Error> {
    let id = sqlx::query_scalar!(
        "with recursive search (low, high) as (
             select coalesce(min(id), 0), coalesce(max(id), 0) + 1 from score_events
             union all
             select case when probe.created_at < $1 then probe.id + 1 else low end,
                    case when probe.created_at < $1 then high else low + (high - low) / 2 end
             from search, lateral (
                 select id, created_at from score_events where id >= low + (high - low) / 2 order by id limit 1
             ) as probe
             where low < high
         )
         select max(low) as \"low!\" from search",
        at.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_one(executor)
    .await?;
    Ok(id)
}
