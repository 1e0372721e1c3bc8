//! A language model as the coach: what is believed of it, and what happens when it doesn't answer.

mod patience;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use serde_json::{Value, json};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::World;
use crate::harness::AoE4World;

const KEY: &str = "sk-made-up";

/// A server that speaks OpenAI's chat completions, and says what it is told to.
struct Model {
    server: MockServer,
    script: Arc<Mutex<Vec<ResponseTemplate>>>,
}

impl Model {
    /// Says each of these once, and then what stands on the facts that it was given.
    async fn saying(script: impl IntoIterator<Item = ResponseTemplate>) -> Self {
        let model = Self {
            server: MockServer::start().await,
            script: Arc::new(Mutex::new(script.into_iter().collect())),
        };
        let script = Arc::clone(&model.script);
        let answer = move |request: &Request| {
            let mut script = script.lock();
            if script.is_empty() {
                completion(&good(request))
            } else {
                script.remove(0)
            }
        };
        Mock::given(method("POST"))
            .and(path("/v1/chat/completions"))
            .and(header("authorization", format!("Bearer {KEY}").as_str()))
            .respond_with(answer)
            .mount(&model.server)
            .await;
        model
    }

    async fn world(&self) -> World {
        let base = format!("{}/v1", self.server.uri());
        let settings = [
            ("OPENAI_BASE_URL", base.as_str()),
            ("OPENAI_API_KEY", KEY),
            ("OPENAI_MODEL", "made-up-mini"),
            ("OPENAI_REQUESTS_PER_SECOND", "1000"),
        ];
        World::on(AoE4World::start().await, &settings, [2]).await
    }

    async fn asked(&self) -> Vec<Value> {
        let requests = self.server.received_requests().await.unwrap();
        requests
            .iter()
            .map(|request| request.body_json().unwrap())
            .collect()
    }
}

/// The facts that a model was given.
fn facts(request: &Request) -> Vec<String> {
    let body: Value = request.body_json().unwrap();
    let told = body["messages"][1]["content"].as_str().unwrap();
    let told = told
        .split("<match>")
        .nth(1)
        .unwrap()
        .split("</match>")
        .next()
        .unwrap();
    let told: Value = serde_json::from_str(told).unwrap();
    let facts = told["facts"].as_array().unwrap().iter();
    facts
        .map(|fact| fact["id"].as_str().unwrap().to_owned())
        .collect()
}

/// A review that cites what is there, and one claim that cites what isn't.
fn good(request: &Request) -> Value {
    let facts = facts(request);
    let timed = "me.age.feudal";
    assert!(facts.iter().any(|fact| fact == timed), "{facts:?}");
    let claim = |text: &str| json!({ "text": text, "evidence": [facts[0]] });
    let advice = |title: &str| json!({ "title": title, "text": "Practise it every day.", "evidence": [facts[1]] });
    json!({
        "opening": claim("You kept your villagers coming."),
        "wentWell": [claim("Your economy never stood still."), { "text": "You built a wonder of nothing.", "evidence": ["me.wonder"] }],
        "decided": [claim("Your opponent fell behind."), claim("You pressed on.")],
        "keyMoments": [{ "title": "You reached Feudal", "evidence": [timed] }, { "title": "Again", "evidence": [timed] }],
        "advice": [advice("Scout earlier"), advice("Spend more"), advice("Wall later")],
    })
}

fn completion(content: &Value) -> ResponseTemplate {
    reply(
        json!({ "role": "assistant", "content": content.to_string(), "refusal": null }),
        "stop",
    )
}

fn reply(message: Value, finish_reason: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "made-up-mini-2026",
        "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason }],
        "usage": { "prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200 },
    }))
}

fn error(status: u16, code: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(
        json!({ "error": { "message": "no", "type": code, "param": null, "code": code } }),
    )
}

#[tokio::test]
async fn a_model_writes_what_stands_on_facts_and_is_told_no_name() {
    let model = Model::saying([]).await;
    let world = model.world().await;
    world.upstream.change(2, |_| ());
    world.request(2).await;
    let review = world.reviewed(2).await;
    assert_eq!(review["llmModel"], "made-up-mini-2026");
    assert_eq!(review["fallback"], Value::Null);
    assert_eq!(
        review["tokens"],
        json!({ "prompt": 1000, "completion": 200 })
    );
    let text = review["summaryMd"].as_str().unwrap();
    assert!(text.contains("Your economy never stood still."), "{text}");
    assert!(!text.contains("wonder"), "{text}");
    assert_eq!(review["advice"].as_array().unwrap().len(), 3);
    assert_eq!(review["keyMoments"][0]["at"], 300);
    // Scores are computed, whoever writes.
    assert!(review["scores"]["overall"].is_u64());

    let asked = model.asked().await;
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["model"], "made-up-mini");
    assert_eq!(asked[0]["response_format"]["json_schema"]["strict"], true);
    assert_eq!(asked[0].get("stream"), None);
    let prompt = asked[0].to_string();
    assert!(
        !prompt.contains("Somebody") && !prompt.contains("Ada"),
        "{prompt}"
    );
    // Nor is the key anywhere.
    let kept = format!("select count(*) from reviews where reviews::text like '%{KEY}%'");
    assert_eq!(world.app.database.count(&kept).await, 0);
}

