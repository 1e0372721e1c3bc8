use futures_util::{Stream, TryStreamExt};
use kernel::UserId;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::players::{NamePosition, Player, Profile};

pub async fn by_ids(connection: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Player>, db::Error> {
    let players = sqlx::query_as!(
        Player,
        "select id as \"id: Uuid\", screen_name, avatar from users where id = any($1)",
        ids
    )
    .fetch_all(connection)
    .await?;
    Ok(players)
}

pub fn stream_all(
    connection: &mut PgConnection,
) -> impl Stream<Item = Result<Player, db::Error>> + Send + '_ {
    sqlx::query_as!(
        Player,
        "select id as \"id: Uuid\", screen_name, avatar from users"
    )
    .fetch(connection)
    .map_err(db::Error::from)
}

pub async fn profile(
    executor: impl PgExecutor<'_>,
    id: UserId,
) -> Result<Option<Profile>, db::Error> {
    let row = sqlx::query!(
        "select screen_name, avatar, created_at from users where id = $1",
        id.uuid()
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| Profile {
        player: Player {
            id,
            screen_name: row.screen_name,
            avatar: row.avatar,
        },
        joined_at: row.created_at.to_jiff(),
    }))
}

pub async fn by_prefix(
    executor: impl PgExecutor<'_>,
    prefix: &str,
    after: Option<&NamePosition>,
    at_most: i64,
) -> Result<Vec<(Player, NamePosition)>, db::Error> {
    let (name, id) = after.map_or(("", Uuid::nil()), |(name, id)| (name.as_str(), *id));
    let rows = sqlx::query!(
        r#"select id, screen_name, avatar, lower(screen_name) as "name_key!" from users
           where lower(screen_name) collate "C" >= lower($1) and lower(screen_name) collate "C" < lower($2)
             and (lower(screen_name) collate "C", id) > ($3, $4)
           order by lower(screen_name) collate "C", id limit $5"#,
        prefix,
        behind(prefix),
        name,
        id,
        at_most
    )
    .fetch_all(executor)
    .await?;
    let found = rows.into_iter().map(|row| {
        let player = Player {
            id: row.id.into(),
            screen_name: row.screen_name,
            avatar: row.avatar,
        };
        (player, (row.name_key, row.id))
    });
    Ok(found.collect())
}

/// What sorts behind every name that begins so: none holds this character, which sorts behind all others.
pub fn behind(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

pub async fn hold(connection: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Player>, db::Error> {
    // In the order of their ids, so that two who hold the same don't wait for one another in a circle.
    let players = sqlx::query_as!(
        Player,
        "select id as \"id: Uuid\", screen_name, avatar from users where id = any($1) order by id for key share",
        ids
    )
    .fetch_all(connection)
    .await?;
    Ok(players)
}
