//! The API, as far as matches of a player need it. <https://aoe4world.com/api> describes the real one.

use std::sync::Arc;

use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use jiff::Timestamp;
use kernel::Clock;
use serde::Deserialize;
use serde_json::{Value, json};

use super::AoE4World;
use super::season::Match;
use super::summary::snake_case;

/// Whatever is asked for.
const LARGEST_PAGE: usize = 50;
/// Whoever names one of these is refused, whatever the pace.
const UNWANTED_AGENTS: [&str; 5] = ["fetch", "spider", "crawler", "scraper", "bot"];

#[derive(Clone)]
struct Served {
    world: AoE4World,
    clock: Clock,
}

/// In the real one's words.
#[derive(Debug)]
struct Refused(StatusCode, &'static str);

type Answer = Result<Json<Value>, Refused>;

const NO_PLAYER: Refused = Refused(StatusCode::NOT_FOUND, "Player not found");
const NO_GAME: Refused = Refused(StatusCode::NOT_FOUND, "Game not found");
const NO_SUMMARY: Refused = Refused(StatusCode::NOT_FOUND, "Summary not found");

/// What the world tells at the clock's time.
pub fn router(world: AoE4World, clock: Clock) -> Router {
    Router::new()
        .route("/api/v0/players/{player}", get(player))
        .route("/api/v0/players/{player}/games", get(games))
        .route("/api/v0/players/{player}/games/last", get(last_game))
        .route("/api/v0/players/{player}/games/{game}", get(game))
        .route("/players/{player}/games/{game}/summary", get(summary))
        .fallback(async || Refused(StatusCode::NOT_FOUND, "Not found"))
        .layer(middleware::from_fn(refuse_unwanted))
        .with_state(Served { world, clock })
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

async fn refuse_unwanted(headers: HeaderMap, request: Request, next: Next) -> Response {
    let agent = headers.get(header::USER_AGENT);
    let agent = agent
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default();
    let agent = agent.to_lowercase();
    if UNWANTED_AGENTS.iter().any(|word| agent.contains(word)) {
        return Refused(StatusCode::TOO_MANY_REQUESTS, "Too many requests").into_response();
    }
    next.run(request).await
}

async fn player(State(served): State<Served>, Path(player): Path<String>) -> Answer {
    let player = served.player(&player)?;
    Ok(Json(served.world.profile(player, served.clock.now())))
}

#[derive(Deserialize)]
struct Page {
    page: Option<usize>,
    limit: Option<usize>,
    since: Option<String>,
    leaderboard: Option<String>,
}

async fn games(
    State(served): State<Served>,
    Path(player): Path<String>,
    Query(asked): Query<Page>,
) -> Answer {
    let player = served.player(&player)?;
    let now = served.clock.now();
    let since = asked.since.as_deref().and_then(moment);
    let wanted = |one: &Match| {
        since.is_none_or(|since| one.started_at >= since)
            && asked.leaderboard.as_deref().is_none_or(|list| {
                let mut words = list.split(',');
                words.any(|word| word == one.kind.word() || word == one.kind.ladder())
            })
    };
    let all: Vec<_> = served
        .world
        .matches_of(player, now)
        .filter(|one| wanted(one))
        .collect();
    let page = asked.page.unwrap_or(1).max(1);
    let per_page = asked.limit.unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE);
    let offset = (page - 1).saturating_mul(per_page);
    let shown = all.iter().skip(offset).take(per_page);
    let games: Vec<Value> = shown.map(|one| served.world.listed(one, now)).collect();
    Ok(Json(json!({
        "total_count": all.len(),
        "page": page,
        "per_page": per_page,
        "count": games.len(),
        "offset": offset,
        "filters": {
            "leaderboard": asked.leaderboard,
            "since": asked.since,
            "profile_ids": [served.world.players()[player].profile_id],
            "opponent_profile_id": null,
            "opponent_profile_ids": null,
        },
        "games": games,
    })))
}

async fn last_game(State(served): State<Served>, Path(player): Path<String>) -> Answer {
    let player = served.player(&player)?;
    let now = served.clock.now();
    let last = served.world.matches_of(player, now).next().ok_or(NO_GAME)?;
    let mut told = served.world.single(&last, now);
    told["filters"] = json!({ "include_alts": null, "include_stats": null });
    Ok(Json(told))
}

async fn game(
    State(served): State<Served>,
    Path((player, game)): Path<(String, String)>,
) -> Answer {
    let now = served.clock.now();
    let found = served.game(&player, &game, now)?;
    Ok(Json(served.world.single(&found, now)))
}

#[derive(Deserialize)]
struct Shape {
    camelize: Option<String>,
}

async fn summary(
    State(served): State<Served>,
    Path((player, game)): Path<(String, String)>,
    Query(shape): Query<Shape>,
) -> Answer {
    let now = served.clock.now();
    let found = served.game(&player, &game, now)?;
    if !found.is_published(now) {
        return Err(NO_SUMMARY);
    }
    let told = served.world.summary(&found);
    Ok(Json(match shape.camelize.as_deref() {
        Some("true") => told,
        _ => snake_case(told),
    }))
}

impl Served {
    /// By profile id, with anything behind a dash, or by Steam id. The place among the world's players.
    fn player(&self, asked: &str) -> Result<usize, Refused> {
        let number = asked.split('-').next().unwrap_or_default();
        let mut players = self.world.players().iter();
        let found = players.position(|one| {
            one.profile_id.to_string() == number || one.steam_id.as_deref() == Some(asked)
        });
        found.ok_or(NO_PLAYER)
    }

    fn game(&self, player: &str, game: &str, now: Timestamp) -> Result<Arc<Match>, Refused> {
        let player = self.player(player)?;
        let id = game.parse().map_err(|_| NO_GAME)?;
        let found = self.world.find(id, now);
        found.filter(|one| one.has(player)).ok_or(NO_GAME)
    }
}

/// Unix seconds, a time, or a day.
fn moment(text: &str) -> Option<Timestamp> {
    let seconds = || Timestamp::from_second(text.parse().ok()?).ok();
    let day = || {
        let day: jiff::civil::Date = text.parse().ok()?;
        day.to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|day| day.timestamp())
    };
    seconds().or_else(|| text.parse().ok()).or_else(day)
}
