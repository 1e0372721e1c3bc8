//! What is followed: mappers and maps, each once, and the maps that belong to them.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;

use crate::model::exchange::Person;

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

/// Removes those that nobody follows, nor began to since then, and gives how many.
pub async fn purge(executor: impl PgExecutor<'_>, before: Timestamp) -> Result<u64, db::Error> {
    let purged = sqlx::query!(
        "delete from alert_targets
         where touched_at < $1 and not exists (select from map_alerts where target_id = alert_targets.id)",
        before.to_sqlx() as jiff_sqlx::Timestamp
    );
    Ok(purged.execute(executor).await?.rows_affected())
}
