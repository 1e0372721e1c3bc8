use serde_json::json;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::harness::{
    ADMIN_PASSWORD, AoE4World, EventStream, ForgedToken, PASSWORD, TestDatabase, TestProcess,
    eventually, fresh_email,
};

const JWT_SECRET: &str = "Xb7Kq2Lm9Zr4Tn8Wc1Vy6Hp3Ds0Fg5Ja-signing";
const ACTION_TOKEN_SECRET: &str = "Pw3Ne8Rt1Yu6Io4As9Df2Gh7Jk0Lz5Xc-vouching";

/// Whatever is logged, at the most talkative level, and whatever goes wrong.
#[tokio::test]
async fn no_secret_no_token_and_no_email_reaches_the_log() {
    let database = TestDatabase::create().await;
    let server = TestProcess::builder()
        .database(&database)
        .setting("LOG_LEVEL", "trace")
        .setting("JWT_SECRET", JWT_SECRET)
        .setting("ACTION_TOKEN_SECRET", ACTION_TOKEN_SECRET)
        .start()
        .await;
    let admin = server.admin().await;
    let service = admin.game_service(&[]).await;
    let ada = server.register("Ada").await;
    let token = service.vouch(&ada, "chess", 9).await;
    ada.submit(&token, 9).await.assert_ok();
    ada.submit(&token, 8)
        .await
        .assert_error(409, "action_token_replayed");
    let forged = ForgedToken::good(&ada, 1_000).sign("another secret");
    ada.submit_text(&forged, &json!(1))
        .await
        .assert_error(401, "action_token_invalid");
    let refreshed = ada.refresh(&ada.refresh).await.assert_ok();
    ada.refresh(&ada.refresh)
        .await
        .assert_error(401, "refresh_token_reused");
    let guess = json!({ "email": ada.email, "password": "hush-hush-hush" });
    server
        .post("/auth/login")
        .json(&guess)
        .await
        .assert_error(401, "invalid_credentials");
    let taken = json!({ "email": ada.email, "password": "hush-hush-hush", "screenName": "Eve" });
    server
        .post("/auth/register")
        .json(&taken)
        .await
        .assert_error(409, "email_taken");
    let broken = format!(
        "{{\"email\":\"{}\",\"password\":\"hush-hush-hush\",",
        ada.email
    );
    server
        .post("/auth/register")
        .json_text(broken)
        .await
        .assert_error(400, "malformed_json");
    let wrong =
        json!({ "email": [ada.email], "password": { "hush-hush-hush": 1 }, "screenName": "Eve" });
    server
        .post("/auth/register")
        .json(&wrong)
        .await
        .assert_error(422, "validation_failed");
    let unusual = fresh_email().replace('@', "+hush-hush-hush@");
    let unusual = json!({ "email": unusual, "password": PASSWORD, "screenName": "Unusual" });
    server
        .post("/auth/register")
        .json(&unusual)
        .await
        .assert_created();
    server
        .get(&format!("/leaderboards?token={}", ada.token))
        .await
        .assert_error(400, "invalid_query");
    server
        .get("/me")
        .bearer(&format!("{}x", ada.token))
        .await
        .assert_error(401, "invalid_token");
    server
        .post("/actions")
        .key(&format!("{}x", service.key))
        .json(&json!({}))
        .await
        .assert_error(401, "invalid_api_key");
    ada.get("/me/export").await.assert_ok();
    let ticket = admin.event_ticket().await;
    let path = format!("/events?ticket={ticket}");
    EventStream::open(server.get(&path)).await.next().await;
    server.get(&path).await.assert_error(401, "invalid_ticket");
    let mut events = server.events("global").await;
    events.next().await;
    database
        .execute("alter table users rename to users_away")
        .await;
    server
        .post("/auth/register")
        .json(&json!({ "email": ada.email, "password": PASSWORD, "screenName": "Ada" }))
        .await
        .assert_error(500, "database_error");
    ada.get("/me").await.assert_error(500, "database_error");
    database
        .execute("alter table users_away rename to users")
        .await;
    ada.delete("/me").await.assert_gone();
    drop(events);
    let finished = server.terminate().await;

    let said = format!("{}\n{}", finished.stdout, finished.stderr);
    assert!(finished.log().len() > 50, "a busy log");
    let tokens = [
        ada.token.as_str(),
        refreshed["accessToken"].as_str().unwrap(),
        &ada.refresh,
        refreshed["refreshToken"].as_str().unwrap(),
        &service.key,
        &token.text,
        &ticket,
        &forged,
        &admin.token,
    ];
    for token in tokens {
        // What signs it is enough to be a leak.
        let end = &token[token.len() - 20..];
        assert!(!said.contains(end), "{}", context(&said, end));
    }
    for secret in [
        JWT_SECRET,
        ACTION_TOKEN_SECRET,
        PASSWORD,
        ADMIN_PASSWORD,
        "hush-hush-hush",
        "$argon2",
        "@example.com",
    ] {
        assert!(!said.contains(secret), "{}", context(&said, secret));
    }
}

/// Nor what a model's server says again, nor what opens a review to anybody.
#[tokio::test]
async fn no_key_of_a_model_and_no_link_to_a_review_reaches_the_log() {
    const KEY: &str = "sk-Kp4Wm8Zx2Rt6Yb1Nc5Vd9Hf3Js7La0Qe";
    let said_again = json!({ "error": {
        "message": format!("Incorrect API key provided: {KEY}"), "code": "invalid_api_key",
    } });
    let model = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(401).set_body_json(said_again))
        .mount(&model)
        .await;
    let upstream = AoE4World::start().await;
    let database = TestDatabase::create().await;
    let server = TestProcess::builder()
        .database(&database)
        .setting("LOG_LEVEL", "trace")
        .setting("AOE4WORLD_URL", upstream.uri())
        .setting("OPENAI_BASE_URL", model.uri())
        .setting("OPENAI_API_KEY", KEY)
        .start()
        .await;
    let ada = server.register("Ada").await;
    ada.link_steam().await;
    upstream.play([2]);
    upstream.publish(2);
    ada.post("/games/sync").await.assert_ok();
    ada.post("/games/2/review").await.assert_status(202);
    let review = eventually("the rules have written it", async || {
        let game = ada.get("/games/2").await.assert_ok();
        game["reviewId"].as_str().map(ToOwned::to_owned)
    })
    .await;
    let path = format!("/reviews/{review}");
    let shown = ada.get(&path).await.assert_ok();
    assert!(shown["fallback"].is_string() && !shown.to_string().contains(KEY));
    let share = ada.post(&format!("{path}/share")).await.assert_ok();
    let token = share["token"].as_str().unwrap();
    server
        .get(&format!("/reviews/shared/{token}"))
        .await
        .assert_ok();
    let finished = server.terminate().await;
    let said = format!("{}\n{}", finished.stdout, finished.stderr);
    assert!(
        said.contains("Incorrect API key provided"),
        "what is wrong is said"
    );
    for secret in [KEY, token] {
        assert!(!said.contains(secret), "{}", context(&said, secret));
    }
}

/// The line that gives it away.
fn context<'a>(said: &'a str, secret: &str) -> &'a str {
    said.lines()
        .find(|line| line.contains(secret))
        .unwrap_or_default()
}
