//! Every way in which Steam may answer, or not.

use std::time::Duration;

use serde_json::Value;
use wiremock::ResponseTemplate;

use super::steam::{CALLBACK, NAMESPACE, START, STEAM_ID, world};
use crate::harness::{SentAway, TestApp};

#[tokio::test]
async fn only_steams_plain_yes_counts_and_it_is_asked_once() {
    let world = world().await;
    let said = |status: u16, body: &str| ResponseTemplate::new(status).set_body_string(body);
    let yes = format!("ns:{NAMESPACE}\nis_valid:true\n");
    let refused = (400, "link_not_proven");
    let later = (503, "link_provider_unavailable");
    for (number, (what, answer, (status, code))) in [
        (
            "no",
            said(200, &format!("ns:{NAMESPACE}\nis_valid:false\n")),
            refused,
        ),
        (
            "no and yes",
            said(
                200,
                &format!("ns:{NAMESPACE}\nis_valid:false\nis_valid:true\n"),
            ),
            refused,
        ),
        (
            "yes in another protocol",
            said(200, "ns:http://openid.net/signon/1.1\nis_valid:true\n"),
            refused,
        ),
        (
            "yes without a protocol",
            said(200, "is_valid:true\n"),
            refused,
        ),
        ("a page", said(200, "<html>is_valid:true</html>"), later),
        (
            "a page in lines",
            said(
                200,
                &format!("<html>\nns:{NAMESPACE}\n x:is_valid:true\n</html>"),
            ),
            later,
        ),
        ("nothing", said(200, ""), later),
        (
            "too much",
            said(200, &format!("{yes}{}", "x".repeat(2000))),
            later,
        ),
        (
            "yes, but elsewhere",
            said(302, &yes).insert_header("location", "https://evil.example/"),
            later,
        ),
        ("yes, but not quite", said(201, &yes), later),
        ("forbidden", said(403, &yes), later),
        ("not found", said(404, &yes), later),
        ("broken", said(500, &yes), later),
        ("away", said(503, &yes), later),
        (
            "enough",
            said(429, &yes).insert_header("retry-after", "120"),
            later,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        world.steam.answer(answer).await;
        let sent = world.begin().await;
        let assertion = world.assert(&sent, &number.to_string());
        let answer = world.back(&sent, &assertion).await;
        answer.assert_error(status, code);
        assert_eq!(world.steam.asked().await, 1, "{what}");
        if what == "enough" {
            assert_eq!(answer.header("retry-after"), Some("120"));
        }
    }
    assert_eq!(world.links().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_steam_that_hangs_or_is_gone_is_not_waited_for_long() {
    let world = world().await;
    let hanging = ResponseTemplate::new(200).set_delay(Duration::from_secs(60));
    world.steam.answer(hanging).await;
    let sent = world.begin().await;
    let answer = world.back(&sent, &world.assert(&sent, "1")).await;
    answer.assert_error(503, "link_provider_unavailable");
    assert_eq!(world.steam.asked().await, 1);

    let gone = TestApp::builder().setting("STEAM_OPENID_URL", "http://127.0.0.1:1/openid/login");
    let gone = gone.start().await;
    let sent = SentAway::by(&gone.register("Ada").await.get(START).await);
    let mut assertion = world
        .steam
        .assert(&sent.location, STEAM_ID, gone.clock.now(), "2");
    let id = format!("http://127.0.0.1:1/openid/id/{STEAM_ID}");
    assertion.set("openid.op_endpoint", "http://127.0.0.1:1/openid/login");
    assertion.set("openid.claimed_id", &id);
    assertion.set("openid.identity", &id);
    let answer = sent.back(&gone, CALLBACK, &assertion.query()).await;
    answer.assert_error(503, "link_provider_unavailable");
}
