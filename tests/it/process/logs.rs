use jiff::Timestamp;
use kernel::Clock;
use serde_json::{Value, json};

use crate::harness::{SentAway, Steam, TestDatabase, TestProcess, eventually};

const FIELDS: [&str; 7] = [
    "timestamp",
    "level",
    "service",
    "requestId",
    "userId",
    "message",
    "data",
];

fn assert_shape(line: &Value) {
    let fields: Vec<&str> = line
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert!(
        fields.len() == FIELDS.len() && FIELDS.iter().all(|field| fields.contains(field)),
        "{line}"
    );
    assert!(
        ["trace", "debug", "info", "warn", "error"].contains(&line["level"].as_str().unwrap()),
        "{line}"
    );
    assert!(
        line["timestamp"].as_str().unwrap().ends_with('Z')
            && line["timestamp"]
                .as_str()
                .unwrap()
                .parse::<Timestamp>()
                .is_ok(),
        "{line}"
    );
    assert!(!line["service"].as_str().unwrap().is_empty(), "{line}");
    assert!(!line["message"].as_str().unwrap().is_empty(), "{line}");
    assert!(line["data"].is_object(), "{line}");
    assert!(
        line["requestId"].is_null() || line["requestId"].is_string(),
        "{line}"
    );
    assert!(
        line["userId"].is_null() || line["userId"].as_str().unwrap().starts_with("usr_"),
        "{line}"
    );
}

#[tokio::test]
async fn each_line_has_exactly_the_promised_fields_and_each_event_its_line() {
    let database = TestDatabase::create().await;
    let server = TestProcess::builder()
        .database(&database)
        .setting("RATE_LIMIT_ENABLED", "true")
        .setting("RATE_LIMIT_SCORE_UPDATE", "2")
        .setting("RATE_LIMIT_PER_IP", "1000")
        .start()
        .await;
    let service = server.game_service(&[]).await;
    let ada = server.register("Ada\u{301}").await;
    ada.get("/me")
        .header("X-Request-Id", "of-ada")
        .await
        .assert_ok();
    server
        .get("/me")
        .header("X-Request-Id", "of-nobody")
        .await
        .assert_error(401, "unauthenticated");
    ada.submit_text("nonsense", &json!(1))
        .header("X-Request-Id", "forged")
        .await
        .assert_error(400, "action_token_malformed");
    let token = service.vouch(&ada, "chess", 1).await;
    ada.submit(&token, 1)
        .header("X-Request-Id", "counted")
        .await
        .assert_ok();
    ada.submit(&token, 1)
        .header("X-Request-Id", "too-often")
        .await
        .assert_error(429, "rate_limited");
    server
        .get("/nothing/%0a%22forged%22?secret=1")
        .header("X-Request-Id", "lost")
        .await
        .assert_error(404, "not_found");
    database
        .execute("alter table sessions rename to sessions_away")
        .await;
    ada.get("/auth/sessions")
        .header("X-Request-Id", "broken")
        .await
        .assert_error(500, "database_error");
    database
        .execute("alter table sessions_away rename to sessions")
        .await;

    let log = eventually("the log is written", async || {
        let log = server.log();
        log.iter()
            .any(|line| line["requestId"] == "broken" && line["message"] == "request completed")
            .then_some(log)
    })
    .await;
    log.iter().for_each(assert_shape);
    let of =
        |id: &str| -> Vec<&Value> { log.iter().filter(|line| line["requestId"] == id).collect() };
    let has = |id: &str, level: &str, message: &str| {
        let lines = of(id);
        let found = lines.iter().any(|line| {
            line["level"] == level && line["message"].as_str().unwrap().contains(message)
        });
        assert!(found, "{id}: {level} {message}: {lines:#?}");
    };
    for id in [
        "of-ada",
        "of-nobody",
        "forged",
        "counted",
        "too-often",
        "lost",
        "broken",
    ] {
        has(id, "info", "request received");
        has(id, "info", "request completed");
    }
    has("of-nobody", "warn", "auth failed");
    has("forged", "warn", "action token rejected");
    has("too-often", "warn", "rate limit hit");
    assert!(
        of("broken").iter().any(|line| line["level"] == "error"),
        "{:#?}",
        of("broken")
    );
    let completed = |id: &str| {
        of(id)
            .into_iter()
            .find(|line| line["message"] == "request completed")
            .unwrap()
            .clone()
    };
    assert_eq!(completed("of-ada")["userId"], ada.id.as_str());
    assert_eq!(completed("of-nobody")["userId"], Value::Null);
    assert_eq!(completed("of-ada")["data"]["status"], 200);
    assert!(
        !completed("lost").to_string().contains("secret=1"),
        "query strings may hold tickets"
    );
    server.terminate().await;
}

