use http::Method;
use serde_json::{Value, json};

use super::{Answer, Api, Call, EventStream};

pub const PASSWORD: &str = "a long password";

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Player {
    pub id: String,
    pub email: String,
    pub token: String,
    pub refresh: String,
    pub api: Api,
}

/// A game's own server.
#[derive(Clone, Debug)]
pub struct GameService {
    pub id: String,
    pub key: String,
    api: Api,
}

#[derive(Clone, Debug)]
pub struct ActionToken {
    pub text: String,
    pub action_id: String,
    pub expires_at: String,
}

impl Player {
    /// From the answer of a sign-up or a sign-in.
    pub fn of(api: &Api, answer: &Value, email: &str) -> Self {
        let text = |value: &Value| {
            value
                .as_str()
                .unwrap_or_else(|| panic!("{answer}"))
                .to_owned()
        };
        Self {
            id: text(&answer["user"]["id"]),
            email: email.to_owned(),
            token: text(&answer["accessToken"]),
            refresh: text(&answer["refreshToken"]),
            api: api.clone(),
        }
    }

    pub fn user_id(&self) -> kernel::UserId {
        self.id.parse().expect("an id of a user")
    }

    pub fn uuid(&self) -> uuid::Uuid {
        self.user_id().uuid()
    }

    /// The same person at another server.
    pub fn at(&self, api: &Api) -> Self {
        Self {
            api: api.clone(),
            ..self.clone()
        }
    }

    pub fn call(&self, method: Method, path: &str) -> Call {
        self.api.call(method, path).bearer(&self.token)
    }

    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    pub fn patch(&self, path: &str) -> Call {
        self.call(Method::PATCH, path)
    }

    pub fn put(&self, path: &str) -> Call {
        self.call(Method::PUT, path)
    }

    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }

    /// Watches what concerns this person, from after the first `resync` on.
    pub async fn own_events(&self, query: &str) -> EventStream {
        let mut stream = EventStream::open(self.get(&format!("/events{query}"))).await;
        stream.next_named("resync").await;
        stream
    }

    /// A ticket for one event stream.
    pub async fn event_ticket(&self) -> String {
        let answer = self.post("/events/ticket").await.assert_ok();
        answer["ticket"].as_str().unwrap_or_default().to_owned()
    }

    /// Hands in a score.
    pub fn submit(&self, token: &ActionToken, score: u64) -> Call {
        self.submit_text(&token.text, &json!(score))
    }

    /// Hands in any text and any value.
    pub fn submit_text(&self, token: &str, score: &Value) -> Call {
        self.post("/scores")
            .json(&json!({ "actionToken": token, "scoreDelta": score }))
    }

    /// A whole round: vouched for, handed in, counted.
    pub async fn score(&self, service: &GameService, game: &str, score: u64) -> Value {
        let token = service.vouch(self, game, score).await;
        self.submit(&token, score).await.assert_ok()
    }

    pub async fn refresh(&self, token: &str) -> Answer {
        self.api
            .post("/auth/refresh")
            .json(&json!({ "refreshToken": token }))
            .await
    }

    /// As an administrator: a key for a game's server.
    pub async fn game_service(&self, games: &[&str]) -> GameService {
        let games = if games.is_empty() {
            Value::Null
        } else {
            json!(games)
        };
        let body = json!({ "name": "A game's server", "gameIds": games });
        let answer = self
            .post("/admin/api-keys")
            .json(&body)
            .await
            .assert_created();
        GameService {
            id: answer["id"].as_str().unwrap_or_default().to_owned(),
            key: answer["key"].as_str().unwrap_or_default().to_owned(),
            api: self.api.clone(),
        }
    }

    /// As an administrator: a leaderboard.
    pub async fn make_board(&self, body: Value) -> Value {
        self.post("/admin/leaderboards")
            .json(&body)
            .await
            .assert_created()
    }
}

impl GameService {
    /// Vouches for a player up to a score.
    pub async fn vouch(&self, player: &Player, game: &str, max_score: u64) -> ActionToken {
        let body = json!({ "userId": player.id, "gameId": game, "maxScore": max_score });
        self.vouch_with(&body).await
    }

    pub async fn vouch_with(&self, body: &Value) -> ActionToken {
        let answer = self.call(body).await.assert_created();
        let text = |name: &str| {
            answer[name]
                .as_str()
                .unwrap_or_else(|| panic!("{answer}"))
                .to_owned()
        };
        ActionToken {
            text: text("actionToken"),
            action_id: text("actionId"),
            expires_at: text("expiresAt"),
        }
    }

    pub fn call(&self, body: &Value) -> Call {
        self.api.post("/actions").key(&self.key).json(body)
    }

    /// The same game's server, talking to another of ours.
    pub fn at(&self, api: &Api) -> Self {
        Self {
            api: api.clone(),
            ..self.clone()
        }
    }
}
