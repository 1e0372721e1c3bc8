//! Alerts as their users have them.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{AlertId, UserId};
use sqlx::PgExecutor;

use crate::model::search::Mode;

#[derive(Clone, Debug)]
pub struct Alert {
    pub id: AlertId,
    /// Trackmania Exchange's id; none where it is a map that is followed.
    pub mapper_id: Option<i64>,
    pub map_uid: Option<String>,
    /// The mapper's, or the map's.
    pub name: String,
    /// None: as the user's other alerts.
    pub mode: Option<Mode>,
    pub muted_maps: Vec<String>,
    pub created_at: Timestamp,
    /// When what is new was looked for last.
    pub checked_at: Option<Timestamp>,
    /// What could not be checked then; a sentence.
    pub problem: Option<String>,
}

/// What is not said stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub muted_maps: Option<Vec<String>>,
    /// None of it: as the user's other alerts.
    pub mode: Option<Option<Mode>>,
}

/// As the table has it.
struct Row {
    id: uuid::Uuid,
    mapper_id: Option<i64>,
    map_uid: Option<String>,
    name: String,
    mode: Option<String>,
    muted_maps: Vec<String>,
    created_at: jiff_sqlx::Timestamp,
    checked_at: Option<jiff_sqlx::Timestamp>,
    problem: Option<String>,
}

impl Row {
    fn read(self) -> Alert {
        Alert {
            id: self.id.into(),
            mapper_id: self.mapper_id,
            map_uid: self.map_uid,
            name: self.name,
            mode: self.mode.as_deref().and_then(Mode::of),
            muted_maps: self.muted_maps,
            created_at: self.created_at.to_jiff(),
            checked_at: self.checked_at.map(|at| at.to_jiff()),
            problem: self.problem,
        }
    }
}

/// The newest first, from before one of them on.
pub async fn list(
    executor: impl PgExecutor<'_>,
    user: UserId,
    before: Option<AlertId>,
    at_most: i64,
) -> Result<Vec<Alert>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select a.id, mapper_id, map_uid, name, mode, muted_maps, created_at, checked_at,
                coalesce(a.problem, t.problem) as problem
         from map_alerts a join alert_targets t on t.id = target_id
         where user_id = $1 and ($2::uuid is null or a.id < $2)
         order by a.id desc limit $3",
        user.uuid(),
        before.map(AlertId::uuid),
        at_most
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// The user's alert of this target.
pub async fn of_target(
    executor: impl PgExecutor<'_>,
    user: UserId,
    target: i64,
) -> Result<Option<Alert>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        "select a.id, mapper_id, map_uid, name, mode, muted_maps, created_at, checked_at,
                coalesce(a.problem, t.problem) as problem
         from map_alerts a join alert_targets t on t.id = target_id
         where user_id = $1 and target_id = $2",
        user.uuid(),
        target
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(Row::read))
}

pub async fn count(executor: impl PgExecutor<'_>, user: UserId) -> Result<i64, db::Error> {
    let count = sqlx::query_scalar!(
        "select count(*) as \"count!\" from map_alerts where user_id = $1",
        user.uuid()
    );
    Ok(count.fetch_one(executor).await?)
}

pub async fn insert(
    executor: impl PgExecutor<'_>,
    id: AlertId,
    user: UserId,
    target: i64,
    mode: Option<Mode>,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "insert into map_alerts (id, user_id, target_id, mode, created_at) values ($1, $2, $3, $4, $5)",
        id.uuid(),
        user.uuid(),
        target,
        mode.map(Mode::as_str),
        now.to_sqlx() as jiff_sqlx::Timestamp
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Gives what it is about. None if the user has no such alert.
pub async fn change(
    executor: impl PgExecutor<'_>,
    user: UserId,
    id: AlertId,
    change: Change,
) -> Result<Option<i64>, db::Error> {
    let changed = sqlx::query_scalar!(
        "update map_alerts set
             muted_maps = coalesce($3, muted_maps),
             mode = case when $4 then $5 else mode end
         where user_id = $1 and id = $2 returning target_id",
        user.uuid(),
        id.uuid(),
        change.muted_maps.as_deref(),
        change.mode.is_some(),
        change.mode.flatten().map(Mode::as_str)
    );
    Ok(changed.fetch_optional(executor).await?)
}

/// False if the user has no such alert.
pub async fn delete(
    executor: impl PgExecutor<'_>,
    user: UserId,
    id: AlertId,
) -> Result<bool, db::Error> {
    let deleted = sqlx::query!(
        "delete from map_alerts where user_id = $1 and id = $2",
        user.uuid(),
        id.uuid()
    );
    Ok(deleted.execute(executor).await?.rows_affected() == 1)
}
