//! Who wants nothing to do with whom.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::UserId;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::uuids;

/// False if it was there before.
pub async fn insert(
    connection: &mut PgConnection,
    user: UserId,
    target: UserId,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let done = sqlx::query!(
        "insert into blocks (user_id, target_user_id, created_at) values ($1, $2, $3) on conflict do nothing",
        user.uuid(),
        target.uuid(),
        now.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

pub async fn delete(
    executor: impl PgExecutor<'_>,
    user: UserId,
    target: UserId,
) -> Result<(), db::Error> {
    sqlx::query!(
        "delete from blocks where user_id = $1 and target_user_id = $2",
        user.uuid(),
        target.uuid()
    )
    .execute(executor)
    .await?;
    Ok(())
}

pub async fn count(connection: &mut PgConnection, user: UserId) -> Result<i64, db::Error> {
    let count = sqlx::query_scalar!(
        "select count(*) as \"count!\" from blocks where user_id = $1",
        user.uuid()
    )
    .fetch_one(connection)
    .await?;
    Ok(count)
}

/// Those of `users` who have blocked `viewer`.
pub async fn of_viewer(
    executor: impl PgExecutor<'_>,
    viewer: UserId,
    users: &[UserId],
) -> Result<HashSet<UserId>, db::Error> {
    let blocking = sqlx::query_scalar!(
        "select user_id from blocks where target_user_id = $1 and user_id = any($2)",
        viewer.uuid(),
        &uuids(users)
    )
    .fetch_all(executor)
    .await?;
    Ok(blocking.into_iter().map(UserId::from).collect())
}

/// Those of `users` who have blocked this user, or whom this user has blocked.
pub async fn around(
    executor: impl PgExecutor<'_>,
    user: UserId,
    users: &[UserId],
) -> Result<HashSet<UserId>, db::Error> {
    let around = sqlx::query_scalar!(
        "select user_id as \"user_id!\" from blocks where target_user_id = $1 and user_id = any($2)
         union all
         select target_user_id from blocks where user_id = $1 and target_user_id = any($2)",
        user.uuid(),
        &uuids(users)
    )
    .fetch_all(executor)
    .await?;
    Ok(around.into_iter().map(UserId::from).collect())
}

/// Whether one of the two has blocked the other.
pub async fn between(
    connection: &mut PgConnection,
    one: UserId,
    other: UserId,
) -> Result<bool, db::Error> {
    let blocked = sqlx::query_scalar!(
        "select exists (select from blocks where (user_id = $1 and target_user_id = $2)
                                              or (user_id = $2 and target_user_id = $1)) as \"blocked!\"",
        one.uuid(),
        other.uuid()
    )
    .fetch_one(connection)
    .await?;
    Ok(blocked)
}

/// Whom a user has blocked and when, by their ids, beginning after one of them.
pub async fn of_user(
    executor: impl PgExecutor<'_>,
    user: UserId,
    after: Option<UserId>,
    at_most: i64,
) -> Result<Vec<(UserId, Timestamp)>, db::Error> {
    let rows = sqlx::query!(
        "select target_user_id, created_at from blocks
         where user_id = $1 and target_user_id > $2 order by target_user_id limit $3",
        user.uuid(),
        after.map_or(Uuid::nil(), UserId::uuid),
        at_most
    )
    .fetch_all(executor)
    .await?;
    let blocked = rows
        .into_iter()
        .map(|row| (row.target_user_id.into(), row.created_at.to_jiff()));
    Ok(blocked.collect())
}
