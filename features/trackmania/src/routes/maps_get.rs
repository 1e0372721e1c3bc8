use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};
use kernel::{Cursor, FieldError, Moment, PageLimit};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::view::MedalsView;
use crate::actions::maps;
use crate::model::exchange::ListedMap;
use crate::{Error, Trackmania};

/// Of the text that is looked for, in characters.
const LONGEST: usize = 64;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// A part of the map's name, or its uid: 1–64 characters.
    query: String,
    /// How many to list: 1–100.
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    limit: PageLimit,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// Somebody at Trackmania Exchange.
#[derive(Serialize, ToSchema)]
struct MapAuthor {
    /// Trackmania Exchange's id.
    id: i64,
    name: String,
}

/// The best time, as Trackmania Exchange saw it last.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WorldRecordView {
    account_id: String,
    name: Option<String>,
    /// Milliseconds.
    time: i64,
}

/// A map of Trackmania Exchange.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MapView {
    uid: String,
    /// Trackmania Exchange's id: the map is at `https://trackmania.exchange/mapshow/{exchangeId}`.
    exchange_id: i64,
    name: String,
    /// Who uploaded it, and who made it with them.
    authors: Vec<MapAuthor>,
    tags: Vec<String>,
    medals: MedalsView,
    /// About how long it takes, in milliseconds.
    length: Option<i64>,
    awards: i64,
    uploaded_at: Option<Moment>,
    updated_at: Option<Moment>,
    world_record: Option<WorldRecordView>,
}

impl From<ListedMap> for MapView {
    fn from(map: ListedMap) -> Self {
        let authors = map.authors.into_iter().map(|author| MapAuthor {
            id: author.id,
            name: author.name,
        });
        Self {
            uid: map.uid,
            exchange_id: map.id,
            name: map.name,
            authors: authors.collect(),
            tags: map.tags,
            medals: map.medals.into(),
            length: map.length,
            awards: map.awards,
            uploaded_at: map.uploaded_at.map(Moment),
            updated_at: map.updated_at.map(Moment),
            world_record: map.world_record.map(|record| WorldRecordView {
                account_id: record.account.to_string(),
                name: record.name,
                time: record.time,
            }),
        }
    }
}

/// A page of maps, in the order of Trackmania Exchange.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FoundMaps {
    maps: Vec<MapView>,
    #[schema(value_type = Option<String>)]
    next_cursor: Option<Cursor>,
}

/// Look for maps
///
/// By name or by uid, at Trackmania Exchange; what it answered is good for five minutes.
#[utoipa::path(
    get,
    path = "/api/v1/maps",
    operation_id = "findMaps",
    tag = "Trackmania",
    security(()),
    params(Query),
    responses(
        (status = 200, description = "A page", body = FoundMaps),
        (status = 400, description = "`invalid_query`, `invalid_cursor`", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
        (status = 503, description = "`trackmania_exchange_unavailable`", body = ErrorBody),
    ),
)]
pub(super) async fn find_maps(
    State(trackmania): State<Trackmania>,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<axum::Json<FoundMaps>> {
    let text = query.query.trim();
    let fits = (1..=LONGEST).contains(&text.chars().count()) && !text.contains(char::is_control);
    if !fits {
        let message = format!("must have 1 to {LONGEST} characters, as names do");
        return Err(Error::Invalid(vec![FieldError::new("query", message)]).into());
    }
    let cursor = query.cursor.as_deref();
    let page = maps::search(&trackmania, text, query.limit, cursor).await?;
    let page = page.map(MapView::from);
    Ok(axum::Json(FoundMaps {
        maps: page.items,
        next_cursor: page.next,
    }))
}
