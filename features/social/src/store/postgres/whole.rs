//! All edges and counts that there are, for who copies them into another store.

use kernel::UserId;
use sqlx::PgPool;
use uuid::Uuid;

use crate::store::{Counts, Follow, StoreError, uuids};

/// By user and target, from after an edge on.
pub async fn edges_after(
    pool: &PgPool,
    after: Option<(UserId, UserId)>,
    at_most: i64,
) -> Result<Vec<Follow>, StoreError> {
    let (user, target) = after.map_or((Uuid::nil(), Uuid::nil()), |(user, target)| {
        (user.uuid(), target.uuid())
    });
    let rows = sqlx::query!(
        "select user_id, target_user_id, created_at from follows
         where (user_id, target_user_id) > ($1, $2) order by user_id, target_user_id limit $3",
        user,
        target,
        at_most
    )
    .fetch_all(pool)
    .await?;
    let edges = rows.into_iter().map(|row| Follow {
        user: row.user_id.into(),
        target: row.target_user_id.into(),
        at: row.created_at.to_jiff(),
    });
    Ok(edges.collect())
}

/// Those of these edges that aren't there.
pub async fn edges_missing(
    pool: &PgPool,
    edges: &[(UserId, UserId)],
) -> Result<Vec<(UserId, UserId)>, StoreError> {
    let users: Vec<Uuid> = edges.iter().map(|(user, _)| user.uuid()).collect();
    let targets: Vec<Uuid> = edges.iter().map(|(_, target)| target.uuid()).collect();
    let rows = sqlx::query!(
        "select asked.user_id as \"user_id!\", asked.target_user_id as \"target_user_id!\"
         from unnest($1::uuid[], $2::uuid[]) as asked (user_id, target_user_id)
         where not exists (select from follows where follows.user_id = asked.user_id
                                                 and follows.target_user_id = asked.target_user_id)",
        &users,
        &targets
    )
    .fetch_all(pool)
    .await?;
    let missing = rows
        .into_iter()
        .map(|row| (row.user_id.into(), row.target_user_id.into()));
    Ok(missing.collect())
}

/// By user, from after one on.
pub async fn counts_after(
    pool: &PgPool,
    after: Option<UserId>,
    at_most: i64,
) -> Result<Vec<(UserId, Counts)>, StoreError> {
    let rows = sqlx::query!(
        "select user_id, followers, following from follow_counts where user_id > $1 order by user_id limit $2",
        after.map_or(Uuid::nil(), UserId::uuid),
        at_most
    )
    .fetch_all(pool)
    .await?;
    let counts = rows.into_iter().map(|row| {
        let counts = Counts {
            followers: u64::try_from(row.followers).unwrap_or(0),
            following: u64::try_from(row.following).unwrap_or(0),
        };
        (row.user_id.into(), counts)
    });
    Ok(counts.collect())
}

/// Those of these users who have no counts.
pub async fn counts_missing(pool: &PgPool, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
    let missing = sqlx::query_scalar!(
        "select asked.user_id as \"user_id!\" from unnest($1::uuid[]) as asked (user_id)
         where not exists (select from follow_counts where follow_counts.user_id = asked.user_id)",
        &uuids(users)
    )
    .fetch_all(pool)
    .await?;
    Ok(missing.into_iter().map(UserId::from).collect())
}

/// How many edges and counts there are.
pub async fn totals(pool: &PgPool) -> Result<(u64, u64), StoreError> {
    let row = sqlx::query!(
        "select (select count(*) from follows) as \"edges!\", (select count(*) from follow_counts) as \"counts!\""
    )
    .fetch_one(pool)
    .await?;
    Ok((row.edges.unsigned_abs(), row.counts.unsigned_abs()))
}