#[tokio::test]
async fn why_a_proof_was_refused_is_logged_without_what_was_sent() {
    let database = TestDatabase::create().await;
    let steam = Steam::start().await;
    let server = TestProcess::builder()
        .database(&database)
        .setting("STEAM_OPENID_URL", steam.endpoint())
        .start()
        .await;
    let ada = server.register("Ada").await;
    let sent = SentAway::by(&ada.get("/link/steam/start").await);
    let now = Clock::system().now();
    let mut assertion = steam.assert(&sent.location, "76561197960287930", now, "the-nonce");
    assertion.set("openid.op_endpoint", "https://evil.example/openid/login");
    let path = format!("/link/steam/callback?{}", assertion.query());
    let call = server.get(&path).header("Cookie", &sent.cookie);
    let answer = call.header("X-Request-Id", "of-ada").await;
    answer.assert_status(303);
    let log = server.terminate().await.log();
    let lines: Vec<&Value> = log
        .iter()
        .filter(|line| line["requestId"] == "of-ada")
        .collect();
    let told = lines.iter().find(|line| line["level"] == "warn");
    let told = told.unwrap_or_else(|| panic!("{lines:#?}"));
    assert_eq!(told["data"]["reason"], "endpoint");
    assert_eq!(told["data"]["provider"], "steam");
    assert_eq!(told["userId"], ada.id.as_str());
    let secret = sent.cookie.rsplit('=').next().unwrap();
    for line in &log {
        let line = line.to_string();
        for text in [
            "evil.example",
            "the-nonce",
            "76561197960287930",
            "lst_",
            secret,
        ] {
            assert!(!line.contains(text), "{text}: {line}");
        }
    }
}

#[tokio::test]
async fn a_score_that_reaches_the_cap_alerts_once_a_board() {
    let database = TestDatabase::create().await;
    let server = TestProcess::builder().database(&database).start().await;
    let service = server.game_service(&[]).await;
    let ada = server.register("Ada").await;
    let largest = (1 << 53) - 1;
    // The first reaches it at once, and the second changes nothing.
    ada.score(&service, "chess", largest).await;
    ada.score(&service, "chess", largest).await;
    let log = server.terminate().await.log();
    let mut alerts: Vec<&str> = log
        .iter()
        .filter(|line| line["message"] == "score cap reached" && line["level"] == "error")
        .map(|line| line["data"]["leaderboard"].as_str().unwrap())
        .collect();
    alerts.sort_unstable();
    assert_eq!(alerts, ["chess", "global"]);
}

#[tokio::test]
async fn a_quiet_level_is_quiet_and_a_pretty_log_is_no_json() {
    let database = TestDatabase::create().await;
    let server = TestProcess::builder()
        .database(&database)
        .setting("LOG_LEVEL", "warn")
        .start()
        .await;
    server.get("/leaderboards").await.assert_ok();
    let finished = server.terminate().await;
    assert_eq!(
        finished
            .log()
            .iter()
            .filter(|line| line["level"] == "info")
            .count(),
        0
    );
    let server = TestProcess::builder()
        .database(&database)
        .setting("LOG_FORMAT", "pretty")
        .start()
        .await;
    server.get("/leaderboards").await.assert_ok();
    let finished = server.terminate().await;
    assert!(
        finished.stdout.contains("request completed"),
        "{}",
        finished.stdout
    );
    assert!(
        !finished.stdout.contains("{\"timestamp\""),
        "{}",
        finished.stdout
    );
}
