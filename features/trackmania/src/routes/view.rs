//! Shapes that several answers share.

use kernel::{AlertId, Moment};
use serde::Serialize;
use utoipa::ToSchema;

use crate::model::map::Medals;
use crate::model::search::Mode;
use crate::store::alerts::Alert;

/// The times that medals are given for, in milliseconds; null where there is no such medal.
#[derive(Serialize, ToSchema)]
pub(super) struct MedalsView {
    author: Option<i64>,
    gold: Option<i64>,
    silver: Option<i64>,
    bronze: Option<i64>,
}

impl From<Medals> for MedalsView {
    fn from(medals: Medals) -> Self {
        Self {
            author: medals.author,
            gold: medals.gold,
            silver: medals.silver,
            bronze: medals.bronze,
        }
    }
}

/// New records of which the caller wants to be told: on all maps of a mapper, or on one map.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AlertView {
    id: AlertId,
    /// The mapper's name; null where it is one map that is followed.
    mapper: Option<String>,
    /// Trackmania Exchange's id of the mapper.
    mapper_id: Option<i64>,
    map_uid: Option<String>,
    /// Without formatting codes; null where it is a mapper who is followed.
    map_name: Option<String>,
    /// How what is new is found out.
    r#type: Mode,
    /// Whether that was said for this alert; if not, it follows the caller's `alertType`.
    type_is_own: bool,
    created_at: Moment,
    /// Maps of which nothing is told.
    muted_maps: Vec<String>,
    /// When it was checked last; null before the first time, which takes stock only: what was driven before is not new.
    checked_at: Option<Moment>,
    /// What could not be checked the last time, in a sentence; null if nothing.
    problem: Option<String>,
}

impl AlertView {
    pub(super) fn of(alert: Alert, of_user: Mode) -> Self {
        let name = |is_it: bool| is_it.then(|| alert.name.clone());
        Self {
            id: alert.id,
            mapper: name(alert.mapper_id.is_some()),
            mapper_id: alert.mapper_id,
            map_name: name(alert.map_uid.is_some()),
            map_uid: alert.map_uid,
            r#type: alert.mode.unwrap_or(of_user),
            type_is_own: alert.mode.is_some(),
            created_at: Moment(alert.created_at),
            muted_maps: alert.muted_maps,
            checked_at: alert.checked_at.map(Moment),
            problem: alert.problem,
        }
    }
}
