//! Places that are watched, as their users have them.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{DriverNotificationId, UserId};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::model::account::AccountId;
use crate::model::places::Place;

#[derive(Clone, Debug)]
pub struct DriverNotification {
    pub id: DriverNotificationId,
    pub account: AccountId,
    pub map_uid: String,
    /// Without formatting codes.
    pub map_name: String,
    pub is_race: bool,
    pub enabled: bool,
    pub created_at: Timestamp,
    /// As it was seen last.
    pub place: Place,
    pub checked_at: Timestamp,
    /// Why it could not be checked since; a sentence.
    pub problem: Option<String>,
}

/// As the table has it.
pub(super) struct Row {
    pub id: Uuid,
    pub account_id: Uuid,
    pub map_uid: String,
    pub map_name: String,
    pub is_race: bool,
    pub enabled: bool,
    pub created_at: jiff_sqlx::Timestamp,
    pub position: Option<i64>,
    pub time: i64,
    pub ahead: Vec<Uuid>,
    pub held: Option<i64>,
    pub checked_at: jiff_sqlx::Timestamp,
    pub problem: Option<String>,
}

impl Row {
    fn read(self) -> DriverNotification {
        DriverNotification {
            id: self.id.into(),
            account: self.account_id.into(),
            map_uid: self.map_uid,
            map_name: self.map_name,
            is_race: self.is_race,
            enabled: self.enabled,
            created_at: self.created_at.to_jiff(),
            place: Place {
                position: self.position,
                time: self.time,
                ahead: self.ahead.into_iter().map(AccountId::from).collect(),
                held: self.held,
            },
            checked_at: self.checked_at.to_jiff(),
            problem: self.problem,
        }
    }
}

pub(super) fn uuids(accounts: &[AccountId]) -> Vec<Uuid> {
    accounts.iter().map(|account| account.uuid()).collect()
}

/// The newest first, from before one of them on.
pub async fn list(
    executor: impl PgExecutor<'_>,
    user: UserId,
    before: Option<DriverNotificationId>,
    at_most: i64,
) -> Result<Vec<DriverNotification>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, account_id, map_uid, map_name, is_race, enabled, created_at, position, time, ahead, held, checked_at, problem
         from driver_notifications
         where user_id = $1 and ($2::uuid is null or id < $2)
         order by id desc limit $3",
        user.uuid(),
        before.map(DriverNotificationId::uuid),
        at_most
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// How many others than of this map the user has.
pub async fn count_others(
    executor: impl PgExecutor<'_>,
    user: UserId,
    map: &str,
) -> Result<i64, db::Error> {
    let count = sqlx::query_scalar!(
        "select count(*) as \"count!\" from driver_notifications where user_id = $1 and map_uid <> $2",
        user.uuid(),
        map
    );
    Ok(count.fetch_one(executor).await?)
}

/// Watches a place from now on: a new one, or the same map anew. Gives whether it is new.
pub async fn watch(
    executor: impl PgExecutor<'_>,
    user: UserId,
    new: &DriverNotification,
) -> Result<(DriverNotification, bool), db::Error> {
    let row = sqlx::query!(
        "insert into driver_notifications (id, user_id, account_id, map_uid, map_name, is_race, created_at,
                                           position, time, ahead, held, checked_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $7)
         on conflict (user_id, map_uid) do update set
             account_id = excluded.account_id, enabled = true, position = excluded.position, time = excluded.time,
             ahead = excluded.ahead, held = excluded.held, checked_at = excluded.checked_at, problem = null
         returning id, created_at as \"created_at: jiff_sqlx::Timestamp\"",
        new.id.uuid(),
        user.uuid(),
        new.account.uuid(),
        new.map_uid,
        new.map_name,
        new.is_race,
        new.created_at.to_sqlx() as jiff_sqlx::Timestamp,
        new.place.position,
        new.place.time,
        &uuids(&new.place.ahead),
        new.place.held,
    )
    .fetch_one(executor)
    .await?;
    let is_new = row.id == new.id.uuid();
    let kept = DriverNotification {
        id: row.id.into(),
        created_at: row.created_at.to_jiff(),
        ..new.clone()
    };
    Ok((kept, is_new))
}

/// Gives it as it is then. None if the user has no such one.
pub async fn enable(
    executor: impl PgExecutor<'_>,
    user: UserId,
    id: DriverNotificationId,
    enabled: bool,
) -> Result<Option<DriverNotification>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        "update driver_notifications set enabled = $3, problem = null where user_id = $1 and id = $2
         returning id, account_id, map_uid, map_name, is_race, enabled, created_at, position, time, ahead, held, checked_at, problem",
        user.uuid(),
        id.uuid(),
        enabled
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(Row::read))
}

/// False if the user has no such one.
pub async fn delete(
    executor: impl PgExecutor<'_>,
    user: UserId,
    id: DriverNotificationId,
) -> Result<bool, db::Error> {
    let deleted = sqlx::query!(
        "delete from driver_notifications where user_id = $1 and id = $2",
        user.uuid(),
        id.uuid()
    );
    Ok(deleted.execute(executor).await?.rows_affected() == 1)
}
