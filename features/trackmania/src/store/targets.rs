//! What is followed: mappers and maps, each once, and the maps that belong to them.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};

use crate::model::exchange::Person;
use crate::model::search::LookedAt;

#[derive(Clone, Debug)]
pub enum Target {
    Mapper(Person),
    Map {
        uid: String,
        name: String,
        is_race: bool,
    },
}

/// Somebody begins to follow it: gives its id.
pub async fn touch(
    executor: impl PgExecutor<'_>,
    target: &Target,
    now: Timestamp,
) -> Result<i64, db::Error> {
    let now = now.to_sqlx();
    let id = match target {
        Target::Mapper(person) => {
            let touched = sqlx::query_scalar!(
                "insert into alert_targets (mapper_id, name, touched_at) values ($1, $2, $3)
                 on conflict (mapper_id) do update set name = excluded.name, touched_at = excluded.touched_at
                 returning id",
                person.id,
                person.name,
                now as jiff_sqlx::Timestamp
            );
            touched.fetch_one(executor).await?
        }
        // Its one map is there as soon as it is.
        Target::Map { uid, name, is_race } => {
            let touched = sqlx::query_scalar!(
                "with target as (
                     insert into alert_targets (map_uid, name, listed_at, touched_at) values ($1, $2, $4, $4)
                     on conflict (map_uid) do update set name = excluded.name, touched_at = excluded.touched_at
                     returning id
                 ), maps as (
                     insert into alert_target_maps (target_id, map_uid, name, is_race)
                     select id, $1, $2, $3 from target
                     on conflict (target_id, map_uid) do update set name = excluded.name, is_race = excluded.is_race
                 )
                 select id from target",
                uid,
                name,
                is_race,
                now as jiff_sqlx::Timestamp
            );
            touched.fetch_one(executor).await?
        }
    };
    Ok(id)
}

/// A mapper whose maps are to be listed.
#[derive(Clone, Debug)]
pub struct Unlisted {
    pub target: i64,
    pub mapper: i64,
}

/// Some of those whom alerts follow that this run has to deal with.
pub async fn unlisted(
    executor: impl PgExecutor<'_>,
    run_at: Timestamp,
    at_most: i64,
) -> Result<Vec<Unlisted>, db::Error> {
    let rows = sqlx::query!(
        "select id, mapper_id as \"mapper_id!\" from alert_targets
         where mapper_id is not null and (ran_at is null or ran_at < $1)
           and exists (select from map_alerts a
                       where a.target_id = alert_targets.id and a.created_at <= $1 and (a.ran_at is null or a.ran_at < $1))
         order by id limit $2",
        run_at.to_sqlx() as jiff_sqlx::Timestamp,
        at_most
    )
    .fetch_all(executor)
    .await?;
    let unlisted = rows.into_iter().map(|row| Unlisted {
        target: row.id,
        mapper: row.mapper_id,
    });
    Ok(unlisted.collect())
}

/// These are all its maps now.
pub async fn list(
    connection: &mut PgConnection,
    run_at: Timestamp,
    target: i64,
    name: Option<&str>,
    maps: &[LookedAt],
) -> Result<(), db::Error> {
    let uids: Vec<&str> = maps.iter().map(|map| map.uid.as_str()).collect();
    let names: Vec<&str> = maps.iter().map(|map| map.name.as_str()).collect();
    let races: Vec<bool> = maps.iter().map(|map| map.is_race).collect();
    let run_at = run_at.to_sqlx();
    sqlx::query!(
        "update alert_targets set name = coalesce($3, name), listed_at = $2, ran_at = $2, problem = null where id = $1",
        target,
        run_at as jiff_sqlx::Timestamp,
        name
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into alert_target_maps as known (target_id, map_uid, name, is_race)
         select $1, uid, name, is_race from unnest($2::text[], $3::text[], $4::bool[]) as told (uid, name, is_race)
         on conflict (target_id, map_uid) do update set name = excluded.name, is_race = excluded.is_race
         where (known.name, known.is_race) <> (excluded.name, excluded.is_race)",
        target,
        &uids as &[&str],
        &names as &[&str],
        &races
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "delete from alert_target_maps
         where target_id = $1 and not exists (select from unnest($2::text[]) as told (uid) where uid = map_uid)",
        target,
        &uids as &[&str]
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Its maps could not be listed, or none is told any more: those that were known before are looked at.
pub async fn keep_list(
    executor: impl PgExecutor<'_>,
    run_at: Timestamp,
    target: i64,
    why: &str,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update alert_targets set ran_at = $2, problem = $3 where id = $1",
        target,
        run_at.to_sqlx() as jiff_sqlx::Timestamp,
        why
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Whether maps of it are known.
pub async fn has_maps(executor: impl PgExecutor<'_>, target: i64) -> Result<bool, db::Error> {
    let has = sqlx::query_scalar!(
        "select exists (select from alert_target_maps where target_id = $1) as \"has!\"",
        target
    );
    Ok(has.fetch_one(executor).await?)
}

/// Removes those that nobody follows, nor began to since then, and gives how many.
pub async fn purge(executor: impl PgExecutor<'_>, before: Timestamp) -> Result<u64, db::Error> {
    let purged = sqlx::query!(
        "delete from alert_targets
         where touched_at < $1 and not exists (select from map_alerts where target_id = alert_targets.id)",
        before.to_sqlx() as jiff_sqlx::Timestamp
    );
    Ok(purged.execute(executor).await?.rows_affected())
}
