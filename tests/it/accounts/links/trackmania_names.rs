//! Saying which Trackmania account is mine, by its name.

use futures_util::future::join_all;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::harness::{Answer, PASSWORD, Player, TestApp, Upstream, account, page_of, row};

const DAY: u64 = 24 * 3_600;
const ASKED: &str = "/account-ids";

async fn claim(player: &Player, name: &str) -> Answer {
    let body = json!({ "username": name });
    player.post("/link/trackmania").json(&body).await
}

/// The account that is linked then.
async fn linked(player: &Player, name: &str) -> Value {
    claim(player, name).await.assert_ok()["externalId"].clone()
}

#[tokio::test]
async fn a_name_is_resolved_to_the_account_and_asked_for_once_a_day() {
    let upstream = Upstream::start().await;
    upstream.name(1, "Ada");
    let app = upstream.server().await;
    let (ada, eve) = (app.register("Ada").await, app.register("Eve").await);
    let link = claim(&ada, " aDA ").await.assert_ok();
    let want = json!({
        "provider": "trackmania", "externalId": account(1), "username": "Ada", "verified": false,
    });
    assert_eq!(link, want);
    let links = ada.get("/links").await.assert_ok();
    assert_eq!(page_of(&links, "links").0, [want]);
    // A claim reserves nothing.
    app.advance(DAY - 60);
    let eve = app.login(&eve.email, PASSWORD).await;
    assert_eq!(linked(&eve, "ADA").await, account(1));
    assert_eq!(upstream.count(ASKED).await, 1);
    app.advance(60);
    let ada = app.login(&ada.email, PASSWORD).await;
    assert_eq!(linked(&ada, "Ada").await, account(1));
    assert_eq!(upstream.count(ASKED).await, 2);
    assert_eq!(
        upstream.count("grant").await,
        0,
        "secrets are in no address"
    );
}

#[tokio::test]
async fn of_many_who_say_the_same_name_at_once_one_asks() {
    let upstream = Upstream::start().await;
    upstream.name(1, "Ada");
    let app = upstream.server().await;
    let names: Vec<String> = (0..6).map(|number| format!("Player {number}")).collect();
    let players = join_all(names.iter().map(|name| app.register(name))).await;
    for link in join_all(players.iter().map(|player| linked(player, "Ada"))).await {
        assert_eq!(link, account(1));
    }
    assert_eq!(upstream.count(ASKED).await, 1);
}

#[tokio::test]
async fn a_name_that_nobody_has_links_nothing() {
    let upstream = Upstream::start().await;
    upstream.name(1, "Ada");
    let app = upstream.server().await;
    let ada = app.register("Ada").await;
    claim(&ada, "Ada").await.assert_ok();
    for name in ["Adam", "error", "a&displayName[]=Ada", "%41da", "Ad_"] {
        let answer = claim(&ada, name).await;
        answer.assert_error(404, "trackmania_name_unknown");
    }
    let links = ada.get("/links").await.assert_ok();
    assert_eq!(links["links"][0]["externalId"], account(1));
    // Who takes the name is found at once.
    upstream.name(2, "Adam");
    assert_eq!(linked(&ada, "Adam").await, account(2));
}

#[tokio::test]
async fn names_change_and_the_account_stays() {
    let upstream = Upstream::start().await;
    upstream.name(1, "Ada");
    let app = upstream.server().await;
    let ada = app.register("Ada").await;
    assert_eq!(linked(&ada, "Ada").await, account(1));
    upstream.name(1, "Countess");
    assert_eq!(linked(&ada, "Ada").await, account(1), "known for a day");
    assert_eq!(upstream.count(ASKED).await, 1);
    let link = claim(&ada, "Countess").await.assert_ok();
    assert_eq!(
        (&link["externalId"], &link["username"]),
        (&json!(account(1)), &json!("Countess"))
    );
    // From then on it is known that the account has another name.
    claim(&ada, "Ada")
        .await
        .assert_error(404, "trackmania_name_unknown");
    upstream.name(2, "Ada");
    assert_eq!(linked(&ada, "Ada").await, account(2));
}

#[tokio::test]
async fn of_two_accounts_known_by_one_name_the_one_told_later_has_it() {
    let upstream = Upstream::start().await;
    upstream.name(1, "Ada");
    upstream.map("Hill", [row(2, 1, 20_000)]);
    let app = upstream.server().await;
    let ada = app.register("Ada").await;
    assert_eq!(linked(&ada, "Ada").await, account(1));
    upstream.name(1, "Countess");
    upstream.name(2, "Ada");
    app.advance(60);
    // A leaderboard tells the name too.
    app.records("Hill").await.assert_ok();
    assert_eq!(linked(&ada, "Ada").await, account(2));
    assert_eq!(upstream.count(ASKED).await, 1);
    // A day later neither is believed.
    upstream.name(2, "Bob");
    upstream.name(3, "Ada");
    app.advance(DAY);
    let ada = app.login(&ada.email, PASSWORD).await;
    assert_eq!(linked(&ada, "Ada").await, account(3));
    assert_eq!(linked(&ada, "Ada").await, account(3));
    assert_eq!(upstream.count(ASKED).await, 2);
}

#[tokio::test]
async fn while_trackmania_is_away_nothing_is_linked_but_by_what_is_known() {
    let upstream = Upstream::start().await;
    upstream.name(1, "Ada");
    upstream.name(2, "Bob");
    let app = upstream.server().await;
    let ada = app.register("Ada").await;
    claim(&ada, "Ada").await.assert_ok();
    let broken = || ResponseTemplate::new(503);
    let page = ResponseTemplate::new(200).set_body_string("<html>");
    let list = ResponseTemplate::new(200).set_body_json(json!(["secret:error"]));
    let limited = ResponseTemplate::new(429).insert_header("retry-after", "77");
    for faults in [
        vec![broken(), broken()],
        vec![page],
        vec![list],
        vec![limited],
    ] {
        upstream.fail(ASKED, faults);
        let answer = claim(&ada, "Bob").await;
        let told = answer.assert_error(503, "link_provider_unavailable");
        assert!(!told.to_string().contains("secret"), "{told}");
        assert!(answer.header("retry-after").is_some());
        assert_eq!(linked(&ada, "Ada").await, account(1));
    }
    // Trackmania wants to be left alone.
    let asked = upstream.count(ASKED).await;
    let answer = claim(&ada, "Bob").await;
    answer.assert_error(503, "link_provider_unavailable");
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((60..=77).contains(&wait), "{wait}");
    assert_eq!(upstream.count(ASKED).await, asked);
}

#[tokio::test]
async fn a_token_that_is_no_longer_taken_is_replaced() {
    let upstream = Upstream::start().await;
    upstream.name(1, "Ada");
    upstream.name(2, "Bob");
    let app = upstream.server().await;
    let ada = app.register("Ada").await;
    claim(&ada, "Ada").await.assert_ok();
    upstream.revoke(true);
    assert_eq!(linked(&ada, "Bob").await, account(2));
    assert_eq!(upstream.count("/api/access_token").await, 2);
}

#[tokio::test]
async fn a_server_that_is_no_client_of_trackmanias_says_so() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    claim(&ada, "Ada")
        .await
        .assert_error(409, "link_not_configured");
    ada.get("/link/trackmania/start")
        .await
        .assert_error(409, "link_not_configured");
    app.get("/link/trackmania/start")
        .await
        .assert_error(401, "unauthenticated");
}
