//! What a daily run is to check of drivers' places, and what it has found.
//!
//! Invariant: each place has one row a run. What was planned isn't planned again by who goes on after a crash.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{DriverNotificationId, UserId};
use sqlx::PgExecutor;
use sqlx::types::Json;
use uuid::Uuid;

use super::boards::Board;
use super::driver_notifications::uuids;
use crate::model::account::AccountId;
use crate::model::places::{Change, Place};
use crate::model::report::News;
use crate::model::run::Run;

/// The macro calls a row of its own a change.
type Changed = Json<Change>;

/// A place that is to be checked.
#[derive(Clone, Debug)]
pub struct Watch {
    pub id: DriverNotificationId,
    pub user: UserId,
    pub account: AccountId,
    pub map_uid: String,
    pub is_race: bool,
    /// As it was seen last, and when.
    pub place: Place,
    pub checked_at: Timestamp,
    /// Why it could not be checked since.
    pub problem: Option<String>,
}

impl Watch {
    /// Whether it was watched anew meanwhile, by a later leaderboard than this.
    pub fn is_newer(&self, board: &Board) -> bool {
        self.checked_at > board.fetched_at
    }
}

struct Row {
    id: Uuid,
    user_id: Uuid,
    account_id: Uuid,
    map_uid: String,
    is_race: bool,
    position: Option<i64>,
    time: i64,
    ahead: Vec<Uuid>,
    held: Option<i64>,
    checked_at: jiff_sqlx::Timestamp,
    problem: Option<String>,
}

