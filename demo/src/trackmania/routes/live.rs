//! Live: leaderboards, and where a time would rank.

use std::collections::HashMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Asked, Served};
use crate::chance::mix;
use crate::trackmania::board::Row;

pub const TOP: &str = "/api/token/leaderboard/group/{group}/map/{uid}/top";
pub const SURROUND: &str =
    "/api/token/leaderboard/group/{group}/map/{uid}/surround/{lower}/{upper}";
pub const POSITIONS: &str = "/api/token/leaderboard/group/map";

const AUDIENCE: &str = "NadeoLiveServices";
/// The group of everybody's best. There is no other.
const GROUP: &str = "Personal_Best";
const USUAL_LENGTH: usize = 5;
const LARGEST_LENGTH: usize = 100;
/// Of a map's records, more are not told.
const MOST_RECORDS: usize = 10_000;
/// Maps of one question for positions.
const MOST_POSITIONS: usize = 50;
/// Of so many such questions, one gets an empty answer.
const FORGETS_ONE_OF: u64 = 40;

/// In Live's words, of which there are several.
pub enum Refused {
    /// `{error, message, traceId}`.
    Exception(StatusCode, &'static str),
    /// `["what:error-why"]`.
    Word(StatusCode, &'static str),
}

impl Refused {
    pub const NOT_FOUND: Self = Self::Exception(StatusCode::NOT_FOUND, "NotFoundHttpException");
    const UNAUTHORIZED: Self =
        Self::Exception(StatusCode::UNAUTHORIZED, "UnauthorizedHttpException");
    const BROKEN: Self = Self::Exception(StatusCode::INTERNAL_SERVER_ERROR, "Exception");
}

type Answer = Result<Json<Value>, Refused>;

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Exception(status, error) => {
                let message = "Made-up Live Services Internal Log";
                let body =
                    json!({ "error": error, "message": message, "traceId": "Root=1-00000000" });
                (status, Json(body)).into_response()
            }
            Self::Word(status, word) => (status, Json(json!([word]))).into_response(),
        }
    }
}

