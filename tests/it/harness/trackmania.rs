//! Trackmania's services and Trackmania Exchange, played by wiremock: made-up maps and drivers, tokens that end, and whatever
//! may go wrong.

mod exchange;
mod people;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kernel::Clock;
use parking_lot::Mutex;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::app::Builder;
use super::{Answer, TestApp, process};

pub use people::form_of;

const LOGIN: &str = "grandstand-service";
const PASSWORD: &str = "a made-up password";
/// The service account itself, which drives nothing.
const OWN: u128 = 0xfa4e;
/// Whoever made the maps.
pub const MAPPER: u128 = 0xada;

pub struct Upstream {
    server: MockServer,
    world: Arc<Mutex<World>>,
    clock: Clock,
}

struct World {
    clock: Clock,
    maps: BTreeMap<String, Vec<Value>>,
    names: HashMap<String, String>,
    listed: Vec<Value>,
    /// Those that are taken, with what they are for.
    tokens: HashSet<(String, String)>,
    refreshes: HashSet<(String, String)>,
    /// Accounts by the codes and the tokens of their owners.
    codes: HashMap<String, String>,
    own_tokens: HashMap<String, String>,
    made: u32,
    /// What the next calls to an address with this in it get instead of their answer.
    faults: Vec<(String, ResponseTemplate)>,
}

/// An account by a number.
pub fn account(number: u128) -> String {
    uuid::Uuid::from_u128(number).to_string()
}

/// A row of a leaderboard.
pub fn row(driver: u128, position: i64, time: i64) -> Value {
    json!({
        "accountId": account(driver), "zoneId": account(1), "zoneName": "Somewhere", "position": position,
        "score": time, "timestamp": 1_750_000_000 + position,
    })
}

/// What Live answers with these rows.
pub fn board(uid: &str, rows: &[Value]) -> Value {
    let world = json!({ "zoneId": account(1), "zoneName": "World", "top": rows });
    json!({ "groupUid": "Personal_Best", "mapUid": uid, "tops": [world] })
}

impl Upstream {
    pub async fn start() -> Self {
        let clock = Clock::manual(Clock::system().now());
        let world = World {
            clock: clock.clone(),
            maps: BTreeMap::new(),
            names: HashMap::new(),
            listed: Vec::new(),
            tokens: HashSet::new(),
            refreshes: HashSet::new(),
            codes: HashMap::new(),
            own_tokens: HashMap::new(),
            made: 0,
            faults: Vec::new(),
        };
        let upstream = Self {
            server: MockServer::start().await,
            world: Arc::new(Mutex::new(world)),
            clock,
        };
        let world = Arc::clone(&upstream.world);
        Mock::given(any())
            .respond_with(move |request: &Request| world.lock().answer(request))
            .mount(&upstream.server)
            .await;
        upstream
    }

    /// A server that asks here.
    pub async fn server(&self) -> TestApp {
        self.builder().start().await
    }

    pub fn builder(&self) -> Builder {
        self.settings(TestApp::builder().clock(self.clock.clone()))
    }

    /// Lets a server ask here.
    pub fn settings(&self, builder: Builder) -> Builder {
        let all = self.addresses().into_iter();
        all.fold(builder, |builder, (name, value)| {
            builder.setting(name, value)
        })
    }

    /// The same for a server in a process of its own.
    pub fn process(&self, builder: process::Builder) -> process::Builder {
        let all = self.addresses().into_iter();
        all.fold(builder, |builder, (name, value)| {
            builder.setting(name, value)
        })
    }

