//! Proving a Discord account.

use serde_json::{Value, json};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::harness::{Answer, Player, SentAway, TestApp, page_of};

/// Beyond what a double holds exactly.
pub const ID: &str = "9007199254740993001";
pub const START: &str = "/link/discord/start";
pub const CALLBACK: &str = "/link/discord/callback";
pub const TOKEN: &str = "/api/v10/oauth2/token";
pub const ME: &str = "/api/v10/users/@me";
pub const REVOKE: &str = "/api/v10/oauth2/token/revoke";
/// `client:hush hush` in base64.
const BASIC: &str = "Basic Y2xpZW50Omh1c2ggaHVzaA==";

pub struct World {
    pub app: TestApp,
    pub discord: MockServer,
    pub ada: Player,
}

pub fn token() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "access_token": "the-token", "token_type": "Bearer", "expires_in": 604_800,
        "refresh_token": "another-token", "scope": "identify",
    }))
}

pub fn me() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "id": ID, "username": "ada.l", "global_name": "Ada", "discriminator": "0", "avatar": null, "new": {},
    }))
}

pub async fn world() -> World {
    let discord = MockServer::start().await;
    let app = TestApp::builder()
        .setting("DISCORD_API_URL", format!("{}/api/v10", discord.uri()))
        .setting("DISCORD_CLIENT_ID", "client")
        .setting("DISCORD_CLIENT_SECRET", "hush hush")
        .start()
        .await;
    let ada = app.register("Ada").await;
    World { app, discord, ada }
}

impl World {
    /// Has Discord answer so from now on; it forgets what it was asked before.
    pub async fn answers(&self, token: ResponseTemplate, me: ResponseTemplate) {
        self.discord.reset().await;
        let takes_back = ResponseTemplate::new(200).set_body_json(json!({}));
        let answers = [
            (Mock::given(method("POST")).and(path(TOKEN)), token),
            (
                Mock::given(method("GET"))
                    .and(path(ME))
                    .and(header("authorization", "Bearer the-token")),
                me,
            ),
            (Mock::given(method("POST")).and(path(REVOKE)), takes_back),
        ];
        for (asked, answer) in answers {
            asked.respond_with(answer).mount(&self.discord).await;
        }
    }

    pub async fn begin(&self) -> SentAway {
        SentAway::by(&self.ada.get(START).await)
    }

    pub async fn back(&self, sent: &SentAway, more: &str) -> Answer {
        let query = format!("state={}{more}", sent.parameter("state"));
        sent.back(&self.app, CALLBACK, &query).await
    }

    pub async fn prove(&self) -> Answer {
        let sent = self.begin().await;
        self.back(&sent, "&code=the-code").await
    }

    pub async fn asked(&self, path: &str) -> Vec<Request> {
        let requests = self.discord.received_requests().await.unwrap();
        let asked = requests.into_iter();
        asked.filter(|asked| asked.url.path() == path).collect()
    }

    pub async fn links(&self) -> Vec<Value> {
        page_of(&self.ada.get("/links").await.assert_ok(), "links").0
    }
}

fn text<'a>(request: &'a Request, name: &str) -> &'a str {
    let value = request.headers.get(name);
    value.and_then(|value| value.to_str().ok()).unwrap_or("")
}

fn form(request: &Request) -> Vec<(String, String)> {
    assert_eq!(
        text(request, "content-type"),
        "application/x-www-form-urlencoded"
    );
    assert_eq!(text(request, "authorization"), BASIC);
    let body = String::from_utf8_lossy(&request.body);
    let url = reqwest::Url::parse(&format!("http://localhost?{body}")).unwrap();
    url.query_pairs().into_owned().collect()
}

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

#[tokio::test]
async fn an_account_is_proven_and_the_token_given_back() {
    let world = world().await;
    world.answers(token(), me()).await;
    let sent = world.begin().await;
    let page = format!("{}/oauth2/authorize?", world.discord.uri());
    assert!(sent.location.starts_with(&page), "{}", sent.location);
    let redirect_uri = sent.parameter("redirect_uri");
    assert!(
        redirect_uri.ends_with("/api/v1/link/discord/callback"),
        "{redirect_uri}"
    );
    for (name, want) in [
        ("response_type", "code"),
        ("client_id", "client"),
        ("scope", "identify"),
        ("prompt", "consent"),
    ] {
        assert_eq!(sent.parameter(name), want, "{name}");
    }
    assert!(sent.parameter("state").len() >= 43);
    let link = world.back(&sent, "&code=the%2Dcode").await.assert_ok();
    let want =
        json!({ "provider": "discord", "externalId": ID, "username": "ada.l", "verified": true });
    assert_eq!(link, want);
    assert_eq!(world.links().await, [want]);
    let (asked, given_back) = (world.asked(TOKEN).await, world.asked(REVOKE).await);
    assert_eq!(
        (asked.len(), world.asked(ME).await.len(), given_back.len()),
        (1, 1, 1)
    );
    let exchange = fields(&[
        ("grant_type", "authorization_code"),
        ("code", "the-code"),
        ("redirect_uri", &redirect_uri),
    ]);
    assert_eq!(form(&asked[0]), exchange);
    let revocation = fields(&[("token", "the-token"), ("token_type_hint", "access_token")]);
    assert_eq!(form(&given_back[0]), revocation);
    for request in asked
        .iter()
        .chain(&world.asked(ME).await)
        .chain(&given_back)
    {
        let agent = text(request, "user-agent");
        assert!(agent.starts_with("DiscordBot (http"), "{agent}");
    }
    // Nothing of it is kept but who it was.
    let kept = "select count(*) from identities where identities::text like '%token%' or identities::text like '%Ada%'";
    assert_eq!(world.app.database.count(kept).await, 0);
}

