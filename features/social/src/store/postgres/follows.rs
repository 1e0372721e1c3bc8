use jiff_sqlx::ToSqlx;
use kernel::UserId;
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::presence::Row;
use crate::store::{Added, Counts, Follow, MOST_FOLLOWED, Page, StoreError, uuids};

fn limit(at_most: usize) -> i64 {
    i64::try_from(at_most).unwrap_or(i64::MAX)
}

fn count(count: Option<i64>) -> u64 {
    u64::try_from(count.unwrap_or(0)).unwrap_or(0)
}

pub async fn insert(connection: &mut PgConnection, follow: Follow) -> Result<Added, StoreError> {
    // Counts are moved in the order of the users, so that two who follow each other at once don't wait for one another.
    let row = sqlx::query!(
        "with fits as (
             select coalesce((select following from follow_counts where user_id = $1), 0) < $4 as it
         ), new as (
             insert into follows (user_id, target_user_id, created_at)
             select $1, $2, $3 from fits where fits.it
             on conflict do nothing returning 1
         ), moved as (
             insert into follow_counts (user_id, followers, following)
             select changed.user_id, changed.followers, changed.following
             from (values ($1::uuid, 0, 1), ($2::uuid, 1, 0)) as changed (user_id, followers, following)
             where exists (select from new)
             order by changed.user_id
             on conflict (user_id) do update set
                 followers = follow_counts.followers + excluded.followers,
                 following = follow_counts.following + excluded.following
         )
         select exists (select from new) as \"added!\", fits.it as \"fits!\",
                (select created_at from follows where user_id = $1 and target_user_id = $2) as \"before?\"
         from fits",
        follow.user.uuid(),
        follow.target.uuid(),
        follow.at.to_sqlx() as _,
        MOST_FOLLOWED as i64
    )
    .fetch_one(connection)
    .await?;
    Ok(match row.before {
        Some(at) => Added::Before(at.to_jiff()),
        // What another transaction has added meanwhile isn't seen here: it was a moment ago.
        None if !row.added && row.fits => Added::Before(follow.at),
        None if row.added => Added::Now,
        None => Added::TooMany,
    })
}

pub async fn delete(
    connection: &mut PgConnection,
    user: UserId,
    target: UserId,
) -> Result<bool, StoreError> {
    let gone = sqlx::query!(
        "delete from follows where user_id = $1 and target_user_id = $2",
        user.uuid(),
        target.uuid()
    )
    .execute(&mut *connection)
    .await?;
    if gone.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "update follow_counts set
             followers = followers - (follow_counts.user_id = $2)::int,
             following = following - (follow_counts.user_id = $1)::int
         from (select user_id from follow_counts where user_id in ($1, $2) order by user_id for update) as held
         where follow_counts.user_id = held.user_id",
        user.uuid(),
        target.uuid()
    )
    .execute(connection)
    .await?;
    Ok(true)
}

pub async fn following(
    pool: &PgPool,
    user: UserId,
    after: Option<UserId>,
    at_most: usize,
) -> Result<Vec<Follow>, StoreError> {
    let rows = sqlx::query!(
        "select target_user_id, created_at from follows
         where user_id = $1 and target_user_id > $2 order by target_user_id limit $3",
        user.uuid(),
        after.map_or(Uuid::nil(), UserId::uuid),
        limit(at_most)
    )
    .fetch_all(pool)
    .await?;
    let follow = rows.into_iter().map(|row| Follow {
        user,
        target: row.target_user_id.into(),
        at: row.created_at.to_jiff(),
    });
    Ok(follow.collect())
}

pub async fn followers(
    pool: &PgPool,
    target: UserId,
    after: Option<UserId>,
    at_most: usize,
) -> Result<Vec<Follow>, StoreError> {
    let rows = sqlx::query!(
        "select user_id, created_at from follows
         where target_user_id = $1 and user_id > $2 order by user_id limit $3",
        target.uuid(),
        after.map_or(Uuid::nil(), UserId::uuid),
        limit(at_most)
    )
    .fetch_all(pool)
    .await?;
    let follow = rows.into_iter().map(|row| Follow {
        user: row.user_id.into(),
        target,
        at: row.created_at.to_jiff(),
    });
    Ok(follow.collect())
}

