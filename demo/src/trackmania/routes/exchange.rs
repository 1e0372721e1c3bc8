//! Trackmania Exchange, the second version of its API.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Map as Object, Value, json};

use super::{Asked, Served};
use crate::trackmania::maps::Map;
use crate::trackmania::{Trackmania, tags};

pub const MAPS: &str = "/api/maps";

const USUAL_COUNT: usize = 40;
const LARGEST_COUNT: usize = 1_000;

/// Nobody documents how it refuses.
pub struct Refused(StatusCode, &'static str);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}

/// The newest first, so many at a time, from after one of them on.
pub async fn maps(
    State(served): State<Served>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refused> {
    let agent = headers.get(header::USER_AGENT);
    if agent.is_none_or(|agent| agent.is_empty()) {
        return Err(Refused(
            StatusCode::FORBIDDEN,
            "Say who you are by a User-Agent.",
        ));
    }
    let asked = Asked::read(query.as_deref());
    let fields: Vec<&str> = asked.get("fields").unwrap_or_default().split(',').collect();
    if fields.iter().any(|field| !is_field(field)) {
        return Err(Refused(
            StatusCode::BAD_REQUEST,
            "The fields are not valid.",
        ));
    }
    let count = asked
        .number("count")
        .unwrap_or(USUAL_COUNT)
        .clamp(1, LARGEST_COUNT);
    let after: Option<i64> = asked.number("after");
    let now = served.clock.now();
    let maps = served.world.maps(now).into_iter();
    let mut wanted = maps
        .filter(|map| after.is_none_or(|after| map.exchange_id < after))
        .filter(|map| is_wanted(&served.world, map, &asked));
    let page: Vec<_> = wanted.by_ref().take(count).collect();
    let results = page.iter().map(|map| {
        let whole = told(&served.world, map, now, &fields);
        fields
            .iter()
            .fold(json!({}), |told, field| with(told, &whole, field))
    });
    Ok(Json(
        json!({ "Results": results.collect::<Vec<_>>(), "More": wanted.next().is_some() }),
    ))
}

fn is_wanted(world: &Trackmania, map: &Map, asked: &Asked) -> bool {
    let has = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
    let listed = |list: &str, one: &str| list.split(',').any(|listed| listed == one);
    let mappers = || [Some(map.mapper), map.helper].into_iter().flatten();
    let by = |wanted: &dyn Fn(usize) -> bool| mappers().any(wanted);
    let all = |name: &str, fits: &dyn Fn(&str) -> bool| asked.get(name).is_none_or(fits);
    all("id", &|ids| listed(ids, &map.exchange_id.to_string()))
        && all("uid", &|uids| listed(uids, &map.uid))
        && all("name", &|name| has(&map.plain_name, name))
        && all("author", &|author| {
            by(&|one| has(&world.mappers()[one].name, author))
        })
        && all("authoruserid", &|id| {
            by(&|one| world.mappers()[one].id.to_string() == id)
        })
}

/// Nested ones are named by the way to them, and lists by `[]`.
fn is_field(field: &str) -> bool {
    const FIELDS: [&str; 30] = [
        "MapId",
        "MapUid",
        "OnlineMapId",
        "Name",
        "GbxMapName",
        "UploadedAt",
        "UpdatedAt",
        "Uploader.UserId",
        "Uploader.Name",
        "Authors[]",
        "Tags[]",
        "Images[]",
        "Type",
        "MapType",
        "Environment",
        "Vehicle",
        "Length",
        "Medals.Author",
        "Medals.Gold",
        "Medals.Silver",
        "Medals.Bronze",
        "AwardCount",
        "CommentCount",
        "DownloadCount",
        "ReplayCount",
        "OnlineWR.AccountId",
        "OnlineWR.DisplayName",
        "OnlineWR.RecordTime",
        "IsPublic",
        "IsListed",
    ];
    FIELDS.contains(&field)
}

/// What is told, and this field of the whole.
fn with(mut told: Value, whole: &Value, field: &str) -> Value {
    let field = field.trim_end_matches("[]");
    match field.split_once('.') {
        None => told[field] = whole[field].clone(),
        Some((outer, _)) if whole[outer].is_null() => told[outer] = Value::Null,
        Some((outer, inner)) => {
            if !told[outer].is_object() {
                told[outer] = Value::Object(Object::new());
            }
            told[outer][inner] = whole[outer][inner].clone();
        }
    }
    told
}

fn told(world: &Trackmania, map: &Map, now: Timestamp, fields: &[&str]) -> Value {
    let person = |place: usize| {
        let mapper = &world.mappers()[place];
        json!({ "UserId": mapper.id, "Name": mapper.name })
    };
    let mut authors = vec![json!({ "User": person(map.mapper), "Role": "" })];
    authors.extend(
        map.helper
            .map(|helper| json!({ "User": person(helper), "Role": "Scenery" })),
    );
    let [author, gold, silver, bronze] = map.medals();
    let record = fields.iter().any(|field| field.starts_with("OnlineWR"));
    let record = record.then(|| world_record(world, map, now)).flatten();
    json!({
        "MapId": map.exchange_id,
        "MapUid": map.uid,
        "OnlineMapId": map.id,
        "Name": map.plain_name,
        "GbxMapName": map.name,
        "UploadedAt": without_zone(map.uploaded_at()),
        "UpdatedAt": without_zone(map.uploaded_at()),
        "Uploader": person(map.mapper),
        "Authors": authors,
        "Tags": [{ "TagId": tags::number(map.tag), "Name": map.tag, "Color": "" }],
        "Images": [],
        "Type": 0,
        "MapType": "TM_Race",
        "Environment": 1,
        "Vehicle": 1,
        "Length": map.length,
        "Medals": { "Author": author, "Gold": gold, "Silver": silver, "Bronze": bronze },
        "AwardCount": map.awards,
        "CommentCount": map.awards / 7,
        "DownloadCount": map.awards * 40,
        "ReplayCount": 0,
        "OnlineWR": record,
        "IsPublic": true,
        "IsListed": true,
    })
}

/// In capitals, unlike Nadeo's services.
fn world_record(world: &Trackmania, map: &Map, now: Timestamp) -> Option<Value> {
    let rows = world.board(map, now);
    let best = rows.iter().find(|row| !row.is_hidden)?;
    let account = world.drivers().account(best.who).to_string().to_uppercase();
    Some(
        json!({ "AccountId": account, "DisplayName": world.drivers().name(best.who), "RecordTime": best.time }),
    )
}

/// In UTC, which isn't said, and with as many decimals as it takes.
fn without_zone(at: Timestamp) -> String {
    let decimals = match at.as_second() % 3 {
        0 => "",
        1 => ".5",
        _ => ".157",
    };
    format!("{}{decimals}", at.strftime("%Y-%m-%dT%H:%M:%S"))
}
