use kernel::{DriverNotificationId, Moment};
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::driver_notifications::DriverNotification;

/// The caller's place on a map, watched.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DriverNotificationView {
    id: DriverNotificationId,
    map_uid: String,
    /// Without formatting codes.
    map_name: String,
    /// Whose place it is: the account at Trackmania that was the caller's when this was made.
    account_id: String,
    /// Whether it is checked.
    enabled: bool,
    /// As it was seen last; from 1. Null behind the best hundred, or where the record is gone.
    position: Option<i64>,
    /// The caller's own, as it was seen last: milliseconds; points on maps that aren't races.
    time: i64,
    created_at: Moment,
    checked_at: Moment,
    /// Why it could not be checked since; a sentence.
    problem: Option<String>,
}

impl From<DriverNotification> for DriverNotificationView {
    fn from(watched: DriverNotification) -> Self {
        Self {
            id: watched.id,
            map_uid: watched.map_uid,
            map_name: watched.map_name,
            account_id: watched.account.to_string(),
            enabled: watched.enabled,
            position: watched.place.position,
            time: watched.place.time,
            created_at: Moment(watched.created_at),
            checked_at: Moment(watched.checked_at),
            problem: watched.problem,
        }
    }
}