pub async fn between(
    pool: &PgPool,
    users: &[UserId],
    targets: &[UserId],
) -> Result<Vec<(UserId, UserId)>, StoreError> {
    let rows = sqlx::query!(
        "select user_id, target_user_id from follows where user_id = any($1) and target_user_id = any($2)",
        &uuids(users),
        &uuids(targets)
    )
    .fetch_all(pool)
    .await?;
    let edges = rows
        .into_iter()
        .map(|row| (row.user_id.into(), row.target_user_id.into()));
    Ok(edges.collect())
}

pub async fn with_followers(pool: &PgPool, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
    let found = sqlx::query_scalar!(
        "select user_id from follow_counts where user_id = any($1) and followers > 0",
        &uuids(users)
    )
    .fetch_all(pool)
    .await?;
    Ok(found.into_iter().map(UserId::from).collect())
}

pub async fn page(
    executor: impl PgExecutor<'_>,
    user: UserId,
    viewer: Option<UserId>,
) -> Result<Page, StoreError> {
    let row = sqlx::query!(
        "select counts.followers as \"followers?\", counts.following as \"following?\",
                exists (select from follows where user_id = $2 and target_user_id = $1) as \"followed!\",
                exists (select from blocks where user_id = $1 and target_user_id = $2) as \"hides!\",
                presence.status as \"status?\", presence.game_id, presence.context,
                presence.expires_at as \"expires_at?\"
         from (values ($1::uuid)) as asked (user_id)
         left join follow_counts as counts using (user_id)
         left join presence using (user_id)",
        user.uuid(),
        viewer.map(UserId::uuid)
    )
    .fetch_one(executor)
    .await?;
    let presence = row
        .status
        .zip(row.expires_at)
        .map(|(status, expires_at)| Row {
            user_id: user.uuid(),
            status,
            game_id: row.game_id,
            context: row.context,
            expires_at,
        });
    Ok(Page {
        counts: Counts {
            followers: count(row.followers),
            following: count(row.following),
        },
        followed: row.followed,
        hides_from_viewer: row.hides,
        presence: presence.and_then(Row::read).map(|(_, presence)| presence),
    })
}

/// Removes so many of a deleted user's edges, in both directions together. Gives how many it were.
pub async fn forget(
    connection: &mut PgConnection,
    user: UserId,
    at_most: i64,
) -> Result<i64, StoreError> {
    let removed = sqlx::query_scalar!(
        "with gone as (
             delete from follows where (user_id, target_user_id) in (
                 (select user_id, target_user_id from follows where user_id = $1 limit $2)
                 union all
                 (select user_id, target_user_id from follows where target_user_id = $1 limit $2)
                 limit $2
             )
             returning user_id, target_user_id
         ), others as (
             select case when user_id = $1 then target_user_id else user_id end as user_id,
                    count(*) filter (where user_id = $1) as followers,
                    count(*) filter (where target_user_id = $1) as following
             from gone group by 1
         ), held as (
             select follow_counts.user_id, others.followers, others.following
             from follow_counts join others using (user_id) order by user_id for update of follow_counts
         ), moved as (
             update follow_counts set
                 followers = follow_counts.followers - held.followers,
                 following = follow_counts.following - held.following
             from held where follow_counts.user_id = held.user_id
         )
         select count(*) as \"count!\" from gone",
        user.uuid(),
        at_most
    )
    .fetch_one(connection)
    .await?;
    Ok(removed)
}

pub async fn forget_counts(connection: &mut PgConnection, user: UserId) -> Result<(), StoreError> {
    sqlx::query!("delete from follow_counts where user_id = $1", user.uuid())
        .execute(connection)
        .await?;
    Ok(())
}
