use std::collections::HashMap;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::UserId;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::links::Linked;
use crate::model::identity::{Claim, Provider};

pub struct Identity {
    pub provider: String,
    pub external_id: String,
    pub username: Option<String>,
    pub verified: bool,
}

/// Whether somebody else has proven that the account is theirs.
pub async fn is_another_users(
    executor: impl PgExecutor<'_>,
    user: UserId,
    claim: &Claim,
) -> Result<bool, db::Error> {
    let taken = sqlx::query_scalar!(
        "select exists (
             select from identities
             where provider = $1 and external_id = $2 and verified and user_id <> $3
         ) as \"taken!\"",
        claim.provider.as_str(),
        claim.external_id,
        user.uuid()
    )
    .fetch_one(executor)
    .await?;
    Ok(taken)
}

/// A proof is kept when the same account is claimed again, and so is the name that came with it. Runs as the user.
pub async fn upsert(
    executor: impl PgExecutor<'_>,
    user: UserId,
    claim: &Claim,
    now: Timestamp,
) -> Result<Identity, db::Error> {
    let identity = sqlx::query_as!(
        Identity,
        "insert into identities as mine (user_id, provider, external_id, username, created_at)
         values ($1, $2, $3, $4, $5)
         on conflict (user_id, provider) do update set
             external_id = excluded.external_id,
             username = case when mine.verified and mine.external_id = excluded.external_id
                             then mine.username else excluded.username end,
             verified = mine.verified and mine.external_id = excluded.external_id
         returning provider, external_id, username, verified",
        user.uuid(),
        claim.provider.as_str(),
        claim.external_id,
        claim.username,
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_one(executor)
    .await?;
    Ok(identity)
}

/// Waits for whoever proves the same account or has another proof of the user's under way, and keeps them waiting: in the
/// order of users, so that no two wait for one another.
pub async fn lock(
    connection: &mut PgConnection,
    user: UserId,
    proven: &Claim,
) -> Result<(), db::Error> {
    sqlx::query!(
        "select from identities where provider = $1 and (external_id = $2 or user_id = $3)
         order by user_id for update",
        proven.provider.as_str(),
        proven.external_id,
        user.uuid()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A claim reserves nothing: it gives way to the proof.
pub async fn drop_claims_of_others(
    connection: &mut PgConnection,
    user: UserId,
    proven: &Claim,
) -> Result<(), db::Error> {
    sqlx::query!(
        "delete from identities
         where provider = $1 and external_id = $2 and user_id <> $3 and not verified",
        proven.provider.as_str(),
        proven.external_id,
        user.uuid()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps what was proven, in place of what the user had there. Breaks `identities_verified` if it is another's, and the
/// foreign key if there is no such user.
pub async fn upsert_proven(
    connection: &mut PgConnection,
    user: UserId,
    proven: &Claim,
    now: Timestamp,
) -> Result<Identity, db::Error> {
    let identity = sqlx::query_as!(
        Identity,
        "insert into identities (user_id, provider, external_id, username, verified, created_at)
         values ($1, $2, $3, $4, true, $5)
         on conflict (user_id, provider) do update set
             external_id = excluded.external_id, username = excluded.username, verified = true
         returning provider, external_id, username, verified",
        user.uuid(),
        proven.provider.as_str(),
        proven.external_id,
        proven.username,
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_one(connection)
    .await?;
    Ok(identity)
}

/// What a user has there.
pub async fn find(
    executor: impl PgExecutor<'_>,
    user: UserId,
    provider: Provider,
) -> Result<Option<Linked>, db::Error> {
    let linked = sqlx::query_as!(
        Linked,
        "select external_id, verified from identities where user_id = $1 and provider = $2",
        user.uuid(),
        provider.as_str()
    )
    .fetch_optional(executor)
    .await?;
    Ok(linked)
}

/// What those of these users who have something there have.
pub async fn find_all(
    executor: impl PgExecutor<'_>,
    users: &[UserId],
    provider: Provider,
) -> Result<HashMap<UserId, Linked>, db::Error> {
    let users: Vec<Uuid> = users.iter().map(|user| user.uuid()).collect();
    let rows = sqlx::query!(
        "select user_id, external_id, verified from identities where user_id = any($1) and provider = $2",
        &users,
        provider.as_str()
    )
    .fetch_all(executor)
    .await?;
    let linked = rows.into_iter().map(|row| {
        let linked = Linked {
            external_id: row.external_id,
            verified: row.verified,
        };
        (row.user_id.into(), linked)
    });
    Ok(linked.collect())
}

/// By provider, from after `after` on. Runs as the user.
pub async fn list(
    executor: impl PgExecutor<'_>,
    user: UserId,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Identity>, db::Error> {
    let identities = sqlx::query_as!(
        Identity,
        "select provider, external_id, username, verified from identities
         where user_id = $1 and ($2::text is null or provider > $2) order by provider limit $3",
        user.uuid(),
        after,
        limit
    )
    .fetch_all(executor)
    .await?;
    Ok(identities)
}

/// Runs as the user. False when there is none.
pub async fn delete(
    executor: impl PgExecutor<'_>,
    user: UserId,
    provider: Provider,
) -> Result<bool, db::Error> {
    let deleted = sqlx::query!(
        "delete from identities where user_id = $1 and provider = $2",
        user.uuid(),
        provider.as_str()
    )
    .execute(executor)
    .await?;
    Ok(deleted.rows_affected() == 1)
}
