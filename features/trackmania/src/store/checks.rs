//! Alerts as a run deals with them: by what they follow, and all of the same together.
//!
//! Invariant: an alert is dealt with once in a run, in the transaction that also says what is told of it.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{AlertId, UserId};
use sqlx::PgExecutor;
use sqlx::types::Json;
use uuid::Uuid;

use crate::model::news::{Line, News, Story};
use crate::model::search::Mode;

/// An alert that is to be dealt with, whose it is, and its own mode.
#[derive(Clone, Debug)]
pub struct Due {
    pub id: AlertId,
    pub user: UserId,
    pub mode: Option<Mode>,
}

/// So many from after one of them on.
pub async fn due(
    executor: impl PgExecutor<'_>,
    run_at: Timestamp,
    after: Option<AlertId>,
    at_most: i64,
) -> Result<Vec<Due>, db::Error> {
    let rows = sqlx::query!(
        "select id, user_id, mode from map_alerts
         where created_at <= $1 and (ran_at is null or ran_at < $1) and ($2::uuid is null or id > $2)
         order by id limit $3",
        run_at.to_sqlx() as jiff_sqlx::Timestamp,
        after.map(AlertId::uuid),
        at_most
    )
    .fetch_all(executor)
    .await?;
    let due = rows.into_iter().map(|row| Due {
        id: row.id.into(),
        user: row.user_id.into(),
        mode: row.mode.as_deref().and_then(Mode::of),
    });
    Ok(due.collect())
}

/// How a run looks for these.
pub async fn set_modes(
    executor: impl PgExecutor<'_>,
    modes: &[(AlertId, Mode)],
) -> Result<(), db::Error> {
    let (ids, modes): (Vec<Uuid>, Vec<&str>) = modes
        .iter()
        .map(|(id, mode)| (id.uuid(), mode.as_str()))
        .unzip();
    sqlx::query!(
        "update map_alerts set ran_mode = said.mode
         from unnest($1::uuid[], $2::text[]) as said (id, mode)
         where map_alerts.id = said.id and ran_mode is distinct from said.mode",
        &ids,
        &modes as &[&str]
    )
    .execute(executor)
    .await?;
    Ok(())
}

pub async fn count_due(executor: impl PgExecutor<'_>, run_at: Timestamp) -> Result<i64, db::Error> {
    let count = sqlx::query_scalar!(
        "select count(*) as \"count!\" from map_alerts where created_at <= $1 and (ran_at is null or ran_at < $1)",
        run_at.to_sqlx() as jiff_sqlx::Timestamp
    );
    Ok(count.fetch_one(executor).await?)
}

/// What is followed by alerts that are to be dealt with, and can be: nothing is asked of its maps any more.
#[derive(Clone, Debug)]
pub struct Ready {
    pub target: i64,
    pub name: String,
    pub is_mapper: bool,
    /// Nobody knows its maps yet.
    pub is_unlisted: bool,
    /// There may be something to tell of it.
    pub is_loud: bool,
}

pub async fn ready(
    executor: impl PgExecutor<'_>,
    run_at: Timestamp,
) -> Result<Vec<Ready>, db::Error> {
    let rows = sqlx::query!(
        "with due as (
             select target_id, min(ran_at) filter (where stocked_at is not null) as ran_at
             from map_alerts where created_at <= $1 and (ran_at is null or ran_at < $1)
             group by target_id
         ), looked as (
             select target_id, bool_or(state in ('position', 'board')) as is_busy, bool_or(state = 'failed') as has_failed
             from map_looks join alert_target_maps using (map_uid)
             where run_at = $1 group by target_id
         ), fresh as (
             select distinct target_id from map_news join alert_target_maps using (map_uid)
             where found_at > (select min(ran_at) from due)
         )
         select id, name, mapper_id is not null as \"is_mapper!\", listed_at is null as \"is_unlisted!\",
                coalesce(has_failed, false) or fresh.target_id is not null as \"is_loud!\"
         from due join alert_targets on id = due.target_id
         left join looked on looked.target_id = due.target_id
         left join fresh on fresh.target_id = due.target_id
         where not coalesce(is_busy, false)
         order by id",
        run_at.to_sqlx() as jiff_sqlx::Timestamp
    )
    .fetch_all(executor)
    .await?;
    let ready = rows.into_iter().map(|row| Ready {
        target: row.id,
        name: row.name,
        is_mapper: row.is_mapper,
        is_unlisted: row.is_unlisted,
        is_loud: row.is_loud,
    });
    Ok(ready.collect())
}