    /// The settings by which it is asked.
    pub fn addresses(&self) -> [(&'static str, String); 12] {
        let at = |path: &str| format!("{}/{path}", self.server.uri());
        [
            ("NADEO_CORE_URL", at("core")),
            ("NADEO_LIVE_URL", at("live")),
            ("NADEO_LOGIN", LOGIN.to_owned()),
            ("NADEO_PASSWORD", PASSWORD.to_owned()),
            ("NADEO_REQUESTS_PER_SECOND", "1000".to_owned()),
            ("TRACKMANIA_API_URL", at("public")),
            ("TRACKMANIA_CLIENT_ID", "client".to_owned()),
            ("TRACKMANIA_CLIENT_SECRET", PASSWORD.to_owned()),
            ("TMX_URL", at("exchange")),
            ("TMX_REQUESTS_PER_SECOND", "1000".to_owned()),
            // Tests move the clock by days, and begin runs themselves.
            ("MAPPER_ALERTS_AT", "off".to_owned()),
            ("DRIVER_CHECKS_AT", "off".to_owned()),
        ]
    }

    /// A map with these rows on its leaderboard.
    pub fn map(&self, uid: &str, rows: impl IntoIterator<Item = Value>) {
        let rows = rows.into_iter().collect();
        self.world.lock().maps.insert(uid.to_owned(), rows);
    }

    /// One more row at the end of a map's leaderboard.
    pub fn drive(&self, uid: &str, row: Value) {
        let mut world = self.world.lock();
        world.maps.get_mut(uid).expect("it is there").push(row);
    }

    pub fn name(&self, driver: u128, name: &str) {
        let mut world = self.world.lock();
        world.names.insert(account(driver), name.to_owned());
    }

    /// A map of Trackmania Exchange.
    pub fn list(&self, map: Value) {
        self.world.lock().listed.push(map);
    }

    /// Answers so to the next calls to an address with this in it.
    pub fn fail(&self, part: &str, faults: impl IntoIterator<Item = ResponseTemplate>) {
        let faults = faults.into_iter().map(|fault| (part.to_owned(), fault));
        self.world.lock().faults.extend(faults);
    }

    /// Nobody has a map at Trackmania Exchange any more.
    pub fn unlist(&self) {
        self.world.lock().listed.clear();
    }

    /// Whatever was to fail answers again.
    pub fn heal(&self) {
        self.world.lock().faults.clear();
    }

    /// Takes no token any more that was given out; and none that renews one, either.
    pub fn revoke(&self, refreshes_too: bool) {
        let mut world = self.world.lock();
        world.tokens.clear();
        if refreshes_too {
            world.refreshes.clear();
        }
    }

    /// Every call to an address with this in it.
    pub async fn asked(&self, part: &str) -> Vec<Request> {
        let mut requests = self.server.received_requests().await.unwrap();
        requests.retain(|request| request.url.as_str().contains(part));
        requests
    }

    /// How many there were.
    pub async fn count(&self, part: &str) -> usize {
        self.asked(part).await.len()
    }
}

impl TestApp {
    pub async fn records(&self, uid: &str) -> Answer {
        self.get(&format!("/maps/{uid}/records?limit=100")).await
    }
}

fn json_of(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn core_error(status: u16, info: Value) -> ResponseTemplate {
    let body = json!({ "code": "C-XX-00-00", "correlation_id": "made-up", "message": "No.", "info": info });
    ResponseTemplate::new(status).set_body_json(body)
}

fn asked(request: &Request, name: &str) -> Vec<String> {
    let pairs = request.url.query_pairs();
    let values = pairs.filter(|(key, _)| key == name);
    values.map(|(_, value)| value.into_owned()).collect()
}

fn number(request: &Request, name: &str) -> Option<i64> {
    asked(request, name)
        .first()
        .map(|text| text.parse().unwrap())
}

impl World {
    fn answer(&mut self, request: &Request) -> ResponseTemplate {
        let address = request.url.as_str();
        let faults = self.faults.iter();
        let fault = faults.clone().position(|(part, _)| address.contains(part));
        if let Some(fault) = fault {
            return self.faults.remove(fault).1;
        }
        let header = |name: &str| {
            request
                .headers
                .get(name)
                .map(|value| value.to_str().unwrap())
        };
        let presented = header("authorization").unwrap_or_default();
        let may = |audience: &str, scheme: &str| {
            let token = presented.strip_prefix(scheme);
            token.is_some_and(|token| {
                self.tokens
                    .contains(&(audience.to_owned(), token.to_owned()))
            })
        };
        let unauthorized = core_error(401, json!({ "token": "no" }));
        match request.url.path() {
            "/core/v2/authentication/token/basic" => {
                let known = STANDARD.encode(format!("{LOGIN}:{PASSWORD}"));
                if presented != format!("Basic {known}") {
                    return unauthorized;
                }
                let body: Value = request.body_json().unwrap();
                self.nadeo_tokens(body["audience"].as_str().unwrap())
            }
            "/core/v2/authentication/token/refresh" => {
                let token = presented.strip_prefix("nadeo_v1 t=").unwrap_or_default();
                let known = self.refreshes.iter().find(|(_, known)| known == token);
                let Some(known) = known.cloned() else {
                    return unauthorized;
                };
                self.refreshes.remove(&known);
                self.nadeo_tokens(&known.0)
            }
            "/core/maps/by-uid/" if !may("NadeoServices", "nadeo_v1 t=") => unauthorized,
            "/core/maps/by-uid/" => self.maps(request),
            path if path.starts_with("/live/") && !may("NadeoLiveServices", "nadeo_v1 t=") => {
                ResponseTemplate::new(401).set_body_json(json!(["token:error"]))
            }
            path if path.ends_with("/top") => {
                let uid = path.rsplit('/').nth(1).unwrap();
                self.top(uid, request)
            }
            "/live/api/token/leaderboard/group/map" => self.positions(request),
            "/public/api/access_token" => self.public_token(request),
            "/public/api/user" => self.own_account(presented),
            path if path.starts_with("/public/") && !may("public", "Bearer ") => {
                ResponseTemplate::new(401)
            }
            "/public/api/display-names" => self.display_names(request),
            "/public/api/display-names/account-ids" => self.account_ids(request),
            "/exchange/api/maps" => exchange::answer(&self.listed, request),
            path => panic!("nobody answers {path}"),
        }
    }

    /// Access for an hour, of which the second half is for renewing it; for that, a day.
    fn nadeo_tokens(&mut self, audience: &str) -> ResponseTemplate {
        self.made += 1;
        let now = self.clock.now().as_second();
        let jwt = |kind: &str, lasts: i64| {
            let claims = json!({
                "jti": format!("{kind}-{}", self.made), "aud": audience, "sub": account(OWN), "iat": now,
                "rat": now + lasts / 2, "exp": now + lasts,
            });
            format!("e30.{}.bm9uZQ", URL_SAFE_NO_PAD.encode(claims.to_string()))
        };
        let (access, refresh) = (jwt("access", 3_600), jwt("refresh", 86_400));
        let keyed = |token: &String| (audience.to_owned(), token.clone());
        self.tokens.insert(keyed(&access));
        self.refreshes.insert(keyed(&refresh));
        json_of(json!({ "accessToken": access, "refreshToken": refresh }))
    }

    fn maps(&self, request: &Request) -> ResponseTemplate {
        let uids = asked(request, "mapUidList");
        let known = uids[0]
            .split(',')
            .filter(|uid| self.maps.contains_key(*uid));
        let maps = known.map(|uid| {
            json!({
                "author": account(MAPPER), "authorScore": 20_000, "goldScore": 22_000, "silverScore": 25_000,
                "bronzeScore": 30_000, "mapId": account(7), "mapType": "TrackMania\\TM_Race", "mapUid": uid,
                "name": format!("$f00{uid}$z map"), "timestamp": "2025-10-23T17:05:25+00:00",
                "createdWithSimpleEditor": null,
            })
        });
        json_of(maps.collect())
    }

    /// At most a hundred, however many are asked for, and five of somewhere without `onlyWorld`. Of a map that doesn't
    /// exist we are the first.
    fn top(&self, uid: &str, request: &Request) -> ResponseTemplate {
        let Some(rows) = self.maps.get(uid) else {
            return json_of(board(uid, &[row(OWN, 1, 60_000)]));
        };
        let of_world = asked(request, "onlyWorld") == ["true"];
        let (length, offset) = match of_world {
            true => (
                number(request, "length").unwrap_or(5),
                number(request, "offset").unwrap_or(0),
            ),
            false => (5, 0),
        };
        let rows = rows.iter().skip(usize::try_from(offset).unwrap());
        let rows: Vec<_> = rows
            .take(usize::try_from(length.min(100)).unwrap())
            .cloned()
            .collect();
        json_of(board(uid, &rows))
    }

    /// Where times would rank. Whoever asks of a map that the body doesn't name has broken it.
    fn positions(&self, request: &Request) -> ResponseTemplate {
        let body: Value = request.body_json().unwrap();
        let named: Vec<&str> = body["maps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|map| map["mapUid"].as_str().unwrap())
            .collect();
        let mut told = Vec::new();
        for (key, score) in request.url.query_pairs() {
            let uid = key
                .strip_prefix("scores[")
                .and_then(|rest| rest.strip_suffix(']'))
                .unwrap();
            if !named.contains(&uid) || named.len() > 50 {
                return ResponseTemplate::new(500);
            }
            let score: i64 = score.parse().unwrap();
            let rows = self.maps.get(uid).map_or(&[][..], Vec::as_slice);
            let faster = rows
                .iter()
                .filter(|row| row["score"].as_i64().unwrap() < score);
            let ranking = json!({ "position": faster.count() + 1, "length": 0 });
            let zones = json!([{ "zoneId": account(1), "zoneName": "World", "ranking": ranking }]);
            told.push(json!({ "groupUid": "Personal_Best", "mapUid": uid, "score": score, "zones": zones }));
        }
        json_of(told.into())
    }
}
