//! AoE4World, played by wiremock: a player whose matches grow, and whatever may go wrong on the way to them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kernel::Clock;
use parking_lot::Mutex;
use serde_json::{Value, json};
use wiremock::matchers::{any, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::app::Builder;
use super::{Player, TestApp};

pub const STEAM_ID: &str = "76561198000000001";
pub const PROFILE_ID: u64 = 4_001;

/// Matches on a page, as few as AoE4World would give if it had to.
const PER_PAGE: usize = 50;

pub struct AoE4World {
    server: MockServer,
    world: Arc<Mutex<World>>,
}

#[derive(Default)]
struct World {
    /// The newest first.
    games: Vec<Value>,
    /// What happened in them, as far as it is published.
    summaries: HashMap<u64, ResponseTemplate>,
    /// What the next calls get instead of their answer.
    faults: Vec<ResponseTemplate>,
    /// Pages that are answered before the faults begin.
    good: usize,
    /// How long each page takes, by this clock.
    slow: Option<(Clock, Duration)>,
}

impl AoE4World {
    pub async fn start() -> Self {
        let upstream = Self {
            server: MockServer::start().await,
            world: Arc::default(),
        };
        let games = {
            let world = Arc::clone(&upstream.world);
            move |request: &Request| world.lock().answer(request)
        };
        Mock::given(path_regex("^/api/v0/players/[0-9]+/games$"))
            .respond_with(games)
            .mount(&upstream.server)
            .await;
        let summaries = {
            let world = Arc::clone(&upstream.world);
            move |request: &Request| {
                let mut path = request.url.path_segments().unwrap();
                let game = path.nth(3).unwrap().parse().unwrap();
                let found = world.lock().summaries.get(&game).cloned();
                found.unwrap_or_else(|| ResponseTemplate::new(404))
            }
        };
        Mock::given(path_regex("^/players/[0-9]+/games/[0-9]+/summary$"))
            .respond_with(summaries)
            .mount(&upstream.server)
            .await;
        let profile =
            json!({ "profile_id": PROFILE_ID, "name": "Ada", "steam_id": STEAM_ID, "modes": {} });
        Mock::given(path_regex(format!("^/api/v0/players/{STEAM_ID}$")))
            .respond_with(ResponseTemplate::new(200).set_body_json(profile))
            .mount(&upstream.server)
            .await;
        Mock::given(any())
            .respond_with(ResponseTemplate::new(404).set_body_json(json!({ "error": "Not found" })))
            .with_priority(9)
            .mount(&upstream.server)
            .await;
        upstream
    }

    pub fn uri(&self) -> String {
        self.server.uri()
    }

    /// A server that asks here.
    pub async fn server(&self) -> TestApp {
        self.builder().start().await
    }

    pub fn builder(&self) -> Builder {
        TestApp::builder()
            .setting("AOE4WORLD_URL", self.uri())
            .setting("AOE4WORLD_REQUESTS_PER_SECOND", "1000")
    }

    /// Matches that begin one after the other, a minute apart, with these ids.
    pub fn play(&self, ids: impl IntoIterator<Item = u64>) {
        let mut world = self.world.lock();
        for id in ids {
            world.games.insert(0, game(id));
        }
    }

    /// Changes a match that is there.
    pub fn change(&self, id: u64, change: impl Fn(&mut Value)) {
        let mut world = self.world.lock();
        let game = world.games.iter_mut().find(|game| game["game_id"] == id);
        change(game.expect("it is there"));
    }

    /// Tells what happened in a match.
    pub fn publish(&self, id: u64) {
        self.answer_summary(id, ResponseTemplate::new(200).set_body_json(summary(id)));
    }

    /// Answers so to whoever asks what happened in a match.
    pub fn answer_summary(&self, id: u64, answer: ResponseTemplate) {
        self.world.lock().summaries.insert(id, answer);
    }

    /// Lets so many pages through, and then answers so.
    pub fn fail_after(&self, pages: usize, faults: impl IntoIterator<Item = ResponseTemplate>) {
        let mut world = self.world.lock();
        world.good = pages;
        world.faults = faults.into_iter().collect();
    }

    /// Lets each page take so long.
    pub fn slow_down(&self, clock: &Clock, each: Duration) {
        self.world.lock().slow = Some((clock.clone(), each));
    }

    /// Says this of whoever has the Steam account.
    pub async fn say_of(&self, steam_id: &str, profile: Value) {
        Mock::given(path_regex(format!("^/api/v0/players/{steam_id}$")))
            .respond_with(ResponseTemplate::new(200).set_body_json(profile))
            .with_priority(1)
            .mount(&self.server)
            .await;
    }

    /// What was asked for, as paths with their questions.
    pub async fn asked(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap();
        let asked = requests.iter().map(|request| match request.url.query() {
            Some(query) => format!("{}?{query}", request.url.path()),
            None => request.url.path().to_owned(),
        });
        asked.collect()
    }

    /// By whom it was asked.
    pub async fn agents(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap();
        let agent = |request: &Request| request.headers["user-agent"].to_str().unwrap().to_owned();
        requests.iter().map(agent).collect()
    }
}

impl World {
    fn answer(&mut self, request: &Request) -> ResponseTemplate {
        if self.good == 0 && !self.faults.is_empty() {
            return self.faults.remove(0);
        }
        self.good = self.good.saturating_sub(1);
        if let Some((clock, each)) = &self.slow {
            clock.advance(*each);
        }
        let asked = |name: &str| {
            let mut pairs = request.url.query_pairs();
            pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
        };
        let page: usize = asked("page").map_or(1, |page| page.parse().unwrap());
        let since = asked("since").map(|since| {
            let since: i64 = since.parse().unwrap();
            jiff::Timestamp::from_second(since).unwrap()
        });
        let began = |game: &Value| -> jiff::Timestamp {
            game["started_at"].as_str().unwrap().parse().unwrap()
        };
        let games = self.games.iter();
        let games: Vec<&Value> = games
            .filter(|game| since.is_none_or(|since| began(game) >= since))
            .collect();
        let offset = (page - 1) * PER_PAGE;
        let shown: Vec<_> = games.iter().skip(offset).take(PER_PAGE).collect();
        ResponseTemplate::new(200).set_body_json(json!({
            "total_count": games.len(),
            "page": page,
            "per_page": PER_PAGE,
            "count": shown.len(),
            "offset": offset,
            "filters": { "since": null },
            "games": shown,
        }))
    }
}

/// One against one, which Ada won if its id is even.
pub fn game(id: u64) -> Value {
    let began = jiff::Timestamp::from_second(1_700_000_000 + 60 * id.cast_signed()).unwrap();
    let (own, other) = if id.is_multiple_of(2) {
        ("win", "loss")
    } else {
        ("loss", "win")
    };
    let player = |profile_id: u64, name: &str, civilization: &str, result: &str| {
        json!({ "player": {
            "profile_id": profile_id, "name": name, "country": null, "result": result,
            "civilization": civilization, "civilization_randomized": false,
            "rating": 1000, "rating_diff": 12, "mmr": -7, "mmr_diff": 3, "input_type": "keyboard",
        } })
    };
    json!({
        "game_id": id,
        "started_at": format!("{began:.3}"),
        "updated_at": format!("{began:.3}"),
        "duration": 1200,
        "map": "Made-up Meadow",
        "kind": "rm_1v1",
        "leaderboard": "rm_solo",
        "mmr_leaderboard": "rm_1v1",
        "season": 9,
        "server": "Anywhere",
        "patch": 1,
        "average_rating": 1000.0,
        "ongoing": false,
        "just_finished": false,
        "teams": [
            [player(PROFILE_ID, "Ada", "english", own)],
            [player(77, "Somebody", "order_of_the_dragon", other)],
        ],
    })
}

/// What happened in such a match: twenty minutes, in which Ada made villagers steadily, and the other one soldiers.
pub fn summary(id: u64) -> Value {
    let times: Vec<u32> = (0..=60).map(|sample| sample * 20).collect();
    let rising = |each: u32| -> Vec<u32> { times.iter().map(|time| time * each / 20).collect() };
    let steady = |amount: u32| vec![amount; times.len()];
    let player = |profile_id: u64,
                  name: &str,
                  civilization: &str,
                  team: u32,
                  every: usize,
                  score: u32| {
        let start = std::iter::repeat_n(0, 6);
        let villagers: Vec<u32> = start.chain((1..=1_200).step_by(every)).collect();
        let soldiers: Vec<u32> = (400..=1_150).step_by(50 - every).collect();
        json!({
            "profileId": profile_id, "name": name, "civilization": civilization, "civilizationAttrib": civilization,
            "team": team, "teamName": format!("Team {team}"), "apm": 90,
            "result": if id.is_multiple_of(2) == (team == 0) { "win" } else { "loss" },
            "scores": { "total": 60 * score, "military": 20 * score, "economy": 20 * score, "technology": 10 * score, "society": 10 * score },
            "totalResourcesGathered": { "food": 9000, "gold": 4000, "stone": 300, "wood": 6000, "total": 19300 },
            "totalResourcesSpent": { "food": 8800, "gold": 3900, "stone": 300, "wood": 5900, "total": 18900 },
            "resources": {
                "timestamps": times,
                "food": steady(150), "gold": steady(80), "stone": steady(0), "wood": steady(120),
                "foodPerMin": rising(12), "goldPerMin": rising(6), "stonePerMin": steady(0), "woodPerMin": rising(8),
                "foodGathered": rising(150), "goldGathered": rising(66), "stoneGathered": rising(5), "woodGathered": rising(100),
                "total": rising(score), "military": rising(score / 3), "economy": rising(score / 3),
                "technology": rising(score / 6), "society": rising(score / 6), "population": rising(2),
            },
            "actions": { "feudalAge": [300 + 10 * team], "castleAge": [780 + 60 * team] },
            "buildOrder": [
                { "id": "1", "icon": "icons/races/common/units/villager", "pbgid": 1, "modid": null, "type": "Unit",
                  "finished": villagers, "constructed": [], "packed": [], "unpacked": [],
                  "transformed": [], "destroyed": [700], "unknown": {} },
                { "id": "2", "icon": "icons/races/common/units/spearman_2", "pbgid": 2, "modid": null, "type": "Unit",
                  "finished": soldiers, "constructed": [], "packed": [], "unpacked": [], "transformed": [],
                  "destroyed": [600, 605, 610, 900, 905], "unknown": {} },
            ],
            "analysis": { "landmarks": [] },
            "_stats": { "gt": 1210, "unitprod": 80, "edeaths": 5, "ekills": 4 },
        })
    };
    json!({
        "gameId": id, "winReason": "Surrender", "mapId": 1, "mapName": "Made-up Meadow", "mapSize": "micro",
        "mapSizeMaxPlayers": 2, "mapBiome": null, "mapSeed": "1", "leaderboard": "rm_1v1", "duration": 1234,
        "startedAt": 1_700_000_000, "finishedAt": 1_700_001_234, "spectatorsCount": 0, "summaryVersion": 16,
        "analysisVersion": 1, "_recentGameHash": { "raw": "of networks and stations" },
        "players": [
            player(PROFILE_ID, "Ada", "english", 0, 20, 40),
            player(77, "Somebody", "order_of_the_dragon", 1, 35, 30),
        ],
    })
}

impl Player {
    /// Says that the Steam account is theirs whose matches AoE4World has.
    pub async fn link_steam(&self) {
        self.post("/link/steam")
            .json(&json!({ "steamId": STEAM_ID }))
            .await
            .assert_ok();
    }
}
