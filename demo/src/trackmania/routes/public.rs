//! The public API: names, and OAuth for those who prove who they are. Nobody has a password: whoever signs in says as whom.

use std::fmt::Write;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Asked, Served};
use crate::trackmania::APPLICATION;

pub const AUTHORIZE: &str = "/oauth/authorize";
pub const TOKEN: &str = "/api/access_token";
pub const USER: &str = "/api/user";
pub const NAMES: &str = "/api/display-names";
pub const ACCOUNTS: &str = "/api/display-names/account-ids";

const AUDIENCE: &str = "public";
/// Names, or accounts, of one question.
const MOST: usize = 50;

/// In OAuth's words.
pub struct Refused(StatusCode, &'static str, &'static str);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.1, "error_description": self.2, "message": self.2 });
        (self.0, Json(body)).into_response()
    }
}

type Answer = Result<Json<Value>, Refused>;

const UNAUTHENTICATED: Refused = Refused(
    StatusCode::UNAUTHORIZED,
    "access_denied",
    "There is no good token.",
);
const TOO_MANY: Refused = Refused(
    StatusCode::BAD_REQUEST,
    "invalid_request",
    "At most fifty at a time.",
);

/// Asks who somebody is; with an `account`, that is answered, and they are sent back with a code.
pub async fn authorize(
    State(served): State<Served>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let query = query.unwrap_or_default();
    let asked = Asked::read(Some(&query));
    let refused = |why| Refused(StatusCode::BAD_REQUEST, "invalid_request", why);
    if asked.get("response_type") != Some("code") {
        return Err(refused("response_type must be code."));
    }
    if asked.get("client_id") != Some(APPLICATION.0) {
        return Err(refused("There is no application with this client_id."));
    }
    let redirect_uri = asked.get("redirect_uri").unwrap_or_default();
    let is_address = ["http://", "https://"]
        .iter()
        .any(|scheme| redirect_uri.starts_with(scheme));
    if !is_address {
        return Err(refused("redirect_uri must be an address."));
    }
    let Some(account) = asked.get("account") else {
        return Ok(Html(page(&served, &query)).into_response());
    };
    let drivers = served.world.drivers();
    let account = account.parse::<Uuid>().ok();
    let account = account.filter(|&account| drivers.find(account).is_some());
    let account = account.ok_or(refused("Nobody has this account."))?;
    let (now, nonce) = (served.second(), served.nonce());
    let code = served.signer.code(account, redirect_uri, now, nonce);
    let state = asked.get("state").map(|state| ("state", state));
    let answer = form_urlencoded::Serializer::new(String::new())
        .append_pair("code", &code)
        .extend_pairs(state)
        .finish();
    let joint = if redirect_uri.contains('?') { '&' } else { '?' };
    Ok(Redirect::to(&format!("{redirect_uri}{joint}{answer}")).into_response())
}

fn page(served: &Served, query: &str) -> String {
    let mut page = String::from(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Made-up Trackmania</title>\
         <body style=\"font:1.1em sans-serif;max-width:32em;margin:3em auto\">\
         <h1>Made-up Trackmania</h1><p>Nobody here is anybody. Sign in as</p><ul>",
    );
    for (account, name) in served.world.suggested_drivers() {
        let (query, name) = (escaped(query), escaped(name));
        let _ = write!(
            page,
            "<li><a href=\"{AUTHORIZE}?{query}&amp;account={account}\">{name}</a>"
        );
    }
    page.push_str("</ul></html>\n");
    page
}

fn escaped(text: &str) -> String {
    let with = [
        ('&', "&amp;"),
        ('<', "&lt;"),
        ('>', "&gt;"),
        ('"', "&quot;"),
    ];
    with.iter()
        .fold(text.to_owned(), |text, (letter, written)| {
            text.replace(*letter, written)
        })
}

pub async fn token(State(served): State<Served>, body: Bytes) -> Answer {
    let asked = Asked::read(std::str::from_utf8(&body).ok());
    let presented = (asked.get("client_id"), asked.get("client_secret"));
    if presented != (Some(APPLICATION.0), Some(APPLICATION.1)) {
        return Err(Refused(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "Client authentication failed",
        ));
    }
    let now = served.second();
    match asked.get("grant_type") {
        Some("client_credentials") => {
            let token = served.signer.public(None, now, served.nonce());
            Ok(Json(
                json!({ "token_type": "bearer", "expires_in": 3600, "access_token": token }),
            ))
        }
        Some("authorization_code") => {
            let account = served.exchanged(&asked, now);
            let account = account.ok_or(Refused(
                StatusCode::BAD_REQUEST,
                "invalid_grant",
                "The code is not good.",
            ))?;
            let token = served.signer.public(Some(account), now, served.nonce());
            let refresh = served.nonce().to_string();
            Ok(Json(json!({
                "token_type": "bearer", "expires_in": 3600, "access_token": token, "refresh_token": refresh,
            })))
        }
        _ => {
            let why = "The authorization grant type is not supported.";
            Err(Refused(
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                why,
            ))
        }
    }
}

pub async fn user(State(served): State<Served>, headers: HeaderMap) -> Answer {
    let caller = served.caller(&headers, "Bearer ", AUDIENCE);
    let account = caller.and_then(|caller| caller.text("sub").parse::<Uuid>().ok());
    let account = account.ok_or(UNAUTHENTICATED)?;
    let drivers = served.world.drivers();
    let name = drivers.find(account).and_then(|who| drivers.name(who));
    Ok(Json(json!({ "accountId": account, "displayName": name })))
}

pub async fn names(
    State(served): State<Served>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let drivers = served.world.drivers();
    served.look_up(&headers, query.as_deref(), "accountId[]", |account| {
        let who = drivers.find(account.parse().ok()?)?;
        drivers.name(who)
    })
}

pub async fn accounts(
    State(served): State<Served>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let drivers = served.world.drivers();
    served.look_up(&headers, query.as_deref(), "displayName[]", |name| {
        drivers.with_name(name).map(|account| account.to_string())
    })
}

impl Served {
    /// Whose code it is. It is used up.
    fn exchanged(&self, asked: &Asked, now: i64) -> Option<Uuid> {
        let code = asked.get("code")?;
        let claims = self.signer.read(code, "code", now)?;
        let mut used = self.used.lock();
        let is_good = asked.get("redirect_uri") == Some(claims.text("redirect_uri"))
            && used.insert(claims.text("jti").to_owned());
        claims.text("sub").parse().ok().filter(|_| is_good)
    }

    /// What is not known is missing. Where nothing is, the answer is of another kind.
    fn look_up(
        &self,
        headers: &HeaderMap,
        query: Option<&str>,
        name: &str,
        find: impl Fn(&str) -> Option<String>,
    ) -> Answer {
        self.caller(headers, "Bearer ", AUDIENCE)
            .ok_or(UNAUTHENTICATED)?;
        let asked = Asked::read(query);
        if asked.all(name).count() > MOST {
            return Err(TOO_MANY);
        }
        let found = asked
            .all(name)
            .filter_map(|one| Some((one.to_owned(), find(one)?.into())));
        let found: Map<String, Value> = found.collect();
        Ok(Json(match found.is_empty() {
            true => json!([]),
            false => Value::Object(found),
        }))
    }
}
