//! Browsers that begin to prove an account and come back: who may begin, and where they end.

use serde_json::json;

use crate::harness::{SentAway, Steam, TestApp};

const STEAM_ID: &str = "76561197960287930";
const START: &str = "/link/steam/start";
const CALLBACK: &str = "/link/steam/callback";
const PUBLIC_URL: &str = "https://play.example";

async fn app_of(steam: &Steam) -> TestApp {
    TestApp::builder()
        .setting("STEAM_OPENID_URL", steam.endpoint())
        .setting("PUBLIC_URL", PUBLIC_URL)
        .start()
        .await
}

fn with(ticket: &str) -> String {
    format!("{START}?ticket={ticket}")
}

#[tokio::test]
async fn a_browser_begins_by_a_ticket_and_ends_at_the_web_app() {
    let steam = Steam::start().await;
    let app = app_of(&steam).await;
    let ada = app.register("Ada").await;
    let begin = async || {
        let ticket = ada.event_ticket().await;
        let call = app.get(&with(&ticket)).header("Accept", "text/html");
        SentAway::by(&call.header("Sec-Fetch-Site", "same-origin").await)
    };
    let back = async |sent: &SentAway, query: &str| {
        let call = app.get(&format!("{CALLBACK}?{query}"));
        let call = call.header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        let answer = call.header("Cookie", &sent.cookie).await;
        answer.assert_status(303);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        (
            answer.header("location").unwrap_or_default().to_owned(),
            answer,
        )
    };
    let sent = begin().await;
    let attributes = sent.set_cookie.split_once("; ").map(|(_, rest)| rest);
    let want = "Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure";
    assert_eq!(attributes, Some(want), "{}", sent.set_cookie);
    assert!(sent.cookie.starts_with("__Host-link-steam="));
    assert_eq!(sent.parameter("openid.realm"), PUBLIC_URL);
    let assertion = steam.assert(&sent.location, STEAM_ID, app.clock.now(), "1");
    let (location, answer) = back(&sent, &assertion.query()).await;
    assert_eq!(location, "https://play.example/settings/links?linked=steam");
    let cookie = answer.header("set-cookie").unwrap_or_default();
    assert!(cookie.starts_with("__Host-link-steam=; ") && cookie.contains("Max-Age=0"));
    let (location, _) = back(&sent, &assertion.query()).await;
    let invalid = "https://play.example/settings/links?error=link_state_invalid";
    assert_eq!(location, invalid);

    let sent = begin().await;
    let mut assertion = steam.assert(&sent.location, STEAM_ID, app.clock.now(), "2");
    assertion.set("openid.mode", "cancel");
    let (location, _) = back(&sent, &assertion.query()).await;
    let cancelled = "https://play.example/settings/links?cancelled=steam";
    assert_eq!(location, cancelled);

    let sent = begin().await;
    let mut assertion = steam.assert(&sent.location, STEAM_ID, app.clock.now(), "3");
    assertion.set("openid.sig", "");
    let (location, _) = back(&sent, &assertion.query()).await;
    assert_eq!(
        location,
        "https://play.example/settings/links?error=link_not_proven"
    );
}

#[tokio::test]
async fn one_server_ends_what_another_began() {
    let steam = Steam::start().await;
    let first = app_of(&steam).await;
    let second = first
        .neighbour()
        .setting("STEAM_OPENID_URL", steam.endpoint())
        .setting("PUBLIC_URL", PUBLIC_URL)
        .start()
        .await;
    let ada = first.register("Ada").await;
    let sent = SentAway::by(&ada.get(START).await);
    let assertion = steam.assert(&sent.location, STEAM_ID, first.clock.now(), "1");
    let back = sent.back(&second, CALLBACK, &assertion.query()).await;
    assert_eq!(back.assert_ok()["verified"], true);
    // Neither takes it again.
    for server in [&first, &second] {
        let again = sent.back(server, CALLBACK, &assertion.query()).await;
        again.assert_error(400, "link_state_invalid");
    }
    // Nor does one believe what Steam has told the other.
    let sent = SentAway::by(&ada.get(START).await);
    let assertion = steam.assert(&sent.location, STEAM_ID, first.clock.now(), "1");
    let replayed = sent.back(&second, CALLBACK, &assertion.query()).await;
    replayed.assert_error(400, "link_not_proven");
}

