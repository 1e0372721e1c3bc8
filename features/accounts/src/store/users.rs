use std::collections::HashMap;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::UserId;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::model::alert_type::AlertType;
use crate::model::email::Email;
use crate::model::screen_name::ScreenName;
use crate::model::user::{ProfileChange, Role, User};

pub struct NewUser<'a> {
    pub id: UserId,
    pub email: Option<&'a Email>,
    /// Whether somebody whom we believe says that mail to it reaches the user.
    pub email_confirmed: bool,
    pub password_hash: Option<&'a str>,
    pub screen_name: &'a ScreenName,
    pub role: Role,
    pub created_at: Timestamp,
}

struct Row {
    id: Uuid,
    email: Option<String>,
    email_confirmed: bool,
    screen_name: String,
    avatar: i16,
    role: String,
    time_zone: String,
    alert_type: String,
    created_at: jiff_sqlx::Timestamp,
}

impl From<Row> for User {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            email: row.email,
            email_confirmed: row.email_confirmed,
            screen_name: row.screen_name,
            avatar: row.avatar,
            role: row.role.into(),
            time_zone: row.time_zone,
            alert_type: row.alert_type.into(),
            created_at: row.created_at.to_jiff(),
        }
    }
}

/// False when the e-mail belongs to somebody else; nothing is written then.
pub async fn insert(executor: impl PgExecutor<'_>, user: &NewUser<'_>) -> Result<bool, db::Error> {
    let confirmed = user.email_confirmed && user.email.is_some();
    let confirmed_at = confirmed.then(|| user.created_at.to_sqlx());
    let inserted = sqlx::query!(
        "insert into users (id, email, email_key, password_hash, screen_name, role, created_at, email_confirmed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (email_key) do nothing",
        user.id.uuid(),
        user.email.map(Email::address),
        user.email.map(Email::key),
        user.password_hash,
        user.screen_name.as_str(),
        user.role.as_str(),
        user.created_at.to_sqlx() as jiff_sqlx::Timestamp,
        confirmed_at as Option<jiff_sqlx::Timestamp>,
    )
    .execute(executor)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Those of these external ids that nobody has become players whom nobody has signed up as. Gives how many. Sorted, so
/// that two imports of the same players never wait for each other in a circle.
pub async fn insert_unclaimed(
    executor: impl PgExecutor<'_>,
    ids: &[Uuid],
    external_ids: &[&str],
    screen_names: &[&str],
    now: Timestamp,
) -> Result<u64, db::Error> {
    let inserted = sqlx::query!(
        "insert into users (id, external_id, screen_name, created_at)
         select id, external_id, screen_name, $4
         from unnest($1::uuid[], $2::text[], $3::text[]) as player (id, external_id, screen_name)
         order by external_id
         on conflict (external_id) do nothing",
        ids,
        external_ids as &[&str],
        screen_names as &[&str],
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(executor)
    .await?;
    Ok(inserted.rows_affected())
}

pub async fn by_external_ids(
    executor: impl PgExecutor<'_>,
    external_ids: &[&str],
) -> Result<HashMap<String, UserId>, db::Error> {
    let rows = sqlx::query!(
        "select external_id as \"external_id!\", id from users where external_id = any($1)",
        external_ids as &[&str]
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.external_id, row.id.into()))
        .collect())
}

pub async fn by_id(executor: impl PgExecutor<'_>, id: UserId) -> Result<Option<User>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        "select id, email, email_confirmed_at is not null as \"email_confirmed!\", screen_name, avatar, role, time_zone,
                alert_type, created_at
         from users where id = $1",
        id.uuid()
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(User::from))
}

/// Who has this e-mail, with the hash of the password.
pub async fn by_email(
    executor: impl PgExecutor<'_>,
    email: &Email,
) -> Result<Option<(User, Option<String>)>, db::Error> {
    let row = sqlx::query!(
        "select id, email, email_confirmed_at is not null as \"email_confirmed!\", screen_name, avatar, role, time_zone,
                alert_type, created_at, password_hash
         from users where email_key = $1",
        email.key()
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| {
        let user = Row {
            id: row.id,
            email: row.email,
            email_confirmed: row.email_confirmed,
            screen_name: row.screen_name,
            avatar: row.avatar,
            role: row.role,
            time_zone: row.time_zone,
            alert_type: row.alert_type,
            created_at: row.created_at,
        };
        (user.into(), row.password_hash)
    }))
}

/// The role of a user, and why they are banned if they are.
pub async fn role(
    executor: impl PgExecutor<'_>,
    id: UserId,
) -> Result<Option<(Role, Option<String>)>, db::Error> {
    let row = sqlx::query!(
        "select role, ban_reason from users where id = $1",
        id.uuid()
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| (row.role.into(), row.ban_reason)))
}

