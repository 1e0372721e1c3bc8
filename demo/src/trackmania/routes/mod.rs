//! The services around Trackmania, as far as Grandstand asks them: Nadeo's Core and Live, the public API and Trackmania Exchange,
//! with what is strange about them. <https://webservices.openplanet.dev> and <https://api2.mania.exchange> describe the real
//! ones.

mod core;
mod exchange;
mod live;
mod public;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use kernel::Clock;
use parking_lot::Mutex;
use uuid::Uuid;

use super::tokens::{Claims, Signer};
use super::{SERVICE_ACCOUNT, Trackmania};
use crate::chance::mix;

/// Calls that are told apart when they are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Of all audiences.
    Tokens,
    Maps,
    /// A part of a leaderboard.
    Boards,
    Surrounds,
    Positions,
    Names,
    /// Trackmania Exchange.
    Exchange,
    Other,
}

impl Kind {
    fn of(path: &str) -> Self {
        match path {
            core::LOG_IN | core::REFRESH | public::TOKEN => Self::Tokens,
            core::MAPS => Self::Maps,
            live::TOP => Self::Boards,
            live::SURROUND => Self::Surrounds,
            live::POSITIONS => Self::Positions,
            public::NAMES | public::ACCOUNTS => Self::Names,
            exchange::MAPS => Self::Exchange,
            _ => Self::Other,
        }
    }
}

/// How often it was asked, and what. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<Mutex<HashMap<Kind, u64>>>);

impl Calls {
    pub fn of(&self, kind: Kind) -> u64 {
        self.0.lock().get(&kind).copied().unwrap_or(0)
    }

    pub fn total(&self) -> u64 {
        self.0.lock().values().sum()
    }

    fn count(&self, kind: Kind) {
        *self.0.lock().entry(kind).or_default() += 1;
    }
}

/// How the services behave beyond what they know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conduct {
    /// Before each answer.
    pub latency: Duration,
    /// Positions are those of up to so many seconds ago.
    pub late: u32,
    /// Now and then, positions are an empty list.
    pub is_forgetful: bool,
}

#[derive(Clone)]
struct Served {
    world: Trackmania,
    clock: Clock,
    conduct: Conduct,
    calls: Calls,
    signer: Signer,
    /// Codes that were exchanged.
    used: Arc<Mutex<HashSet<String>>>,
    /// Of tokens, so that no two are the same.
    given: Arc<AtomicU64>,
}

/// All of them at one address.
pub fn router(world: Trackmania, conduct: Conduct, calls: Calls, clock: Clock) -> Router {
    let signer = Signer(mix(world.0.seed, 0x51_96e2));
    let served = Served {
        world,
        clock,
        conduct,
        calls,
        signer,
        used: Arc::default(),
        given: Arc::default(),
    };
    Router::new()
        .route(core::LOG_IN, post(core::log_in))
        .route(core::REFRESH, post(core::refresh))
        .route(core::MAPS, get(core::maps))
        .route(live::TOP, get(live::top))
        .route(live::SURROUND, get(live::surround))
        .route(live::POSITIONS, post(live::positions))
        .route(public::AUTHORIZE, get(public::authorize))
        .route(public::TOKEN, post(public::token))
        .route(public::USER, get(public::user))
        .route(public::NAMES, get(public::names))
        .route(public::ACCOUNTS, get(public::accounts))
        .route(exchange::MAPS, get(exchange::maps))
        .route_layer(middleware::from_fn_with_state(served.clone(), count))
        .fallback(async || live::Refused::NOT_FOUND)
        .with_state(served)
}

async fn count(State(served): State<Served>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    served
        .calls
        .count(path.map_or(Kind::Other, |path| Kind::of(path.as_str())));
    if !served.conduct.latency.is_zero() {
        tokio::time::sleep(served.conduct.latency).await;
    }
    next.run(request).await
}

impl Served {
    fn second(&self) -> i64 {
        self.clock.now().as_second()
    }

    fn nonce(&self) -> u64 {
        let given = self.given.fetch_add(1, Ordering::Relaxed);
        mix(self.second().unsigned_abs(), given)
    }

    /// Whose token it is, if it is one for the audience.
    fn caller(&self, headers: &HeaderMap, scheme: &str, audience: &str) -> Option<Claims> {
        let presented = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let token = presented.strip_prefix(scheme)?;
        self.signer.read(token, audience, self.second())
    }

    /// Whose tokens the service account's are. It never drives.
    fn service_account(&self) -> Uuid {
        let name = SERVICE_ACCOUNT.0.bytes();
        let folded = name.fold(self.world.0.seed, |so_far, byte| mix(so_far, byte.into()));
        let random = (u128::from(folded) << 64) | u128::from(mix(folded, 1));
        uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid()
    }
}

/// The pairs of an address's query, decoded.
struct Asked(Vec<(String, String)>);

impl Asked {
    fn read(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.0.iter().filter(move |(one, _)| one == name);
        named.map(|(_, value)| value.as_str())
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name).and_then(|value| value.parse().ok())
    }
}