/// Nothing is to be told of these, or they take stock only: gives how many that were.
pub async fn settle(
    executor: impl PgExecutor<'_>,
    run_at: Timestamp,
    targets: &[i64],
    stock_only: bool,
    at_most: i64,
) -> Result<i64, db::Error> {
    let settled = sqlx::query!(
        "update map_alerts set ran_at = $1, checked_at = $1, stocked_at = coalesce(stocked_at, $1), problem = null
         where id in (
             select id from map_alerts
             where target_id = any($2) and created_at <= $1 and (ran_at is null or ran_at < $1)
               and (not $3 or stocked_at is null)
             order by id limit $4 for update)",
        run_at.to_sqlx() as jiff_sqlx::Timestamp,
        targets,
        stock_only,
        at_most
    );
    Ok(settled
        .execute(executor)
        .await?
        .rows_affected()
        .cast_signed())
}

/// Nobody could list their maps yet, so that not even stock can be taken: gives how many that were.
pub async fn fail(
    executor: impl PgExecutor<'_>,
    run_at: Timestamp,
    targets: &[i64],
    at_most: i64,
) -> Result<i64, db::Error> {
    let failed = sqlx::query!(
        "update map_alerts set ran_at = $1
         where id in (
             select id from map_alerts
             where target_id = any($2) and created_at <= $1 and (ran_at is null or ran_at < $1)
             order by id limit $3 for update)",
        run_at.to_sqlx() as jiff_sqlx::Timestamp,
        targets,
        at_most
    );
    Ok(failed
        .execute(executor)
        .await?
        .rows_affected()
        .cast_signed())
}

/// Groups that are read together.
pub const MOST_GROUPS: usize = 100;

/// Alerts that are told the same.
#[derive(Clone, Debug)]
pub struct Group {
    pub target: i64,
    /// They know what was found until then.
    pub ran_at: Timestamp,
    /// What was driven before is not new to them. None where that is long ago.
    pub stocked_at: Option<Timestamp>,
    pub muted_maps: Vec<String>,
}

/// Some of those of a target, without those that take stock.
pub async fn groups(
    executor: impl PgExecutor<'_>,
    run_at: Timestamp,
    target: i64,
    long_ago: Timestamp,
) -> Result<Vec<Group>, db::Error> {
    let rows = sqlx::query!(
        "select ran_at as \"ran_at!: jiff_sqlx::Timestamp\", muted_maps,
                case when stocked_at >= $3 then stocked_at end as \"stocked_at: jiff_sqlx::Timestamp\"
         from map_alerts
         where target_id = $2 and created_at <= $1 and ran_at < $1 and stocked_at is not null
         group by 1, 2, 3 limit $4",
        run_at.to_sqlx() as jiff_sqlx::Timestamp,
        target,
        long_ago.to_sqlx() as jiff_sqlx::Timestamp,
        MOST_GROUPS as i64
    )
    .fetch_all(executor)
    .await?;
    let groups = rows.into_iter().map(|row| Group {
        target,
        ran_at: row.ran_at.to_jiff(),
        stocked_at: row.stocked_at.map(|at| at.to_jiff()),
        muted_maps: row.muted_maps,
    });
    Ok(groups.collect())
}

/// Since when a run looks for something new, at the earliest.
pub async fn earliest(
    executor: impl PgExecutor<'_>,
    run_at: Timestamp,
) -> Result<Option<Timestamp>, db::Error> {
    let earliest = sqlx::query_scalar!(
        "select min(base_at) as \"base_at: jiff_sqlx::Timestamp\" from map_looks where run_at = $1",
        run_at.to_sqlx() as jiff_sqlx::Timestamp
    );
    let earliest = earliest.fetch_one(executor).await?;
    Ok(earliest.map(|at| at.to_jiff()))
}

