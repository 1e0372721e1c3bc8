//! What simulated players and their games ask of a server: nothing that any other client couldn't.

use std::collections::HashMap;

use kernel::{Secret, UserId};
use outbound::Error;
use serde::{Deserialize, Serialize};

use crate::world::{Move, Track};

/// Answers are a few kilobytes; a page of a board is the longest.
const MOST_BYTES: usize = 256 * 1024;
/// Pages of 100 that are read of a board: made-up players further down are met when they play.
const MOST_PAGES: usize = 5;

/// The public API of one server.
pub(crate) struct Client {
    http: outbound::Client,
    /// Ends in `/api/v1`.
    api: String,
    api_key: Secret,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Action {
    user_id: UserId,
    game_id: &'static str,
    max_score: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vouched {
    action_token: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Score<'a> {
    action_token: &'a str,
    score_delta: u64,
}

#[derive(Deserialize)]
struct Counted {
    leaderboards: Vec<Standing>,
}

#[derive(Deserialize)]
struct Standing {
    id: String,
    score: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    entries: Vec<Entry>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    user_id: UserId,
    score: u64,
}

impl Client {
    /// `base_url` is where the server listens, such as `http://127.0.0.1:3000`.
    pub fn new(base_url: &str, api_key: Secret) -> Result<Self, Error> {
        Ok(Self {
            http: outbound::Client::loopback("simulated players, --demo")?,
            api: format!("{}/api/v1", base_url.trim_end_matches('/')),
            api_key,
        })
    }

    /// One play, as it goes everywhere: the game vouches for it, the player claims it. Gives the player's scores
    /// after it.
    pub async fn play(
        &self,
        user: UserId,
        access_token: &Secret,
        play: Move,
    ) -> Result<Vec<(Track, u64)>, Error> {
        let key = ("X-Api-Key", self.api_key.expose());
        let action = Action { user_id: user, game_id: play.game.id(), max_score: play.value };
        let vouched: Vouched = self.post("actions", &[key], &action).await?;
        let bearer = format!("Bearer {}", access_token.expose());
        let score = Score { action_token: &vouched.action_token, score_delta: play.value };
        // With the key too: whoever shows one isn't held to the limit per address, which all players share.
        let counted: Counted = self.post("scores", &[key, ("Authorization", &bearer)], &score).await?;
        let known = |result: &Standing| Some((Track::by_id(&result.id)?, result.score));
        Ok(counted.leaderboards.iter().filter_map(known).collect())
    }

    /// Who stands where on a board, the best first.
    pub async fn standings(&self, track: Track) -> Result<HashMap<UserId, u64>, Error> {
        let mut scores = HashMap::new();
        let mut cursor = String::new();
        for _ in 0..MOST_PAGES {
            let url = format!("{}/leaderboards/{}/entries?limit=100{cursor}", self.api, track.id());
            let page: Page = self.http.get_json(&url, MOST_BYTES).await?;
            scores.extend(page.entries.iter().map(|entry| (entry.user_id, entry.score)));
            match page.next_cursor {
                // Cursors are base64url: nothing in them needs escaping.
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        Ok(scores)
    }

    async fn post<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &impl Serialize,
    ) -> Result<T, Error> {
        self.http.post_json(&format!("{}/{path}", self.api), headers, body, MOST_BYTES).await
    }
}