#[tokio::test]
async fn where_there_is_no_tls_the_cookie_says_so() {
    let app = TestApp::start().await;
    let sent = SentAway::by(&app.register("Ada").await.get(START).await);
    let attributes = sent.set_cookie.split_once("; ").map(|(_, rest)| rest);
    assert_eq!(
        attributes,
        Some("Path=/; Max-Age=600; HttpOnly; SameSite=Lax")
    );
    assert!(
        sent.cookie.starts_with("link-steam=lbr_"),
        "{}",
        sent.cookie
    );
    assert!(
        sent.location
            .starts_with("https://steamcommunity.com/openid/login?")
    );
}

#[tokio::test]
async fn nobody_begins_for_somebody_else() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    app.get(START).await.assert_error(401, "unauthenticated");
    app.get(&with("nonsense"))
        .await
        .assert_error(401, "invalid_ticket");
    let ticket = ada.event_ticket().await;
    // An address with the attacker's ticket, sent to whoever is to prove their account for the attacker.
    for site in ["cross-site", "none"] {
        let sent = app.get(&with(&ticket)).header("Sec-Fetch-Site", site).await;
        sent.assert_error(403, "link_from_elsewhere");
    }
    SentAway::by(&app.get(&with(&ticket)).await);
    app.get(&with(&ticket))
        .await
        .assert_error(401, "invalid_ticket");
    let answer = app.get(&with(&ticket)).header("Accept", "text/html").await;
    answer.assert_status(303);
    let location = answer.header("location").unwrap_or_default();
    assert!(
        location.ends_with("/settings/links?error=invalid_ticket"),
        "{location}"
    );
    app.get(&format!("{START}?tickets=a"))
        .await
        .assert_error(400, "invalid_query");
}

#[tokio::test]
async fn who_is_signed_out_or_gone_meanwhile_links_nothing() {
    let steam = Steam::start().await;
    let app = app_of(&steam).await;
    let begin = async |name: &str| {
        let player = app.register(name).await;
        let ticket = player.event_ticket().await;
        let sent = SentAway::by(&player.get(START).await);
        let assertion = steam.assert(&sent.location, STEAM_ID, app.clock.now(), name);
        (player, ticket, sent, assertion.query())
    };
    let (ada, ticket, sent, query) = begin("Ada").await;
    let body = json!({ "refreshToken": ada.refresh });
    app.post("/auth/logout").json(&body).await.assert_gone();
    let back = sent.back(&app, CALLBACK, &query).await;
    back.assert_error(401, "session_ended");
    let answer = app.get(&with(&ticket)).await;
    answer.assert_error(401, "session_ended");
    ada.get(START).await.assert_error(401, "session_ended");

    let (bob, _, sent, query) = begin("Bob").await;
    bob.delete("/me").await.assert_gone();
    let back = sent.back(&app, CALLBACK, &query).await;
    back.assert_error(400, "link_state_invalid");

    let (eve, _, sent, query) = begin("Eve").await;
    let ban = json!({ "banned": true, "reason": "For cheating." });
    let admin = app.admin().await;
    let path = format!("/admin/users/{}", eve.id);
    admin.patch(&path).json(&ban).await.assert_ok();
    let back = sent.back(&app, CALLBACK, &query).await;
    back.assert_error(403, "account_banned");
    assert_eq!(steam.asked().await, 0);
}

#[tokio::test]
async fn only_fingerprints_of_an_attempt_are_kept_and_not_for_long() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let sent = SentAway::by(&ada.get(START).await);
    let state = sent.parameter("openid.return_to");
    let state = state.rsplit('=').next().unwrap();
    let secret = sent.cookie.rsplit('=').next().unwrap();
    for text in [state, secret] {
        let found = format!(
            "select count(*) from link_attempts
             where link_attempts::text like '%{text}%' or link_attempts::text like '%{}%'",
            hex::encode(text)
        );
        assert_eq!(app.database.count(&found).await, 0);
    }
    let count = "select count(*) from link_attempts";
    SentAway::by(&ada.get(START).await);
    app.purge_accounts().await;
    assert_eq!(app.database.count(count).await, 1, "one for each provider");
    app.advance(600);
    app.purge_accounts().await;
    assert_eq!(app.database.count(count).await, 0);
}
