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
        let action = Action {
            user_id: user,
            game_id: play.game.id(),
            max_score: play.value,
        };
        let vouched: Vouched = self.post("actions", &[key], &action).await?;
        let bearer = format!("Bearer {}", access_token.expose());
        let score = Score {
            action_token: &vouched.action_token,
            score_delta: play.value,
        };
        // With the key too: whoever shows one isn't held to the limit per address, which all players share.
        let counted: Counted = self
            .post("scores", &[key, ("Authorization", &bearer)], &score)
            .await?;
        let known = |result: &Standing| Some((Track::by_id(&result.id)?, result.score));
        Ok(counted.leaderboards.iter().filter_map(known).collect())
    }

    /// Who stands where on a board, the best first.
    pub async fn standings(&self, track: Track) -> Result<HashMap<UserId, u64>, Error> {
        let mut scores = HashMap::new();
        let mut cursor = String::new();
        for _ in 0..MOST_PAGES {
            let url = format!(
                "{}/leaderboards/{}/entries?limit=100{cursor}",
                self.api,
                track.id()
            );
            let page: Page = self.http.get_json(&url, MOST_BYTES).await?;
            scores.extend(
                page.entries
                    .iter()
                    .map(|entry| (entry.user_id, entry.score)),
            );
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
        self.http
            .post_json(&format!("{}/{path}", self.api), headers, body, MOST_BYTES)
            .await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wiremock::matchers::{
        body_json, header, method, path, query_param, query_param_is_missing,
    };
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;
    use crate::world::Game;

    const USER: &str = "usr_01h455vb4pex5vsknk084sn02q";

    fn client(server: &MockServer) -> Client {
        Client::new(&server.uri(), Secret::new("gsk_test")).unwrap()
    }

    #[tokio::test]
    async fn a_play_is_vouched_for_and_claimed() {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/api/v1/actions"))
            .and(header("X-Api-Key", "gsk_test"))
            .and(body_json(
                json!({ "userId": USER, "gameId": "demo-sky-racer", "maxScore": 31_000 }),
            ))
            .respond_with(
                ResponseTemplate::new(201)
                    .set_body_json(json!({ "actionToken": "token", "actionId": "x" })),
            )
            .expect(1)
            .mount(&server)
            .await;
        Mock::given(method("POST"))
            .and(path("/api/v1/scores"))
            .and(header("X-Api-Key", "gsk_test"))
            .and(header("Authorization", "Bearer access"))
            .and(body_json(
                json!({ "actionToken": "token", "scoreDelta": 31_000 }),
            ))
            .respond_with(
                ResponseTemplate::new(200).set_body_json(json!({ "leaderboards": [
                { "id": "global", "score": 99_000, "rank": null, "improved": true },
                { "id": "demo-sky-racer", "score": 30_500, "rank": 3, "improved": false },
                { "id": "of-an-admin", "score": 1, "rank": 1, "improved": true },
            ] })),
            )
            .expect(1)
            .mount(&server)
            .await;
        let play = Move {
            player: 0,
            game: Game::SkyRacer,
            value: 31_000,
        };
        let scores = client(&server)
            .play(USER.parse().unwrap(), &Secret::new("access"), play)
            .await
            .unwrap();
        assert_eq!(
            scores,
            [(Track::Global, 99_000), (Track::Of(Game::SkyRacer), 30_500)]
        );
    }

    #[tokio::test]
    async fn a_refusal_is_told_by_its_status() {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(401))
            .expect(1)
            .mount(&server)
            .await;
        let play = Move {
            player: 0,
            game: Game::SkyRacer,
            value: 1,
        };
        let refused = client(&server)
            .play(USER.parse().unwrap(), &Secret::new("access"), play)
            .await;
        assert!(matches!(refused, Err(Error::Status(401))));
    }

    #[tokio::test]
    async fn boards_are_read_page_by_page() {
        let server = MockServer::start().await;
        let entries = path("/api/v1/leaderboards/global/entries");
        Mock::given(entries)
            .and(query_param_is_missing("cursor"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({
                "total": 2, "entries": [{ "userId": USER, "score": 7, "rank": 1 }], "nextCursor": "bmV4dA",
            })))
            .mount(&server)
            .await;
        Mock::given(query_param("cursor", "bmV4dA"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({
                "total": 2, "entries": [{ "userId": "usr_7zzzzzzzzzzzzzzzzzzzzzzzzz", "score": 5, "rank": 2 }],
                "nextCursor": null,
            })))
            .expect(1)
            .mount(&server)
            .await;
        let standings = client(&server).standings(Track::Global).await.unwrap();
        assert_eq!(standings.len(), 2);
        assert_eq!(standings.get(&USER.parse().unwrap()), Some(&7));
    }
}
