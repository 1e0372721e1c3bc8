//! AoE4World, played by wiremock: a player whose matches grow, and whatever may go wrong on the way to them.

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};
use wiremock::matchers::{any, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

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
    /// What the next calls get instead of their answer.
    faults: Vec<ResponseTemplate>,
    /// Pages that are answered before the faults begin.
    good: usize,
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
        TestApp::builder()
            .setting("AOE4WORLD_URL", self.uri())
            .setting("AOE4WORLD_REQUESTS_PER_SECOND", "1000")
            .start()
            .await
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

    /// Lets so many pages through, and then answers so.
    pub fn fail_after(&self, pages: usize, faults: impl IntoIterator<Item = ResponseTemplate>) {
        let mut world = self.world.lock();
        world.good = pages;
        world.faults = faults.into_iter().collect();
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

impl Player {
    /// Says that the Steam account is theirs whose matches AoE4World has.
    pub async fn link_steam(&self) {
        self.post("/link/steam")
            .json(&json!({ "steamId": STEAM_ID }))
            .await
            .assert_ok();
    }
}
