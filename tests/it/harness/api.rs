use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};

use http::Method;
use reqwest::{Client, RequestBuilder};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Answer, Board, EventStream, GameService, PASSWORD, Player};

static COUNT: AtomicU64 = AtomicU64::new(0);

/// A server, as its clients know it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Api {
    /// Without a slash at its end.
    pub base: String,
    client: Client,
}

/// A request that goes out when it is awaited.
#[must_use = "a request goes out when it is awaited"]
pub struct Call {
    asked: String,
    request: RequestBuilder,
}

impl Api {
    #[expect(
        clippy::disallowed_methods,
        reason = "outbound is for calls of the server, and this is its client"
    )]
    pub fn new(base: impl Into<String>) -> Self {
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build();
        Self {
            base: base.into(),
            client: client.expect("a client"),
        }
    }

    /// A path from the root, such as `/health`.
    pub fn at_root(&self, method: Method, path: &str) -> Call {
        Call {
            asked: format!("{method} {path}"),
            request: self.client.request(method, format!("{}{path}", self.base)),
        }
    }

    /// A path below `/api/v1`.
    pub fn call(&self, method: Method, path: &str) -> Call {
        self.at_root(method, &format!("/api/v1{path}"))
    }

    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }

    /// Signs up somebody new with a made-up e-mail.
    pub async fn register(&self, screen_name: &str) -> Player {
        let body =
            json!({ "email": fresh_email(), "password": PASSWORD, "screenName": screen_name });
        let answer = self
            .post("/auth/register")
            .json(&body)
            .await
            .assert_created();
        Player::of(self, &answer, body["email"].as_str().expect("just made"))
    }

    pub async fn login(&self, email: &str, password: &str) -> Player {
        let body = json!({ "email": email, "password": password });
        let answer = self.post("/auth/login").json(&body).await.assert_ok();
        Player::of(self, &answer, email)
    }

    /// The administrator whom the configuration made.
    pub async fn admin(&self) -> Player {
        self.login(super::ADMIN_EMAIL, super::ADMIN_PASSWORD).await
    }

    /// A game's own server that may vouch for these games; for all of them if none is named.
    pub async fn game_service(&self, games: &[&str]) -> GameService {
        self.admin().await.game_service(games).await
    }

    pub fn board(&self, id: &str) -> Board {
        Board::new(self, id)
    }

    /// Watches a board.
    pub async fn events(&self, board: &str) -> EventStream {
        EventStream::open(self.get(&format!("/leaderboards/{board}/events"))).await
    }

    /// The value of a metric, summed over the lines that hold all of `labels`.
    pub async fn metric(&self, name: &str, labels: &[&str]) -> f64 {
        let text = self
            .at_root(Method::GET, "/metrics")
            .await
            .assert_status(200)
            .text();
        let lines = text.lines().filter(|line| {
            let after = line.strip_prefix(name);
            after.is_some_and(|rest| rest.starts_with(['{', ' ']))
                && labels.iter().all(|label| line.contains(label))
        });
        lines
            .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    }
}

pub fn fresh_email() -> String {
    format!(
        "player-{}@example.com",
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}

impl Call {
    pub fn bearer(mut self, token: &str) -> Self {
        self.request = self.request.bearer_auth(token);
        self
    }

    pub fn key(self, key: &str) -> Self {
        self.header("X-Api-Key", key)
    }

    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.request = self.request.header(name, value.as_ref());
        self
    }

    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.request = self.request.json(body);
        self
    }

    /// Text that says of itself that it is JSON.
    pub fn json_text(self, body: impl Into<String>) -> Self {
        self.header("Content-Type", "application/json")
            .body(body.into())
    }

    pub fn body(mut self, body: impl Into<reqwest::Body>) -> Self {
        self.request = self.request.body(body);
        self
    }

    /// Without reading the body.
    pub async fn open(self) -> Result<reqwest::Response, reqwest::Error> {
        self.request.send().await
    }

    /// For where the server may not be there.
    pub async fn attempt(self) -> Result<Answer, reqwest::Error> {
        let response = self.request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await?.to_vec();
        Ok(Answer {
            asked: self.asked,
            status,
            headers,
            body,
        })
    }
}

impl IntoFuture for Call {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let asked = self.asked.clone();
            self.attempt()
                .await
                .unwrap_or_else(|error| panic!("{asked}: no answer: {error:?}"))
        })
    }
}

/// A list's items and its next cursor.
pub fn page_of(page: &Value, name: &str) -> (Vec<Value>, Option<String>) {
    let items = page[name]
        .as_array()
        .unwrap_or_else(|| panic!("no {name}: {page}"))
        .clone();
    (items, page["nextCursor"].as_str().map(str::to_owned))
}
