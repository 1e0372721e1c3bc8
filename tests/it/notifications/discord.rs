use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use wiremock::matchers::{body_json, header, header_regex, method, path, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{delivered, newest, review, told_of_closing};
use crate::harness::{Player, TestApp, eventually};

const USER: &str = "80351110224678912";
const CHANNEL: &str = "90351110224678912";

/// A stand-in that keeps to Discord's contract; `answers` are given to messages, the last again and again.
struct World {
    app: TestApp,
    ada: Player,
    discord: MockServer,
}

async fn world(answers: Vec<ResponseTemplate>) -> World {
    let discord = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/users/@me/channels"))
        .and(header("authorization", "Bot secret-token"))
        .and(header_regex(
            "user-agent",
            r"^DiscordBot \(http.*, \d+\.\d+\.\d+\)$",
        ))
        .and(body_json(json!({ "recipient_id": USER })))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "id": CHANNEL, "type": 1 })))
        .mount(&discord)
        .await;
    let said = Arc::new(AtomicUsize::new(0));
    Mock::given(method("POST"))
        .and(path(format!("/channels/{CHANNEL}/messages")))
        .respond_with(move |_: &Request| {
            let index = said.fetch_add(1, Ordering::Relaxed);
            answers[index.min(answers.len() - 1)].clone()
        })
        .mount(&discord)
        .await;
    let app = TestApp::builder()
        .setting("DISCORD_BOT_TOKEN", "secret-token")
        .setting("DISCORD_API_URL", discord.uri())
        .start()
        .await;
    let ada = linked(&app, "Ada", USER).await;
    World { app, ada, discord }
}

/// A player who wants direct messages to this account.
async fn linked(app: &TestApp, name: &str, account: &str) -> Player {
    let player = app.register(name).await;
    let link = json!({ "discordId": account, "username": "somebody" });
    player.post("/link/discord").json(&link).await.assert_ok();
    let grid = json!({ "grid": { "review_ready": { "discord": "immediate" } } });
    player
        .put("/notifications/preferences")
        .json(&grid)
        .await
        .assert_ok();
    player
}

impl World {
    async fn calls(&self, end: &str) -> Vec<Value> {
        let requests = self.discord.received_requests().await.unwrap();
        let mut calls = requests
            .iter()
            .filter(|call| call.url.path().ends_with(end));
        calls
            .by_ref()
            .map(|call| call.body_json().unwrap())
            .collect()
    }
}

fn sent() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "id": "1" }))
}

fn refusal(status: u16, code: i64) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({ "code": code, "message": "no" }))
}

#[tokio::test]
async fn a_direct_message_is_sent_and_its_channel_remembered() {
    let world = world(vec![sent()]).await;
    let (app, ada) = (&world.app, &world.ada);
    for title in ["@everyone one", "two"] {
        app.advance(1);
        app.notify(ada, &review(title)).await;
        delivered(ada, "discord", "sent").await;
    }
    assert_eq!(
        world.calls("/channels").await.len(),
        1,
        "the channel is opened once"
    );
    let messages = world.calls("/messages").await;
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0]["embeds"][0]["title"], "\\@everyone one");
    assert!(
        messages[0]["embeds"][0]["url"]
            .as_str()
            .unwrap()
            .ends_with("/reviews/1")
    );
    assert_eq!(messages[0]["allowed_mentions"], json!({ "parse": [] }));
    assert_eq!(messages[0]["enforce_nonce"], true);
    assert_ne!(messages[0]["nonce"], messages[1]["nonce"]);
}

#[tokio::test]
async fn a_limit_is_kept_for_as_long_as_discord_says() {
    for (limit, wait) in [
        (
            ResponseTemplate::new(429)
                .insert_header("retry-after", "65")
                .insert_header("x-ratelimit-bucket", "b")
                .set_body_json(json!({ "message": "slow", "retry_after": 64.57, "global": false })),
            65,
        ),
        (
            ResponseTemplate::new(429)
                .insert_header("x-ratelimit-global", "true")
                .set_body_json(json!({ "message": "slow", "retry_after": 300.5, "global": true })),
            301,
        ),
        (
            ResponseTemplate::new(429).insert_header("retry-after", "600"),
            600,
        ),
    ] {
        let world = world(vec![limit, sent()]).await;
        let (app, ada) = (&world.app, &world.ada);
        app.notify(ada, &review("one")).await;
        eventually("Discord said to wait", async || {
            let first = newest(ada).await["deliveries"][0].clone();
            (first["attempts"] == 1 && first["status"] == "pending").then_some(())
        })
        .await;
        app.advance(wait - 2);
        app.notify(ada, &review("two")).await;
        eventually("the second waits unsent", async || {
            let first = newest(ada).await["deliveries"][0].clone();
            first["reason"]
                .as_str()
                .is_some_and(|reason| reason.contains("asked us to wait"))
                .then_some(())
        })
        .await;
        assert_eq!(world.calls("/messages").await.len(), 1);
        app.advance(60);
        eventually("both are sent", async || {
            let sent = app
                .database
                .count("select count(*) from deliveries where status = 'sent'")
                .await;
            (sent == 2).then_some(())
        })
        .await;
        let messages = world.calls("/messages").await;
        assert_eq!(messages.len(), 3);
        assert!(
            messages[1..]
                .iter()
                .any(|message| message["nonce"] == messages[0]["nonce"]),
            "the same again"
        );
    }
}

