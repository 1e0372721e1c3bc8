use std::collections::HashMap;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Tag, UserId};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::model::presence::{Presence, Status};
use crate::store::{StoreError, uuids};

/// A row as the table has it.
pub struct Row {
    pub user_id: Uuid,
    pub status: String,
    pub game_id: Option<String>,
    pub context: Option<String>,
    pub expires_at: jiff_sqlx::Timestamp,
}

impl Row {
    /// None for a status that only a newer release knows.
    pub fn read(self) -> Option<(UserId, Presence)> {
        let presence = Presence {
            status: Status::find(&self.status)?,
            game: self.game_id.and_then(|game| Tag::new(&game).ok()),
            context: self.context,
            expires_at: self.expires_at.to_jiff(),
        };
        Some((self.user_id.into(), presence))
    }
}

pub async fn put(
    pool: &PgPool,
    heartbeats: &[(UserId, Presence)],
) -> Result<Vec<Option<Presence>>, StoreError> {
    let users: Vec<Uuid> = heartbeats.iter().map(|(user, _)| user.uuid()).collect();
    let said = heartbeats.iter().map(|(_, presence)| presence);
    let statuses: Vec<&str> = said.clone().map(|said| said.status.as_str()).collect();
    let games: Vec<Option<&str>> = said
        .clone()
        .map(|said| said.game.as_ref().map(Tag::as_str))
        .collect();
    let contexts: Vec<Option<&str>> = said.clone().map(|said| said.context.as_deref()).collect();
    let expirations: Vec<jiff_sqlx::Timestamp> =
        said.map(|said| said.expires_at.to_sqlx()).collect();
    // Most users have a row: it is looked up once, and updated by where it lies. Only a new one asks whether there is such a
    // user, since a token may outlive its user, of whom nothing must be kept; a row that is left is removed with the rest.
    // Rows are locked and written in the order of the users, so that two servers with the same users don't wait for one
    // another.
    let rows = sqlx::query_as!(
        Row,
        "with said as (
             select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
                  as said (user_id, status, game_id, context, expires_at)
         ), before as (
             select presence.ctid as place, presence.*, said.status as new_status, said.game_id as new_game_id,
                    said.context as new_context, said.expires_at as new_expires_at
             from said join presence using (user_id) order by user_id for update of presence
         ), moved as (
             update presence set
                 status = new_status, game_id = new_game_id, context = new_context, expires_at = new_expires_at
             from before where presence.ctid = place
         ), added as (
             insert into presence (user_id, status, game_id, context, expires_at)
             select said.* from said join users on users.id = said.user_id
             where not exists (select from before where before.user_id = said.user_id) order by said.user_id
             on conflict (user_id) do update set
                 status = excluded.status, game_id = excluded.game_id, context = excluded.context,
                 expires_at = excluded.expires_at
         )
         select user_id, status, game_id, context, expires_at from before",
        &users,
        &statuses as &[&str],
        &games as &[Option<&str>],
        &contexts as &[Option<&str>],
        &expirations as &[jiff_sqlx::Timestamp]
    )
    .fetch_all(pool)
    .await?;
    let mut before: HashMap<UserId, Presence> = rows.into_iter().filter_map(Row::read).collect();
    let found = heartbeats.iter().map(|(user, _)| before.remove(user));
    Ok(found.collect())
}

pub async fn read(
    pool: &PgPool,
    users: &[UserId],
    now: Timestamp,
) -> Result<Vec<(UserId, Presence)>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select user_id, status, game_id, context, expires_at from presence
         where user_id = any($1) and expires_at > $2",
        &uuids(users),
        now.to_sqlx() as _
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().filter_map(Row::read).collect())
}

pub async fn take_expired(
    pool: &PgPool,
    users: &[UserId],
    now: Timestamp,
) -> Result<Vec<(UserId, Presence)>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "delete from presence where user_id = any($1) and expires_at <= $2
         returning user_id, status, game_id, context, expires_at",
        &uuids(users),
        now.to_sqlx() as _
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().filter_map(Row::read).collect())
}

pub async fn forget(connection: &mut PgConnection, user: UserId) -> Result<(), StoreError> {
    sqlx::query!("delete from presence where user_id = $1", user.uuid())
        .execute(connection)
        .await?;
    Ok(())
}
