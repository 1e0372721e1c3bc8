use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{ApiKeyId, Tag, UserId};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::model::api_key::KeyHash;

/// Columns of made-up players, equally long.
#[derive(Default)]
pub struct Columns<'a> {
    pub ids: Vec<Uuid>,
    pub external_ids: Vec<&'a str>,
    pub screen_names: Vec<&'a str>,
    pub avatars: Vec<i16>,
}

/// Makes those who aren't there.
pub async fn insert_missing(
    executor: impl PgExecutor<'_>,
    players: &Columns<'_>,
    now: Timestamp,
) -> Result<u64, db::Error> {
    let inserted = sqlx::query!(
        "insert into users (id, external_id, screen_name, avatar, demo, created_at)
         select id, external_id, screen_name, avatar, true, $5
         from unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[])
              as player (id, external_id, screen_name, avatar)
         on conflict (external_id) do nothing",
        &players.ids,
        &players.external_ids as &[&str],
        &players.screen_names as &[&str],
        &players.avatars,
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(executor)
    .await?;
    Ok(inserted.rows_affected())
}

/// Made-up players by external id.
pub async fn by_external_ids(
    executor: impl PgExecutor<'_>,
    external_ids: &[&str],
) -> Result<Vec<(String, UserId)>, db::Error> {
    let rows = sqlx::query!(
        "select external_id as \"external_id!\", id from users where demo and external_id = any($1)",
        external_ids as &[&str]
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.external_id, row.id.into()))
        .collect())
}

/// All made-up players, held until the transaction ends, in the order in which everybody locks users.
pub async fn lock(executor: impl PgExecutor<'_>) -> Result<Vec<Uuid>, db::Error> {
    let ids = sqlx::query_scalar!("select id from users where demo order by id for update")
        .fetch_all(executor)
        .await?;
    Ok(ids)
}

/// Takes sessions, links and logins along.
pub async fn delete(executor: impl PgExecutor<'_>, ids: &[Uuid]) -> Result<u64, db::Error> {
    let deleted = sqlx::query!("delete from users where demo and id = any($1)", ids)
        .execute(executor)
        .await?;
    Ok(deleted.rows_affected())
}

/// Puts a key in the place of the one that was there.
pub async fn put_key(
    executor: impl PgExecutor<'_>,
    id: ApiKeyId,
    hash: &KeyHash,
    name: &str,
    games: &[Tag],
    now: Timestamp,
) -> Result<(), db::Error> {
    let games: Vec<&str> = games.iter().map(Tag::as_str).collect();
    sqlx::query!(
        "insert into api_keys (id, name, key_hash, game_ids, created_at) values ($1, $2, $3, $4, $5)
         on conflict (id) do update set name = excluded.name, key_hash = excluded.key_hash,
             game_ids = excluded.game_ids, created_at = excluded.created_at, revoked_at = null",
        id.uuid(),
        name,
        hash,
        &games as &[&str],
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(executor)
    .await?;
    Ok(())
}

pub async fn delete_key(executor: impl PgExecutor<'_>, id: ApiKeyId) -> Result<bool, db::Error> {
    let deleted = sqlx::query!("delete from api_keys where id = $1", id.uuid())
        .execute(executor)
        .await?;
    Ok(deleted.rows_affected() == 1)
}