pub async fn top(
    State(served): State<Served>,
    headers: HeaderMap,
    Path((group, uid)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Answer {
    served.live_caller(&headers)?;
    if group != GROUP {
        return Ok(Json(json!({})));
    }
    let asked = Asked::read(query.as_deref());
    let (mut length, mut offset) = (USUAL_LENGTH, 0);
    // Without it, the others count for nothing.
    if asked.get("onlyWorld") == Some("true") {
        length = asked.number("length").unwrap_or(length).min(LARGEST_LENGTH);
        offset = asked.number("offset").unwrap_or(offset);
    }
    let rows = served.board(&uid, served.clock.now());
    let rows = rows.iter().take(MOST_RECORDS).skip(offset).take(length);
    let told = rows.map(|row| {
        let mut told = served.told(row);
        told["timestamp"] = json!(row.driven_at);
        if row.is_hidden {
            told["score"] = json!(-1);
        }
        told
    });
    Ok(served.envelope(&uid, told.collect()))
}

/// With a row of whoever asks, as if they had driven the time: whether the map exists or not.
pub async fn surround(
    State(served): State<Served>,
    headers: HeaderMap,
    Path((group, uid, lower, upper)): Path<(String, String, usize, usize)>,
    RawQuery(query): RawQuery,
) -> Answer {
    let own = served.live_caller(&headers)?;
    let score: Option<i64> = Asked::read(query.as_deref()).number("score");
    let (GROUP, Some(score)) = (group.as_str(), score) else {
        return Ok(Json(json!({})));
    };
    let rows = served.board(&uid, served.clock.now());
    let rows: Vec<&Row> = rows.iter().filter(|row| !row.is_hidden).collect();
    let place = rows.partition_point(|row| row.time < score);
    let before = &rows[place.saturating_sub(upper.min(1))..place];
    let behind = &rows[place..rows.len().min(place + lower.min(1))];
    let mut told: Vec<Value> = before.iter().map(|row| served.told(row)).collect();
    told.push(json!({
        "accountId": own, "zoneId": zone_id("World"), "zoneName": "World", "position": place + 1, "score": score,
    }));
    told.extend(behind.iter().map(|row| served.told(row)));
    Ok(served.envelope(&uid, told))
}

pub async fn positions(
    State(served): State<Served>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Answer {
    served.live_caller(&headers)?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let maps = body["maps"].as_array().cloned().unwrap_or_default();
    if maps.len() > MOST_POSITIONS {
        return Err(Refused::Word(StatusCode::BAD_REQUEST, "maps:error-tooMany"));
    }
    let uid_of = |map: &Value| map["mapUid"].as_str().unwrap_or_default().to_owned();
    let wanted = maps.iter().filter(|map| map["groupUid"] == GROUP);
    let wanted: Vec<String> = wanted.map(uid_of).collect();
    let mut scores = HashMap::new();
    for (name, score) in Asked::read(query.as_deref()).0 {
        let uid = name
            .strip_prefix("scores[")
            .and_then(|rest| rest.strip_suffix(']'));
        if let (Some(uid), Ok(score)) = (uid, score.parse::<i64>()) {
            // Their own fault, but this is what they answer.
            if !wanted.iter().any(|one| one == uid) {
                return Err(Refused::BROKEN);
            }
            scores.insert(uid.to_owned(), score);
        }
    }
    let late = i64::from(served.conduct.late.max(1));
    let at = served.second().div_euclid(late) * late;
    if served.conduct.is_forgetful && is_forgotten(&wanted, at) {
        return Ok(Json(json!([])));
    }
    let at = Timestamp::from_second(at).unwrap_or_default();
    // Without a score, it is the asker's own that is meant: there is none.
    let wanted = wanted
        .iter()
        .filter_map(|uid| Some((uid, *scores.get(uid)?)));
    let told = wanted.map(|(uid, score)| served.position(uid, score, at));
    Ok(Json(told.collect()))
}

/// By chance, but as often as it is asked within the minute.
fn is_forgotten(uids: &[String], at: i64) -> bool {
    let bytes = uids.iter().flat_map(|uid| uid.bytes());
    let question = bytes.fold(at.div_euclid(60).unsigned_abs(), |so_far, byte| {
        mix(so_far, byte.into())
    });
    question.is_multiple_of(FORGETS_ONE_OF)
}

impl Served {
    /// Whose account asks.
    fn live_caller(&self, headers: &HeaderMap) -> Result<Uuid, Refused> {
        let caller = self.caller(headers, "nadeo_v1 t=", AUDIENCE);
        let caller = caller.ok_or(Refused::UNAUTHORIZED)?;
        caller
            .text("sub")
            .parse()
            .map_err(|_| Refused::UNAUTHORIZED)
    }

    /// A map that there isn't has a board on which nobody is.
    fn board(&self, uid: &str, at: Timestamp) -> Vec<Row> {
        let map = self.world.map(uid, at);
        map.map(|map| self.world.board(&map, at))
            .unwrap_or_default()
    }

    fn told(&self, row: &Row) -> Value {
        let drivers = self.world.drivers();
        let zone = drivers.zone(row.who);
        json!({
            "accountId": drivers.account(row.who), "zoneId": zone_id(zone), "zoneName": zone,
            "position": row.position, "score": row.time,
        })
    }

    fn envelope(&self, uid: &str, rows: Vec<Value>) -> Json<Value> {
        let world = json!({ "zoneId": zone_id("World"), "zoneName": "World", "top": rows });
        Json(json!({ "groupUid": GROUP, "mapUid": uid, "tops": [world] }))
    }

    fn position(&self, uid: &str, score: i64, at: Timestamp) -> Value {
        let rows = self.board(uid, at);
        let better = rows.partition_point(|row| row.time < score);
        let ranking = json!({ "position": better + 1, "length": 0 });
        let world = json!({ "zoneId": zone_id("World"), "zoneName": "World", "ranking": ranking });
        json!({ "groupUid": GROUP, "mapUid": uid, "score": score, "zones": [world] })
    }
}

fn zone_id(name: &str) -> Uuid {
    let folded = name
        .bytes()
        .fold(0, |so_far, byte| mix(so_far, byte.into()));
    let random = (u128::from(folded) << 64) | u128::from(mix(folded, 1));
    uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid()
}