pub async fn set_role(
    executor: impl PgExecutor<'_>,
    id: UserId,
    role: Role,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update users set role = $2 where id = $1",
        id.uuid(),
        role.as_str()
    )
    .execute(executor)
    .await?;
    Ok(())
}

pub async fn set_alert_type(
    executor: impl PgExecutor<'_>,
    id: UserId,
    alert_type: AlertType,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update users set alert_type = $2 where id = $1",
        id.uuid(),
        alert_type.as_str()
    )
    .execute(executor)
    .await?;
    Ok(())
}

pub async fn alert_types(
    executor: impl PgExecutor<'_>,
    users: &[UserId],
) -> Result<HashMap<UserId, AlertType>, db::Error> {
    let users: Vec<Uuid> = users.iter().map(|user| user.uuid()).collect();
    let rows = sqlx::query!(
        "select id, alert_type from users where id = any($1)",
        &users
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id.into(), row.alert_type.into()))
        .collect())
}

/// Runs as the user. `None` when the user is gone.
pub async fn update_profile(
    executor: impl PgExecutor<'_>,
    id: UserId,
    change: &ProfileChange,
) -> Result<Option<User>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        "update users set screen_name = coalesce($2, screen_name), avatar = coalesce($3, avatar),
                          time_zone = coalesce($4, time_zone), alert_type = coalesce($5, alert_type)
         where id = $1
         returning id, email, email_confirmed_at is not null as \"email_confirmed!\", screen_name, avatar, role,
                   time_zone, alert_type, created_at",
        id.uuid(),
        change.screen_name.as_ref().map(|name| name.as_str()),
        change.avatar.map(|avatar| avatar.get()),
        change.time_zone.as_ref().map(|zone| zone.as_str()),
        change.alert_type.map(AlertType::as_str),
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(User::from))
}

/// Holds the user's row until the transaction ends, so that nothing is added to somebody who is being deleted.
pub async fn lock(executor: impl PgExecutor<'_>, id: UserId) -> Result<bool, db::Error> {
    let row = sqlx::query_scalar!("select id from users where id = $1 for update", id.uuid())
        .fetch_optional(executor)
        .await?;
    Ok(row.is_some())
}

/// The hash of a user's password, which stays what it is until the transaction ends.
pub async fn lock_password(
    executor: impl PgExecutor<'_>,
    id: UserId,
) -> Result<Option<String>, db::Error> {
    let hash = sqlx::query_scalar!(
        "select password_hash from users where id = $1 for update",
        id.uuid()
    )
    .fetch_optional(executor)
    .await?;
    Ok(hash.flatten())
}

/// Takes sessions, links and logins along.
pub async fn delete(executor: impl PgExecutor<'_>, id: UserId) -> Result<(), db::Error> {
    sqlx::query!("delete from users where id = $1", id.uuid())
        .execute(executor)
        .await?;
    Ok(())
}

/// Whether anybody can administer this server.
pub async fn any_admin(executor: impl PgExecutor<'_>) -> Result<bool, db::Error> {
    let any = sqlx::query_scalar!(
        "select exists (select from users where role = 'admin' and banned_at is null) as \"any!\""
    )
    .fetch_one(executor)
    .await?;
    Ok(any)
}

/// Lets one transaction at a time decide who is the first admin, or the last.
pub async fn lock_admins(executor: impl PgExecutor<'_>) -> Result<(), db::Error> {
    sqlx::query!("select pg_advisory_xact_lock(hashtext('grandstand first admin'))")
        .execute(executor)
        .await?;
    Ok(())
}

/// False when the user was one already, or is gone.
pub async fn make_admin(executor: impl PgExecutor<'_>, id: UserId) -> Result<bool, db::Error> {
    let made = sqlx::query!(
        "update users set role = 'admin' where id = $1 and role <> 'admin'",
        id.uuid()
    )
    .execute(executor)
    .await?;
    Ok(made.rows_affected() == 1)
}

pub async fn set_password(
    executor: impl PgExecutor<'_>,
    id: UserId,
    hash: &str,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update users set password_hash = $2 where id = $1",
        id.uuid(),
        hash
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Notes that mail to this address reaches the user. False when the address is another by now.
pub async fn confirm_email(
    executor: impl PgExecutor<'_>,
    id: UserId,
    email_key: &str,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let confirmed = sqlx::query!(
        "update users set email_confirmed_at = coalesce(email_confirmed_at, $3)
         where id = $1 and email_key = $2",
        id.uuid(),
        email_key,
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(executor)
    .await?;
    Ok(confirmed.rows_affected() == 1)
}