/// The macro calls a row of its own a record.
#[derive(Debug, serde::Deserialize)]
struct Row {
    map: String,
    is_race: bool,
    account: Uuid,
    position: i64,
    time: i64,
    driven_at: Timestamp,
    next: Option<Uuid>,
    gap: Option<i64>,
}

/// What there is to tell to a group, with so many lines at most.
pub async fn story(
    executor: impl PgExecutor<'_>,
    run_at: Timestamp,
    ready: &Ready,
    group: &Group,
    lines: i64,
) -> Result<Story, db::Error> {
    let row = sqlx::query!(
        "with maps as (
             select map_uid, name, is_race from alert_target_maps where target_id = $2 and not map_uid = any($3)
         ), news as (
             select maps.name as map, is_race, account_id as account, position, time, driven_at, next_id as next, gap, map_uid
             from maps join map_news using (map_uid)
             where found_at > $4 and driven_at >= coalesce($5, '-infinity'::timestamptz)
         ), missed as (
             select count(*) as count, min(problem) as why
             from maps join map_looks using (map_uid) where run_at = $1 and state = 'failed'
         )
         select (select count(*) from maps) as \"maps!\", missed.count as \"missed!\", why,
                (select count(*) from news) as \"records!\", (select count(distinct map_uid) from news) as \"on_maps!\",
                (select coalesce(jsonb_agg(best order by position, driven_at desc, map_uid), '[]')
                 from (select * from news order by position, driven_at desc, map_uid limit $6) as best)
                    as \"lines!: Json<Vec<Row>>\"
         from missed",
        run_at.to_sqlx() as jiff_sqlx::Timestamp,
        group.target,
        &group.muted_maps,
        group.ran_at.to_sqlx() as jiff_sqlx::Timestamp,
        group.stocked_at.map(|at| at.to_sqlx()) as Option<jiff_sqlx::Timestamp>,
        lines
    )
    .fetch_one(executor)
    .await?;
    let lines = row.lines.0.into_iter().map(|row| Line {
        map: row.map,
        is_race: row.is_race,
        news: News {
            account: row.account.into(),
            position: row.position,
            time: row.time,
            driven_at: row.driven_at,
            next: row.next.map(Into::into),
            gap: row.gap,
        },
    });
    Ok(Story {
        name: ready.name.clone(),
        is_mapper: ready.is_mapper,
        records: row.records,
        maps: row.on_maps,
        lines: lines.collect(),
        missed: row.missed,
        all_missed: row.missed > 0 && row.missed == row.maps,
        why: row.why,
    })
}

/// Deals with some of a group, if they still belong to it, and gives whom that concerns.
pub async fn claim(
    executor: impl PgExecutor<'_>,
    run_at: Timestamp,
    group: &Group,
    long_ago: Timestamp,
    story: &Story,
    at_most: i64,
) -> Result<Vec<(UserId, AlertId)>, db::Error> {
    let rows = sqlx::query!(
        "update map_alerts set ran_at = $1, problem = $7, checked_at = case when $8 then checked_at else $1 end
         where id in (
             select id from map_alerts
             where target_id = $2 and created_at <= $1 and ran_at = $3 and ran_at < $1 and stocked_at is not null
               and (case when stocked_at >= $4 then stocked_at end) is not distinct from $5::timestamptz and muted_maps = $6
             order by id limit $9 for update)
         returning id, user_id",
        run_at.to_sqlx() as jiff_sqlx::Timestamp,
        group.target,
        group.ran_at.to_sqlx() as jiff_sqlx::Timestamp,
        long_ago.to_sqlx() as jiff_sqlx::Timestamp,
        group.stocked_at.map(|at| at.to_sqlx()) as Option<jiff_sqlx::Timestamp>,
        &group.muted_maps,
        story.problem(),
        story.all_missed,
        at_most
    )
    .fetch_all(executor)
    .await?;
    let claimed = rows.into_iter();
    Ok(claimed
        .map(|row| (row.user_id.into(), row.id.into()))
        .collect())
}