#[tokio::test]
async fn an_answer_that_cannot_be_taken_is_asked_for_once_more() {
    let content = |text: &str| {
        reply(
            json!({ "role": "assistant", "content": text, "refusal": null }),
            "stop",
        )
    };
    for (first, needs_more_room) in [
        (
            reply(
                json!({ "role": "assistant", "content": null, "refusal": "I can't." }),
                "stop",
            ),
            false,
        ),
        (
            reply(
                json!({ "role": "assistant", "content": "{\"", "refusal": null }),
                "length",
            ),
            true,
        ),
        (content("{}"), false),
        (content(""), false),
        (content("Well played!"), false),
        (
            reply(
                json!({ "role": "assistant", "content": null, "tool_calls": [] }),
                "tool_calls",
            ),
            false,
        ),
        (
            ResponseTemplate::new(200).set_body_json(json!({ "choices": [] })),
            false,
        ),
        (ResponseTemplate::new(200).set_body_string("<html>"), false),
    ] {
        let model = Model::saying([first]).await;
        let world = model.world().await;
        world.request(2).await;
        let review = world.reviewed(2).await;
        assert_eq!(review["llmModel"], "made-up-mini-2026");
        let asked = model.asked().await;
        assert_eq!(asked.len(), 2);
        let tokens = |asked: &Value| asked["max_completion_tokens"].as_u64().unwrap();
        assert_eq!(tokens(&asked[1]) > tokens(&asked[0]), needs_more_room);
    }
}

#[tokio::test]
async fn where_nothing_can_be_taken_the_rules_write_and_say_why() {
    let refusal = || {
        reply(
            json!({ "role": "assistant", "content": null, "refusal": "I can't." }),
            "stop",
        )
    };
    for (script, asked, tokens) in [
        (
            vec![refusal(), refusal()],
            2,
            json!({ "prompt": 2000, "completion": 400 }),
        ),
        (vec![error(429, "insufficient_quota")], 1, Value::Null),
        (vec![error(401, "invalid_api_key")], 1, Value::Null),
        (vec![error(404, "model_not_found")], 1, Value::Null),
        (vec![error(400, "context_length_exceeded")], 1, Value::Null),
        (
            vec![error(500, "x").insert_header("x-should-retry", "false")],
            1,
            Value::Null,
        ),
        // Who is to come back tomorrow isn't wanted today.
        (
            vec![error(429, "rate_limit_exceeded").insert_header("retry-after", "86400")],
            1,
            Value::Null,
        ),
        (
            vec![ResponseTemplate::new(200).set_body_string("x".repeat(1024 * 1024))],
            1,
            Value::Null,
        ),
    ] {
        let model = Model::saying(script).await;
        let world = model.world().await;
        world.request(2).await;
        let review = world.reviewed(2).await;
        assert_eq!(review["llmModel"], "rules");
        assert!(review["fallback"].is_string(), "{}", review["fallback"]);
        assert!(review["scores"]["overall"].is_u64());
        assert_eq!(review["tokens"], tokens);
        assert_eq!(model.asked().await.len(), asked);
    }
}

#[tokio::test]
async fn what_a_server_says_of_itself_is_shown_to_nobody() {
    let chatty = |status: u16, code: &str| {
        let message = format!("Incorrect API key provided: {KEY}.\0 Ask root@llm.internal.");
        let error = json!({ "message": message, "type": code, "code": code });
        ResponseTemplate::new(status).set_body_json(json!({ "error": error }))
    };
    for (answers, status) in [
        (vec![chatty(401, "invalid_api_key")], "401"),
        (vec![chatty(200, "x"), chatty(200, "x")], "reports an error"),
    ] {
        let model = Model::saying(answers).await;
        let world = model.world().await;
        world.request(2).await;
        let review = world.reviewed(2).await;
        let fallback = review["fallback"].as_str().unwrap();
        assert!(fallback.contains(status), "{fallback}");
        assert!(!review.to_string().contains("internal"), "{fallback}");
    }
    // A name with what no text can hold is a name all the same.
    let odd = move |request: &Request| {
        let mut completion = json!({
            "model": "odd\0\u{1b}name", "choices": [{ "index": 0, "finish_reason": "stop",
            "message": { "role": "assistant", "content": good(request).to_string() } }],
        });
        completion["usage"] = Value::Null;
        ResponseTemplate::new(200).set_body_json(completion)
    };
    let model = Model::saying([]).await;
    Mock::given(method("POST"))
        .respond_with(odd)
        .with_priority(1)
        .mount(&model.server)
        .await;
    let world = model.world().await;
    world.request(2).await;
    assert_eq!(world.reviewed(2).await["llmModel"], "oddname");
}

#[tokio::test]
async fn all_servers_together_keep_the_limit_of_calls_under_way() {
    let under_way = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (counted, highest) = (Arc::clone(&under_way), Arc::clone(&most));
    let answer = move || {
        let (counted, highest) = (Arc::clone(&counted), Arc::clone(&highest));
        async move {
            let now = counted.fetch_add(1, Ordering::SeqCst) + 1;
            highest.fetch_max(now, Ordering::SeqCst);
            // Long enough for all others to come, were they let.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            counted.fetch_sub(1, Ordering::SeqCst);
            (http::StatusCode::BAD_REQUEST, "{}")
        }
    };
    let router = axum::Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let base = format!("http://{address}/v1");
    let settings = [
        ("OPENAI_BASE_URL", base.as_str()),
        ("OPENAI_REQUESTS_PER_SECOND", "1000"),
        ("OPENAI_CONCURRENCY", "2"),
        ("WORKER_CONCURRENCY", "8"),
    ];
    let ids = (2..=24).step_by(2);
    let world = World::on(AoE4World::start().await, &settings, ids.clone()).await;
    let mut neighbour = world.app.neighbour();
    let upstream = world.upstream.uri();
    for (name, value) in settings.into_iter().chain([("AOE4WORLD_URL", &*upstream)]) {
        neighbour = neighbour.setting(name, value);
    }
    let _neighbour = neighbour.start().await;
    for id in ids.clone() {
        world.request(id).await;
    }
    for id in ids {
        assert_eq!(world.reviewed(id).await["llmModel"], "rules");
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
}
