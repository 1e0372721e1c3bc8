use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{ApiKeyId, Tag, UserId};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::model::api_key::KeyHash;

pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    pub game_ids: Option<Vec<String>>,
    pub created_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

/// The key with this hash, unless it was revoked: its id, and the games it is good for.
pub async fn by_hash(
    executor: impl PgExecutor<'_>,
    hash: &KeyHash,
) -> Result<Option<(ApiKeyId, Option<Vec<String>>)>, db::Error> {
    let row = sqlx::query!(
        "select id, game_ids from api_keys where key_hash = $1 and revoked_at is null",
        hash
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| (row.id.into(), row.game_ids)))
}

pub async fn insert(
    executor: impl PgExecutor<'_>,
    id: ApiKeyId,
    hash: &KeyHash,
    name: &str,
    games: Option<&[Tag]>,
    created_by: UserId,
    now: Timestamp,
) -> Result<(), db::Error> {
    let games: Option<Vec<String>> =
        games.map(|games| games.iter().map(|game| game.as_str().to_owned()).collect());
    sqlx::query!(
        "insert into api_keys (id, name, key_hash, game_ids, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6)",
        id.uuid(),
        name,
        hash,
        games.as_deref(),
        created_by.uuid(),
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// The newest first, those that were revoked too.
pub async fn list(
    executor: impl PgExecutor<'_>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<ApiKey>, db::Error> {
    let rows = sqlx::query!(
        "select id, name, game_ids, created_at, revoked_at from api_keys
         where $1::uuid is null or id < $1 order by id desc limit $2",
        after,
        limit
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ApiKey {
            id: row.id.into(),
            name: row.name,
            game_ids: row.game_ids,
            created_at: row.created_at.to_jiff(),
            revoked_at: row.revoked_at.map(|at| at.to_jiff()),
        })
        .collect())
}

/// The hash of the key that was revoked; `None` when there was nothing to revoke.
pub async fn revoke(
    executor: impl PgExecutor<'_>,
    id: ApiKeyId,
    now: Timestamp,
) -> Result<Option<Vec<u8>>, db::Error> {
    let hash = sqlx::query_scalar!(
        "update api_keys set revoked_at = $2 where id = $1 and revoked_at is null returning key_hash",
        id.uuid(),
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_optional(executor)
    .await?;
    Ok(hash)
}
