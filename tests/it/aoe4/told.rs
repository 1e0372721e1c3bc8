//! How a player hears of a review outside of the web app.

use serde_json::{Value, json};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::World;
use crate::harness::{AoE4World, eventually};

const USER: &str = "80351110224678912";
const CHANNEL: &str = "90351110224678912";

/// A stand-in of Discord's that takes messages to the player.
async fn discord() -> MockServer {
    let discord = MockServer::start().await;
    for (at, answer) in [
        (
            "/users/@me/channels".to_owned(),
            json!({ "id": CHANNEL, "type": 1 }),
        ),
        (
            format!("/channels/{CHANNEL}/messages"),
            json!({ "id": "1" }),
        ),
    ] {
        Mock::given(method("POST"))
            .and(path(at))
            .and(header("authorization", "Bot secret-token"))
            .respond_with(ResponseTemplate::new(200).set_body_json(answer))
            .mount(&discord)
            .await;
    }
    discord
}

/// Waits for so many messages, and gives them.
async fn messages(discord: &MockServer, count: usize) -> Vec<Value> {
    let messages = eventually("the message is sent", async || {
        let requests = discord.received_requests().await.unwrap();
        let messages = requests
            .iter()
            .filter(|request| request.url.path().ends_with("/messages"));
        let messages: Vec<Value> = messages
            .map(|request| request.body_json().unwrap())
            .collect();
        (messages.len() >= count).then_some(messages)
    });
    messages.await
}

#[tokio::test]
async fn the_end_of_a_wish_is_a_direct_message_with_an_embed_and_a_link() {
    let discord = discord().await;
    let settings = [
        ("DISCORD_BOT_TOKEN", "secret-token"),
        ("DISCORD_API_URL", &discord.uri()),
    ];
    let world = World::on(AoE4World::start().await, &settings, [2, 4]).await;
    let ada = &world.ada;
    let link = json!({ "discordId": USER, "username": "ada" });
    ada.post("/link/discord").json(&link).await.assert_ok();
    let immediate = json!({ "discord": "immediate" });
    let grid = json!({ "grid": { "review_ready": immediate, "review_failed": immediate } });
    ada.put("/notifications/preferences")
        .json(&grid)
        .await
        .assert_ok();

    world.request(2).await;
    let review = world.reviewed(2).await;
    let sent = messages(&discord, 1).await;
    let embed = &sent[0]["embeds"][0];
    assert_eq!(
        embed["title"],
        "Your review is ready: English on Made-up Meadow"
    );
    let score = format!("{} of 100", review["scores"]["overall"]);
    let said = embed["description"].as_str().unwrap();
    assert!(said.contains(&score), "{embed}");
    let url = embed["url"].as_str().unwrap();
    let page = format!("/reviews/{}", review["id"].as_str().unwrap());
    assert!(
        url.starts_with("http://") && url.ends_with(&page),
        "{embed}"
    );
    assert_eq!(sent[0]["allowed_mentions"], json!({ "parse": [] }));

    // What is known of the match can't be read any more: no attempt helps.
    let unreadable = "update games set payload = '{}' where id = 4";
    world.app.database.execute(unreadable).await;
    let job = world.request(4).await;
    world.until(&job, "dead").await;
    let sent = messages(&discord, 2).await;
    let embed = &sent[1]["embeds"][0];
    assert_eq!(
        embed["title"],
        "No review could be made: English on Made-up Meadow"
    );
    assert!(
        embed["url"].as_str().unwrap().ends_with("/games/4"),
        "{embed}"
    );
    let history = ada.get("/notifications").await.assert_ok();
    let mut events: Vec<&str> = history["notifications"]
        .as_array()
        .unwrap()
        .iter()
        .map(|told| told["event"].as_str().unwrap())
        .collect();
    events.sort_unstable();
    assert_eq!(events, ["review_failed", "review_ready"]);
    let game = ada.get("/games/4").await.assert_ok();
    assert_eq!(
        (&game["status"], &game["reviewId"]),
        (&json!("raw"), &Value::Null)
    );
    assert_ne!(world.request(4).await, job, "it may be wished for anew");
}