impl Row {
    fn read(self) -> Watch {
        Watch {
            id: self.id.into(),
            user: self.user_id.into(),
            account: self.account_id.into(),
            map_uid: self.map_uid,
            is_race: self.is_race,
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

/// Those on the next so many maps, in their order, that the run hasn't planned yet.
pub async fn unplanned(
    executor: impl PgExecutor<'_>,
    run: Run,
    after_map: &str,
    maps: i64,
) -> Result<Vec<Watch>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        "with next as (
             select distinct map_uid from driver_notifications n
             where enabled and created_at < $2 and map_uid > $3
                   and not exists (select from driver_checks where run_id = $1 and notification_id = n.id)
             order by map_uid limit $4
         )
         select id, user_id, account_id, map_uid, is_race, position, time, ahead, held,
                checked_at as \"checked_at: jiff_sqlx::Timestamp\", problem
         from driver_notifications n join next using (map_uid)
         where enabled and created_at < $2
               and not exists (select from driver_checks where run_id = $1 and notification_id = n.id)
         order by map_uid, id",
        run.id,
        run.started_at.to_sqlx() as jiff_sqlx::Timestamp,
        after_map,
        maps
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// What becomes of a place when it is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Planned {
    /// Its map's leaderboard is to be read.
    ToRead,
    /// It is where it was.
    Unchanged,
    /// It couldn't be asked about; a sentence.
    Failed(String),
}

/// Writes down what is planned, and gives which of it that are: neither those that are gone meanwhile, nor those that somebody
/// else has planned.
pub async fn plan(
    connection: &mut sqlx::PgConnection,
    run: Uuid,
    planned: &[(DriverNotificationId, Planned)],
    now: Timestamp,
) -> Result<HashSet<DriverNotificationId>, db::Error> {
    let ids: Vec<Uuid> = planned.iter().map(|(id, _)| id.uuid()).collect();
    let are_checked: Vec<bool> = planned
        .iter()
        .map(|(_, planned)| *planned != Planned::ToRead)
        .collect();
    let problems: Vec<Option<&str>> = planned
        .iter()
        .map(|(_, planned)| match planned {
            Planned::Failed(why) => Some(why.as_str()),
            _ => None,
        })
        .collect();
    // Users first, as whoever deletes one does; and what is deleted in the same moment is waited for, and left out.
    let added = sqlx::query_scalar!(
        "insert into driver_checks (run_id, notification_id, user_id, is_checked, problem)
         select $1, n.id, n.user_id, checked, why
         from unnest($2::uuid[], $3::bool[], $4::text[]) as planned (id, checked, why)
         join driver_notifications n using (id) join users u on u.id = n.user_id
         for key share of u for key share of n
         on conflict do nothing
         returning notification_id",
        run,
        &ids,
        &are_checked,
        &problems as &[Option<&str>]
    )
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query!(
        "update driver_notifications n set
             checked_at = case when why is null then $4 else checked_at end, problem = why
         from unnest($1::uuid[], $2::bool[], $3::text[]) as planned (planned_id, checked, why)
         where n.id = planned_id and checked",
        &ids,
        &are_checked,
        &problems as &[Option<&str>],
        now.to_sqlx() as jiff_sqlx::Timestamp
    )
    .execute(connection)
    .await?;
    Ok(added.into_iter().map(DriverNotificationId::from).collect())
}

/// These aren't watched any more, for that reason; but for those that are watched anew meanwhile, as another account.
pub async fn disable(
    executor: impl PgExecutor<'_>,
    watches: &[Watch],
    why: &str,
) -> Result<(), db::Error> {
    let ids: Vec<Uuid> = watches.iter().map(|watch| watch.id.uuid()).collect();
    let accounts: Vec<AccountId> = watches.iter().map(|watch| watch.account).collect();
    sqlx::query!(
        "update driver_notifications n set enabled = false, problem = $3
         from unnest($1::uuid[], $2::uuid[]) as seen (seen_id, seen_account)
         where n.id = seen_id and n.account_id = seen_account",
        &ids,
        &uuids(&accounts),
        why
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// What is still to be checked on a map. Nobody changes it before this transaction ends.
pub async fn unchecked(
    executor: impl PgExecutor<'_>,
    run: Uuid,
    map: &str,
) -> Result<Vec<Watch>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, n.user_id, account_id, map_uid, is_race, position, time, ahead, held,
                checked_at as \"checked_at: jiff_sqlx::Timestamp\", n.problem
         from driver_notifications n join driver_checks on notification_id = id
         where enabled and map_uid = $2 and run_id = $1 and not is_checked
         order by id for no key update of n",
        run,
        map
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// Keeps where somebody stands now, and what became of it.
pub async fn keep(
    connection: &mut sqlx::PgConnection,
    run: Uuid,
    id: DriverNotificationId,
    place: &Place,
    change: Option<&Change>,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update driver_notifications set position = $2, time = $3, ahead = $4, held = $6, checked_at = $5, problem = null
         where id = $1",
        id.uuid(),
        place.position,
        place.time,
        &uuids(&place.ahead),
        now.to_sqlx() as jiff_sqlx::Timestamp,
        place.held
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "update driver_checks set is_checked = true, change = $3 where run_id = $1 and notification_id = $2",
        run,
        id.uuid(),
        change.map(Json) as Option<Json<&Change>>
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What is still to be checked has failed, on a map or on all of them. Who switched it off meanwhile misses nothing.
pub async fn fail(
    connection: &mut sqlx::PgConnection,
    run: Uuid,
    map: Option<&str>,
    why: &str,
) -> Result<(), db::Error> {
    sqlx::query!(
        "with failed as (
             select id from driver_notifications n join driver_checks on notification_id = id
             where run_id = $1 and not is_checked and enabled and ($2::text is null or map_uid = $2)
             order by id for no key update of n
         ), noted as (
             update driver_notifications n set problem = $3 from failed where n.id = failed.id
         )
         update driver_checks set is_checked = true, problem = $3
         from failed where run_id = $1 and notification_id = failed.id",
        run,
        map,
        why
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Something that a user is to be told.
#[derive(Clone, Debug)]
pub struct Untold {
    pub user: UserId,
    pub map_uid: String,
    pub map_name: String,
    pub is_race: bool,
    /// None: it couldn't be checked.
    pub change: Option<Change>,
}

impl Untold {
    pub fn news(&self) -> Option<News> {
        Some(News {
            map_uid: self.map_uid.clone(),
            map_name: self.map_name.clone(),
            is_race: self.is_race,
            change: self.change.clone()?,
        })
    }
}

/// All that the next so many users are to be told, user by user.
pub async fn untold(
    executor: impl PgExecutor<'_>,
    run: Uuid,
    users: i64,
) -> Result<Vec<Untold>, db::Error> {
    let rows = sqlx::query!(
        "with next as (
             select distinct user_id from driver_checks
             where run_id = $1 and not is_told and (change is not null or problem is not null)
             order by user_id limit $2
         )
         select c.user_id, map_uid, map_name, is_race, change as \"change: Changed\"
         from driver_checks c join next using (user_id) join driver_notifications n on n.id = notification_id
         where run_id = $1 and not is_told and (change is not null or c.problem is not null)
         order by c.user_id, map_name, map_uid",
        run,
        users
    )
    .fetch_all(executor)
    .await?;
    let untold = rows.into_iter().map(|row| Untold {
        user: row.user_id.into(),
        map_uid: row.map_uid,
        map_name: row.map_name,
        is_race: row.is_race,
        change: row.change.map(|change| change.0),
    });
    Ok(untold.collect())
}

/// Nothing more is to be told to these users of this run.
pub async fn told(
    executor: impl PgExecutor<'_>,
    run: Uuid,
    users: &[UserId],
) -> Result<(), db::Error> {
    let users: Vec<Uuid> = users.iter().map(|user| user.uuid()).collect();
    sqlx::query!(
        "update driver_checks set is_told = true where run_id = $1 and user_id = any($2) and not is_told",
        run,
        &users
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Removes those of runs that began before then, and gives how many.
pub async fn purge(executor: impl PgExecutor<'_>, before: Timestamp) -> Result<u64, db::Error> {
    let purged = sqlx::query!(
        "delete from driver_checks using check_runs
         where run_id = check_runs.id and started_at < $1 and ended_at is not null",
        before.to_sqlx() as jiff_sqlx::Timestamp
    );
    Ok(purged.execute(executor).await?.rows_affected())
}
