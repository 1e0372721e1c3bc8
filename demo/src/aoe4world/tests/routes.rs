use aoe4::model::page::GamesPage;
use aoe4::model::summary::Summary;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use kernel::Clock;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::super::players::AT_A_CONSOLE;
use super::*;

async fn ask_as(agent: &str, path: &str) -> (StatusCode, Value) {
    let router = router(world(), Clock::manual(now()));
    let request = Request::get(path).header("user-agent", agent);
    let request = request.body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1024 * 1024).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

async fn ask(path: &str) -> (StatusCode, Value) {
    ask_as("Grandstand/0.1.0 (+https://play.example)", path).await
}

async fn found(path: &str) -> Value {
    let (status, body) = ask(path).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body
}

async fn missing(path: &str) {
    let (status, body) = ask(path).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    assert!(body["error"].is_string(), "{body}");
}

#[tokio::test]
async fn players_are_found_by_each_form_of_id() {
    let steam_id = world().players()[0].steam_id.clone().unwrap();
    let profile = found(&format!("/api/v0/players/{steam_id}")).await;
    assert_eq!(profile["steam_id"], json!(steam_id));
    let id = &profile["profile_id"];
    assert_eq!(found(&format!("/api/v0/players/{id}")).await, profile);
    assert_eq!(
        found(&format!("/api/v0/players/{id}-some-yeti")).await,
        profile
    );
    let at_a_console = world().players()[AT_A_CONSOLE].profile_id;
    let profile = found(&format!("/api/v0/players/{at_a_console}")).await;
    assert_eq!(profile["steam_id"], Value::Null);
    for unknown in ["76561197960265728", "1", "somebody", "-", "900000001x"] {
        missing(&format!("/api/v0/players/{unknown}")).await;
    }
    missing("/api/v0/leaderboards").await;
}

#[tokio::test]
async fn pages_hold_fifty_at_the_most_and_all_of_them_everything_once() {
    let me = world().players()[0].profile_id;
    let path = format!("/api/v0/players/{me}/games");
    let mut ids = Vec::new();
    for page in 1.. {
        let told = found(&format!("{path}?page={page}&limit=100")).await;
        assert_eq!(told["per_page"], 50);
        assert_eq!(told["offset"], 50 * (page - 1));
        assert!(told["games"][0]["teams"][0][0]["player"].is_object());
        let read = GamesPage::parse(told).expect("a page");
        assert_eq!(read.malformed, []);
        ids.extend(read.games.iter().map(|one| one.game.id));
        if read.last {
            assert_eq!(read.total, Some(ids.len() as u64));
            break;
        }
    }
    let all: Vec<u64> = world().matches_of(0, now()).map(|one| one.id).collect();
    assert!(all.len() > 100);
    assert_eq!(ids, all);
    let few = found(&format!("{path}?limit=3")).await;
    assert_eq!((&few["per_page"], &few["count"]), (&json!(3), &json!(3)));
    let beyond = found(&format!("{path}?page=99")).await;
    assert_eq!(
        (&beyond["games"], &beyond["count"]),
        (&json!([]), &json!(0))
    );
}

#[tokio::test]
async fn lists_can_begin_at_a_time_and_be_of_one_kind() {
    let me = world().players()[0].profile_id;
    let path = format!("/api/v0/players/{me}/games");
    let day = "2026-11-29";
    let since: Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
    let own = world().matches_of(0, now());
    let today = own.filter(|one| one.started_at >= since).count();
    assert!((1..50).contains(&today));
    for form in [
        since.as_second().to_string(),
        since.to_string(),
        day.to_owned(),
    ] {
        let told = found(&format!("{path}?since={form}")).await;
        assert_eq!(told["total_count"], today, "{form}");
    }
    for (word, kind) in [("rm_solo", "rm_1v1"), ("rm_2v2", "rm_2v2")] {
        let told = found(&format!("{path}?leaderboard={word}")).await;
        let games = told["games"].as_array().unwrap();
        assert!(!games.is_empty() && games.iter().all(|game| game["kind"] == kind));
    }
}

#[tokio::test]
async fn single_matches_come_bare_with_profiles_and_only_of_those_who_were_in_them() {
    let last = world().matches_of(2, now()).next().unwrap();
    let me = world().players()[2].profile_id;
    let told = found(&format!("/api/v0/players/{me}/games/last")).await;
    assert_eq!(told["game_id"], last.id);
    assert!(told["filters"].is_object());
    let alone = found(&format!("/api/v0/players/{me}/games/{}", last.id)).await;
    let players: Vec<&Value> = alone["teams"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|team| team.as_array().unwrap())
        .collect();
    assert!(
        players
            .iter()
            .all(|one| one["modes"].is_object() && one.get("steam_id").is_some())
    );
    let stranger = (0..).find(|&player| !last.has(player)).unwrap();
    let stranger = world().players()[stranger].profile_id;
    missing(&format!("/api/v0/players/{stranger}/games/{}", last.id)).await;
    missing(&format!("/api/v0/players/{me}/games/1")).await;
    missing(&format!("/api/v0/players/{me}/games/x")).await;
}

#[tokio::test]
async fn summaries_are_there_once_they_are_published() {
    let path = |one: &Match| {
        let me = world().players()[one.teams[0][0].player].profile_id;
        format!("/players/{me}/games/{}/summary", one.id)
    };
    let published = first(&world(), |one| one.is_published(now()));
    let told = found(&format!("{}?camelize=true", path(&published))).await;
    let summary = Summary::parse(&told).expect("a summary");
    assert_eq!(summary.game_id, published.id);
    assert_eq!(summary.started_at, Some(published.started_at));
    assert_eq!(found(&path(&published)).await["game_id"], published.id);
    let recent = first(&world(), |one| {
        one.published_at.is_some() && !one.is_published(now())
    });
    missing(&path(&recent)).await;
    let never = first(&world(), |one| {
        one.published_at.is_none() && one.kind != Kind::Custom
    });
    missing(&path(&never)).await;
}

#[tokio::test]
async fn unwanted_agents_are_refused_whatever_they_ask_for() {
    for agent in ["node-fetch", "My-Overlay-Bot/1.0", "a spider"] {
        let (status, body) = ask_as(agent, "/api/v0/players/1").await;
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{agent}");
        assert!(body["error"].is_string());
    }
}
