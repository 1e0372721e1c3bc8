use std::collections::HashMap;

use axum::extract::State;
use http_api::{ApiPath, ApiQuery, ApiResult, ErrorBody};
use kernel::{Moment, PageLimit};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::view::MedalsView;
use crate::Trackmania;
use crate::actions::records;
use crate::model::account::AccountId;
use crate::model::board::Record;
use crate::model::map::{Map, plain};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Query {
    /// How many to list: 1–100.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    limit: PageLimit,
}

/// Somebody with an account in Trackmania.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Driver {
    account_id: String,
    /// Null where nobody knows it.
    name: Option<String>,
}

/// The map as the game knows it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RecordedMap {
    uid: String,
    /// Without formatting codes.
    name: String,
    author: Driver,
    medals: MedalsView,
    /// Whether times count; on other maps, points do.
    is_race: bool,
    uploaded_at: Option<Moment>,
}

/// Somebody's best on the map.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RecordView {
    /// From 1; those with equal times share it.
    position: i64,
    #[serde(flatten)]
    driver: Driver,
    /// Milliseconds; points on maps that aren't races.
    time: i64,
    /// `author`, `gold`, `silver` or `bronze`; null for none, and on maps that aren't races.
    medal: Option<&'static str>,
    zone: Option<String>,
    driven_at: Option<Moment>,
}

/// A map, and who is best on it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MapRecordsView {
    map: RecordedMap,
    /// The best first. Hidden ones are left out.
    records: Vec<RecordView>,
    /// When Trackmania told them: they are good for a minute, and for an hour while it is away.
    fetched_at: Moment,
}

impl From<records::MapRecords> for MapRecordsView {
    fn from(found: records::MapRecords) -> Self {
        let (map, names) = (found.map, found.names);
        let records = found.records.into_iter();
        Self {
            records: records
                .map(|record| record_view(record, &map, &names))
                .collect(),
            map: RecordedMap {
                name: plain(&map.name),
                author: driver(map.author, &names),
                medals: map.medals.into(),
                is_race: map.is_race,
                uploaded_at: map.uploaded_at.map(Moment),
                uid: map.uid,
            },
            fetched_at: Moment(found.fetched_at),
        }
    }
}

fn record_view(record: Record, map: &Map, names: &HashMap<AccountId, String>) -> RecordView {
    let earned = map.medals.earned(record.time).filter(|_| map.is_race);
    RecordView {
        position: record.position,
        driver: driver(record.account, names),
        time: record.time,
        medal: earned.map(|medal| medal.as_str()),
        zone: record.zone,
        driven_at: record.driven_at.map(Moment),
    }
}

fn driver(account: AccountId, names: &HashMap<AccountId, String>) -> Driver {
    Driver {
        account_id: account.to_string(),
        name: names.get(&account).cloned(),
    }
}

/// List the records of a map
///
/// The best of the world, with their names.
#[utoipa::path(
    get,
    path = "/api/v1/maps/{mapUid}/records",
    operation_id = "listMapRecords",
    tag = "Trackmania",
    security(()),
    params(("mapUid" = String, Path, description = "The map's uid in the game"), Query),
    responses(
        (status = 200, description = "The map and its records", body = MapRecordsView),
        (status = 400, description = "`invalid_query`", body = ErrorBody),
        (status = 404, description = "`map_not_found`", body = ErrorBody),
        (status = 409, description = "`trackmania_not_configured`: this server has no account to ask with", body = ErrorBody),
        (status = 503, description = "`trackmania_unavailable`, `trackmania_account_refused`", body = ErrorBody),
    ),
)]
pub(super) async fn list_map_records(
    State(trackmania): State<Trackmania>,
    ApiPath(uid): ApiPath<String>,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<axum::Json<MapRecordsView>> {
    let found = records::of(&trackmania, &uid, query.limit.get()).await?;
    Ok(axum::Json(found.into()))
}
