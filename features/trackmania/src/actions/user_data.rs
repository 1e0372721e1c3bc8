//! What this feature does when a user exports or deletes the account.

use accounts::{AfterErasure, UserData};
use futures_util::future::BoxFuture;
use kernel::{Moment, UserId};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::alerts::MOST_ALERTS;
use super::driver_notifications::MOST;
use crate::Trackmania;
use crate::store::{alerts, driver_notifications};

impl UserData for Trackmania {
    fn section(&self) -> &'static str {
        "trackmania"
    }

    fn export<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        user: UserId,
    ) -> BoxFuture<'a, Result<Value, db::Error>> {
        Box::pin(async move {
            let alerts = alerts::list(&mut *connection, user, None, MOST_ALERTS).await?;
            let alerts = alerts.into_iter().map(|alert| {
                json!({
                    "id": alert.id,
                    "mapperId": alert.mapper_id,
                    "mapUid": alert.map_uid,
                    "name": alert.name,
                    "type": alert.mode,
                    "mutedMaps": alert.muted_maps,
                    "createdAt": Moment(alert.created_at),
                    "checkedAt": alert.checked_at.map(Moment),
                })
            });
            let alerts: Vec<Value> = alerts.collect();
            let watched = driver_notifications::list(connection, user, None, MOST).await?;
            let watched = watched.into_iter().map(|watched| {
                json!({
                    "id": watched.id,
                    "accountId": watched.account.to_string(),
                    "mapUid": watched.map_uid,
                    "mapName": watched.map_name,
                    "enabled": watched.enabled,
                    "position": watched.place.position,
                    "time": watched.place.time,
                    "createdAt": Moment(watched.created_at),
                    "checkedAt": Moment(watched.checked_at),
                })
            });
            let watched: Vec<Value> = watched.collect();
            Ok(json!({ "alerts": alerts, "driverNotifications": watched }))
        })
    }

    /// Everything hangs on the user's row, and goes with it.
    fn erase<'a>(
        &'a self,
        _tx: &'a mut PgConnection,
        _user: UserId,
    ) -> BoxFuture<'a, Result<AfterErasure, db::Error>> {
        Box::pin(async {
            let nothing: AfterErasure = Box::new(|| ());
            Ok(nothing)
        })
    }
}