#[tokio::test]
async fn a_claim_of_the_proven_account_does_not_rename_it() {
    let world = world().await;
    world.answers(token(), me()).await;
    world.prove().await.assert_ok();
    let body = json!({ "discordId": ID, "username": "somebody.famous" });
    let link = world
        .ada
        .post("/link/discord")
        .json(&body)
        .await
        .assert_ok();
    assert_eq!(
        (&link["username"], &link["verified"]),
        (&json!("ada.l"), &json!(true))
    );
    let body = json!({ "discordId": "80351110224678912", "username": "other" });
    let link = world
        .ada
        .post("/link/discord")
        .json(&body)
        .await
        .assert_ok();
    assert_eq!(
        (&link["username"], &link["verified"]),
        (&json!("other"), &json!(false))
    );
}

#[tokio::test]
async fn a_browser_that_was_not_sent_by_us_brings_nothing() {
    let world = world().await;
    world.answers(token(), me()).await;
    let eve = world.app.register("Eve").await;
    let eve_sent = SentAway::by(&eve.get(START).await);
    let sent = world.begin().await;
    let code = "&code=the-code";
    for (what, query, cookie) in [
        ("no state", code.to_owned(), sent.cookie.clone()),
        (
            "a made-up state",
            format!("state=abc{code}"),
            sent.cookie.clone(),
        ),
        (
            "another's state",
            format!("state={}{code}", eve_sent.parameter("state")),
            sent.cookie.clone(),
        ),
        (
            "another's browser",
            format!("state={}{code}", sent.parameter("state")),
            eve_sent.cookie.clone(),
        ),
        (
            "used up by that",
            format!("state={}{code}", sent.parameter("state")),
            sent.cookie.clone(),
        ),
    ] {
        let other = SentAway {
            cookie,
            ..sent.clone()
        };
        let answer = other.back(&world.app, CALLBACK, &query).await;
        let told = answer.assert_error(400, "link_state_invalid");
        assert!(told["error"].is_string(), "{what}");
    }
    // A state of Steam's.
    let steam = SentAway::by(&world.ada.get("/link/steam/start").await);
    let return_to = steam.parameter("openid.return_to");
    let state = return_to.rsplit('=').next().unwrap();
    let cookie = steam.cookie.replace("steam", "discord");
    let mixed = SentAway {
        cookie,
        ..steam.clone()
    };
    let answer = mixed
        .back(&world.app, CALLBACK, &format!("state={state}{code}"))
        .await;
    answer.assert_error(400, "link_state_invalid");
    // With the right state, but not with one code.
    for more in [
        "",
        "&code=",
        "&code=a&code=b",
        "&code=a%00",
        "&error=server_error",
        "&error=access_denied&code=a",
    ] {
        let sent = world.begin().await;
        world
            .back(&sent, more)
            .await
            .assert_error(400, "link_not_proven");
    }
    assert_eq!(world.asked(TOKEN).await.len(), 0);
    assert_eq!(world.links().await, Vec::<Value>::new());
}

#[tokio::test]
async fn who_turns_back_links_nothing() {
    let world = world().await;
    let sent = world.begin().await;
    let denied = "&error=access_denied&error_description=The+resource+owner+denied+the+request";
    let answer = world.back(&sent, denied).await;
    answer.assert_error(409, "link_cancelled");
    let sent = world.begin().await;
    let path = format!("{CALLBACK}?state={}{denied}", sent.parameter("state"));
    let answer = world.app.get(&path).header("Cookie", &sent.cookie).await;
    answer.assert_status(303);
    let location = answer.header("location").unwrap_or_default();
    assert!(
        location.ends_with("/settings/links?cancelled=discord"),
        "{location}"
    );
    assert_eq!(world.asked(TOKEN).await.len(), 0);
}

#[tokio::test]
async fn a_server_that_is_no_client_of_discords_says_so() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    ada.get(START)
        .await
        .assert_error(409, "link_not_configured");
    app.get(START).await.assert_error(401, "unauthenticated");
    let call = app.get(&format!("{CALLBACK}?state=a&code=b"));
    let answer = call.header("Accept", "application/json").await;
    answer.assert_error(409, "link_not_configured");
    let ticket = ada.event_ticket().await;
    let call = app.get(&format!("{START}?ticket={ticket}"));
    let answer = call.header("Accept", "text/html").await;
    answer.assert_status(303);
    let location = answer.header("location").unwrap_or_default();
    assert!(
        location.ends_with("/settings/links?error=link_not_configured"),
        "{location}"
    );
}