#[tokio::test]
async fn a_limit_of_one_channel_holds_up_nobody_else_and_a_global_one_everybody() {
    for global in [false, true] {
        let discord = MockServer::start().await;
        let open = |request: &Request| {
            let body: Value = request.body_json().unwrap();
            let channel = format!("9{}", body["recipient_id"].as_str().unwrap());
            ResponseTemplate::new(200).set_body_json(json!({ "id": channel, "type": 1 }))
        };
        Mock::given(path("/users/@me/channels"))
            .respond_with(open)
            .mount(&discord)
            .await;
        let limit = json!({ "message": "slow down", "retry_after": 300.5, "global": global });
        Mock::given(path(format!("/channels/9{USER}/messages")))
            .respond_with(ResponseTemplate::new(429).set_body_json(limit))
            .up_to_n_times(1)
            .mount(&discord)
            .await;
        Mock::given(path_regex("^/channels/9[0-9]+/messages$"))
            .respond_with(sent())
            .mount(&discord)
            .await;
        let app = TestApp::builder()
            .setting("DISCORD_BOT_TOKEN", "secret-token")
            .setting("DISCORD_API_URL", discord.uri())
            .start()
            .await;
        let ada = linked(&app, "Ada", USER).await;
        let bob = linked(&app, "Bob", "80351110224678913").await;
        app.notify(&ada, &review("one")).await;
        eventually("Discord said to wait", async || {
            let first = newest(&ada).await["deliveries"][0].clone();
            (first["attempts"] == 1 && first["status"] == "pending").then_some(())
        })
        .await;
        app.notify(&bob, &review("two")).await;
        if global {
            eventually("his waits unsent", async || {
                let first = newest(&bob).await["deliveries"][0].clone();
                let reason = first["reason"].as_str()?;
                reason.contains("asked us to wait").then_some(())
            })
            .await;
            let calls = discord.received_requests().await.unwrap();
            assert_eq!(calls.len(), 2, "what opened her channel, and the refused");
        } else {
            assert_eq!(delivered(&bob, "discord", "sent").await["attempts"], 1);
        }
        app.advance(301);
        delivered(&ada, "discord", "sent").await;
        delivered(&bob, "discord", "sent").await;
    }
}

#[tokio::test]
async fn a_server_error_is_tried_again_under_the_same_nonce() {
    let world = world(vec![refusal(503, 130_000), sent()]).await;
    world.app.notify(&world.ada, &review("one")).await;
    eventually("the first attempt failed", async || {
        let first = newest(&world.ada).await["deliveries"][0].clone();
        (first["status"] == "pending" && first["attempts"] == 1).then_some(())
    })
    .await;
    world.app.advance(60);
    assert_eq!(
        delivered(&world.ada, "discord", "sent").await["attempts"],
        2
    );
    let messages = world.calls("/messages").await;
    assert_eq!(messages[0]["nonce"], messages[1]["nonce"]);
}

#[tokio::test]
async fn an_account_that_takes_no_messages_is_left_alone_and_its_owner_told() {
    for answer in [
        refusal(403, 50007),
        refusal(400, 50007),
        refusal(403, 50278),
    ] {
        let world = world(vec![answer, sent()]).await;
        let (app, ada) = (&world.app, &world.ada);
        app.notify(ada, &review("one")).await;
        let told = told_of_closing(ada).await;
        assert!(told["title"].as_str().unwrap().contains("Discord"));
        let seen = ada.get("/notifications/preferences").await.assert_ok();
        assert_eq!(seen["channels"]["discord"], "closed");
        app.advance(300);
        app.notify(ada, &review("two")).await;
        assert_eq!(
            newest(ada).await["deliveries"],
            json!([]),
            "nothing is tried"
        );
        assert_eq!(
            world.calls("/messages").await.len(),
            1,
            "a refusal is never sent again"
        );
        let grid = json!({ "grid": { "review_ready": { "discord": "immediate" } } });
        ada.put("/notifications/preferences")
            .json(&grid)
            .await
            .assert_ok();
        app.advance(1);
        app.notify(ada, &review("three")).await;
        delivered(ada, "discord", "sent").await;
    }
}

#[tokio::test]
async fn a_token_that_is_no_longer_good_stops_everything() {
    let world = world(vec![refusal(401, 0)]).await;
    let (app, ada) = (&world.app, &world.ada);
    app.notify(ada, &review("one")).await;
    eventually("the first was refused", async || {
        let first = newest(ada).await["deliveries"][0].clone();
        (first["status"] == "pending" && first["attempts"] == 1).then_some(())
    })
    .await;
    app.advance(1);
    app.notify(ada, &review("two")).await;
    eventually("the second is not even tried", async || {
        let delivery = newest(ada).await["deliveries"][0].clone();
        delivery["reason"].is_string().then_some(())
    })
    .await;
    assert_eq!(world.calls("/messages").await.len(), 1);
}

#[tokio::test]
async fn nobody_is_written_to_for_a_mere_claim_where_that_is_not_allowed() {
    let app = TestApp::builder()
        .setting("DISCORD_BOT_TOKEN", "secret-token")
        .setting("DISCORD_API_URL", "http://127.0.0.1:1")
        .setting("ALLOW_UNVERIFIED_LINKS", "false")
        .start()
        .await;
    let ada = app.register("Ada").await;
    let link = json!({ "discordId": USER, "username": "ada" });
    ada.post("/link/discord").json(&link).await.assert_ok();
    let state = async || {
        let preferences = ada.get("/notifications/preferences").await.assert_ok();
        preferences["channels"]["discord"].clone()
    };
    assert_eq!(state().await, "unverified");
    let proven = format!(
        "update identities set verified = true where user_id = '{}'",
        ada.uuid()
    );
    app.database.execute(&proven).await;
    assert_eq!(state().await, "ready");
}

#[tokio::test]
async fn a_message_that_makes_no_sense_is_given_up() {
    let world = world(vec![refusal(400, 50035)]).await;
    world.app.notify(&world.ada, &review("one")).await;
    delivered(&world.ada, "discord", "failed").await;
}
