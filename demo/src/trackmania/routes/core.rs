//! Core: who somebody is, and what the game knows of maps.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Asked, Served};
use crate::trackmania::drivers::Who;
use crate::trackmania::maps::Map;
use crate::trackmania::{SERVICE_ACCOUNT, Trackmania};

pub const LOG_IN: &str = "/v2/authentication/token/basic";
pub const REFRESH: &str = "/v2/authentication/token/refresh";
pub const MAPS: &str = "/maps/by-uid/";

const AUDIENCE: &str = "NadeoServices";
const AUDIENCES: [&str; 2] = [AUDIENCE, "NadeoLiveServices"];
/// Of an address. Whatever is longer doesn't arrive.
const LONGEST_QUERY: usize = 8_220;

/// In Core's words.
pub enum Refused {
    Unauthorized,
    Invalid(&'static str),
    TooLong,
}

type Answer = Result<Json<Value>, Refused>;

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, code, message, info) = match self {
            Self::Unauthorized => (401, "C-AA-00-01", "Unauthorized.", None),
            // A list, an object or nothing: it is different from call to call.
            Self::Invalid(why) => (
                400,
                "C-AA-00-03",
                "There was a validation error.",
                Some(json!([why])),
            ),
            Self::TooLong => return StatusCode::URI_TOO_LONG.into_response(),
        };
        let mut body = json!({ "code": code, "correlation_id": "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f", "message": message });
        if let Some(info) = info {
            body["info"] = info;
        }
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        (status, Json(body)).into_response()
    }
}

pub async fn log_in(State(served): State<Served>, headers: HeaderMap, body: Bytes) -> Answer {
    let (login, password) = SERVICE_ACCOUNT;
    let want = format!("Basic {}", STANDARD.encode(format!("{login}:{password}")));
    let presented = headers.get(header::AUTHORIZATION);
    if presented.is_none_or(|presented| presented.as_bytes() != want.as_bytes()) {
        return Err(Refused::Unauthorized);
    }
    let audience = match body.is_empty() {
        true => AUDIENCE.to_owned(),
        false => {
            let body: Value = serde_json::from_slice(&body)
                .map_err(|_| Refused::Invalid("body: Invalid JSON."))?;
            body["audience"].as_str().unwrap_or_default().to_owned()
        }
    };
    if !AUDIENCES.contains(&audience.as_str()) {
        return Err(Refused::Invalid("audience: Unknown audience."));
    }
    Ok(tokens(&served, &audience))
}

pub async fn refresh(State(served): State<Served>, headers: HeaderMap) -> Answer {
    let presented = served.caller(&headers, "nadeo_v1 t=", "refresh");
    let presented = presented.ok_or(Refused::Unauthorized)?;
    Ok(tokens(&served, presented.text("refresh_aud")))
}

fn tokens(served: &Served, audience: &str) -> Json<Value> {
    let account = served.service_account();
    let (now, nonce) = (served.second(), served.nonce());
    let [access, refresh] = served.signer.nadeo(audience, account, now, nonce);
    Json(json!({ "accessToken": access, "refreshToken": refresh }))
}

pub async fn maps(
    State(served): State<Served>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let caller = served.caller(&headers, "nadeo_v1 t=", AUDIENCE);
    caller.ok_or(Refused::Unauthorized)?;
    if query
        .as_ref()
        .is_some_and(|query| query.len() > LONGEST_QUERY)
    {
        return Err(Refused::TooLong);
    }
    let asked = Asked::read(query.as_deref());
    let uids = asked.get("mapUidList").unwrap_or_default();
    if uids.is_empty() {
        return Err(Refused::Invalid(
            "mapUidList: This value should not be blank.",
        ));
    }
    let now = served.clock.now();
    let maps = uids.split(',').filter_map(|uid| served.world.map(uid, now));
    Ok(Json(maps.map(|map| told(&served.world, &map)).collect()))
}

fn told(world: &Trackmania, map: &Map) -> Value {
    let author = world.drivers().account(Who::mapper(map.mapper));
    let [author_score, gold, silver, bronze] = map.medals();
    let file = format!("https://core.trackmania.invalid/maps/{}/file", map.id);
    json!({
        "author": author,
        "authorScore": author_score,
        "goldScore": gold,
        "silverScore": silver,
        "bronzeScore": bronze,
        "collectionName": "Stadium",
        "createdWithGamepadEditor": false,
        "createdWithSimpleEditor": null,
        "fileUrl": file,
        "filename": format!("{}.Map.Gbx", map.plain_name),
        "hasClones": false,
        "isPlayable": true,
        "mapId": map.id,
        "mapStyle": "",
        "mapType": "TrackMania\\TM_Race",
        "mapUid": map.uid,
        "name": map.name,
        "submitter": author,
        "thumbnailUrl": file.replace("/file", "/thumbnail.jpg"),
        "timestamp": map.uploaded_at().strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
    })
}
