//! Proving a Trackmania account.

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::harness::{Answer, Player, SentAway, TestApp, Upstream, account, form_of, page_of};

const START: &str = "/link/trackmania/start";
const CALLBACK: &str = "/link/trackmania/callback";
const TOKEN: &str = "/public/api/access_token";
const ME: &str = "/public/api/user";

struct World {
    upstream: Upstream,
    app: TestApp,
    ada: Player,
}

async fn world() -> World {
    let upstream = Upstream::start().await;
    upstream.name(0xada, "Ada");
    let app = upstream.server().await;
    let ada = app.register("Ada").await;
    World { upstream, app, ada }
}

fn escaped(text: &str) -> String {
    text.replace('/', "%2F").replace('+', "%2B")
}

impl World {
    async fn begin(&self, player: &Player) -> SentAway {
        SentAway::by(&player.get(START).await)
    }

    async fn back(&self, sent: &SentAway, more: &str) -> Answer {
        let query = format!("state={}{more}", sent.parameter("state"));
        sent.back(&self.app, CALLBACK, &query).await
    }

    /// Signs in there as a driver.
    async fn prove(&self, player: &Player, driver: u128) -> Answer {
        let sent = self.begin(player).await;
        let code = self.upstream.signs_in(driver);
        self.back(&sent, &format!("&code={}", escaped(&code))).await
    }

    async fn links(&self) -> Vec<Value> {
        page_of(&self.ada.get("/links").await.assert_ok(), "links").0
    }
}

async fn claim(player: &Player, name: &str) -> Answer {
    let body = json!({ "username": name });
    player.post("/link/trackmania").json(&body).await
}

#[tokio::test]
async fn an_account_is_proven_by_a_code() {
    let world = world().await;
    let upstream = &world.upstream;
    let sent = world.begin(&world.ada).await;
    assert!(
        sent.location.contains("/public/oauth/authorize?"),
        "{}",
        sent.location
    );
    let redirect_uri = sent.parameter("redirect_uri");
    assert!(
        redirect_uri.ends_with("/api/v1/link/trackmania/callback"),
        "{redirect_uri}"
    );
    for (name, want) in [
        ("response_type", "code"),
        ("client_id", "client"),
        ("scope", ""),
    ] {
        assert_eq!(sent.parameter(name), want, "{name}");
    }
    assert!(sent.parameter("state").len() >= 43);
    let code = upstream.signs_in(0xada);
    let link = world
        .back(&sent, &format!("&code={}", escaped(&code)))
        .await
        .assert_ok();
    // Told in upper case.
    let want = json!({
        "provider": "trackmania", "externalId": account(0xada), "username": "Ada", "verified": true,
    });
    assert_eq!(link, want);
    assert_eq!(world.links().await, [want]);
    let asked = upstream.asked(TOKEN).await;
    assert_eq!((asked.len(), upstream.count(ME).await), (1, 1));
    let form = form_of(&asked[0]);
    for (name, want) in [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", &redirect_uri),
        ("client_id", "client"),
    ] {
        let found = form.iter().find(|(other, _)| other == name);
        assert_eq!(found.map(|(_, value)| value.as_str()), Some(want), "{name}");
    }
    // What it was exchanged for is kept nowhere; what the account is called is known now.
    let kept = "select count(*) from trackmania_tokens where sealed is not null";
    assert_eq!(world.app.database.count(kept).await, 0);
    let claimed = claim(&world.ada, "ada").await.assert_ok();
    assert_eq!(claimed["verified"], true);
    assert_eq!(upstream.count("/account-ids").await, 0);
}

#[tokio::test]
async fn a_proof_displaces_claims_and_stands_against_others() {
    let world = world().await;
    world.upstream.name(2, "Bob");
    let (ada, eve) = (&world.ada, world.app.register("Eve").await);
    claim(&eve, "Ada").await.assert_ok();
    claim(ada, "Ada").await.assert_ok();
    world.prove(ada, 0xada).await.assert_ok();
    let links = eve.get("/links").await.assert_ok();
    assert_eq!(links["links"], json!([]));
    claim(&eve, "Ada").await.assert_error(409, "identity_taken");
    let refused = world.prove(&eve, 0xada).await;
    let body = refused.assert_error(409, "identity_taken").to_string();
    assert!(!body.contains("Ada") && !body.contains(&ada.id), "{body}");
    // The account stays proven under whatever name; who claims another one gives the proof up.
    world.upstream.name(0xada, "Countess");
    let renamed = claim(ada, "Countess").await.assert_ok();
    assert_eq!(
        (&renamed["verified"], &renamed["username"]),
        (&json!(true), &json!("Ada"))
    );
    let proven = world.prove(ada, 0xada).await.assert_ok();
    assert_eq!(proven["username"], "Countess");
    let other = claim(ada, "Bob").await.assert_ok();
    assert_eq!(
        (&other["verified"], &other["externalId"]),
        (&json!(false), &json!(account(2)))
    );
    world.prove(&eve, 0xada).await.assert_ok();
}

#[tokio::test]
async fn a_browser_that_was_not_sent_by_us_brings_nothing() {
    let world = world().await;
    let eve = world.app.register("Eve").await;
    let eve_sent = world.begin(&eve).await;
    let sent = world.begin(&world.ada).await;
    let code = format!("&code={}", escaped(&world.upstream.signs_in(0xada)));
    let (own, other) = (sent.parameter("state"), eve_sent.parameter("state"));
    for (what, query, cookie) in [
        ("no state", code.clone(), &sent.cookie),
        ("a made-up state", format!("state=abc{code}"), &sent.cookie),
        (
            "another's state",
            format!("state={other}{code}"),
            &sent.cookie,
        ),
        (
            "another's browser",
            format!("state={own}{code}"),
            &eve_sent.cookie,
        ),
        (
            "used up by that",
            format!("state={own}{code}"),
            &sent.cookie,
        ),
    ] {
        let sent = SentAway {
            cookie: cookie.clone(),
            ..sent.clone()
        };
        let answer = sent.back(&world.app, CALLBACK, &query).await;
        let told = answer.assert_error(400, "link_state_invalid");
        assert!(told["error"].is_string(), "{what}");
    }
    // A state of Steam's.
    let steam = SentAway::by(&world.ada.get("/link/steam/start").await);
    let return_to = steam.parameter("openid.return_to");
    let state = return_to.rsplit('=').next().unwrap();
    let mixed = SentAway {
        cookie: steam.cookie.replace("steam", "trackmania"),
        ..steam.clone()
    };
    let answer = mixed
        .back(&world.app, CALLBACK, &format!("state={state}{code}"))
        .await;
    answer.assert_error(400, "link_state_invalid");
    // With the right state, but too late, or not with one code.
    let late = world.begin(&world.ada).await;
    world.app.advance(600);
    let answer = world.back(&late, &code).await;
    answer.assert_error(400, "link_state_invalid");
    for more in [
        "",
        "&code=",
        "&code=a&code=b",
        "&code=a%00",
        "&error=server_error",
        "&error=access_denied&code=a",
    ] {
        let sent = world.begin(&world.ada).await;
        let answer = world.back(&sent, more).await;
        answer.assert_error(400, "link_not_proven");
    }
    assert_eq!(world.upstream.count(TOKEN).await, 0);
    assert_eq!(world.links().await, Vec::<Value>::new());
}

#[tokio::test]
async fn who_turns_back_links_nothing_and_a_browser_ends_at_the_web_app() {
    let world = world().await;
    let denied = "&error=access_denied&error_description=No";
    let sent = world.begin(&world.ada).await;
    let answer = world.back(&sent, denied).await;
    answer.assert_error(409, "link_cancelled");
    for (more, end) in [
        (denied.to_owned(), "?cancelled=trackmania"),
        ("&code=unknown".to_owned(), "?error=link_not_proven"),
        (
            format!("&code={}", escaped(&world.upstream.signs_in(0xada))),
            "?linked=trackmania",
        ),
    ] {
        let sent = world.begin(&world.ada).await;
        let path = format!("{CALLBACK}?state={}{more}", sent.parameter("state"));
        let answer = world.app.get(&path).header("Cookie", &sent.cookie).await;
        answer.assert_status(303);
        let location = answer.header("location").unwrap_or_default();
        assert!(
            location.ends_with(&format!("/settings/links{end}")),
            "{location}"
        );
    }
}

#[tokio::test]
async fn where_trackmania_does_not_say_who_it_is_nothing_is_linked() {
    let world = world().await;
    let refused = (400, "link_not_proven");
    let later = (503, "link_provider_unavailable");
    let error = |status: u16, word: &str| {
        let body = json!({ "error": word, "message": "secret-message" });
        ResponseTemplate::new(status).set_body_json(body)
    };
    let page = || ResponseTemplate::new(200).set_body_string("<html>");
    let body = |body: Value| ResponseTemplate::new(200).set_body_json(body);
    let broken = || ResponseTemplate::new(500);
    let mac = json!({ "access_token": "a", "token_type": "mac" });
    let limited = ResponseTemplate::new(429).insert_header("retry-after", "77");
    for (what, asked, faults, (status, code)) in [
        (
            "an old code",
            TOKEN,
            vec![error(400, "invalid_grant")],
            refused,
        ),
        (
            "a code of nothing",
            TOKEN,
            vec![error(400, "invalid_request")],
            refused,
        ),
        (
            "a wrong secret",
            TOKEN,
            vec![error(401, "invalid_client")],
            later,
        ),
        (
            "no client any more",
            TOKEN,
            vec![error(400, "unauthorized_client")],
            later,
        ),
        ("a page", TOKEN, vec![page()], later),
        ("broken", TOKEN, vec![broken()], later),
        ("another kind of token", TOKEN, vec![body(mac)], later),
        (
            "no token",
            TOKEN,
            vec![body(json!({ "token_type": "Bearer" }))],
            later,
        ),
        ("no such token", ME, vec![ResponseTemplate::new(401)], later),
        ("broken twice", ME, vec![broken(), broken()], later),
        ("a page for a person", ME, vec![page()], later),
        ("nobody", ME, vec![body(json!([]))], later),
        (
            "no id of an account",
            ME,
            vec![body(json!({ "accountId": "me", "displayName": "Ada" }))],
            later,
        ),
        (
            "no name",
            ME,
            vec![body(json!({ "accountId": account(0xada) }))],
            later,
        ),
        (
            "a name of no person",
            ME,
            vec![body(
                json!({ "accountId": account(0xada), "displayName": "a\nb" }),
            )],
            later,
        ),
        ("enough", TOKEN, vec![limited], later),
    ] {
        let before = world.upstream.count(TOKEN).await;
        world.upstream.fail(asked, faults);
        let answer = world.prove(&world.ada, 0xada).await;
        let told = answer.assert_error(status, code).to_string();
        assert!(!told.contains("secret"), "{what}: {told}");
        assert_eq!(
            world.upstream.count(TOKEN).await - before,
            1,
            "{what}: a code is good once"
        );
        if what == "enough" {
            assert_eq!(answer.header("retry-after"), Some("77"));
        }
    }
    assert_eq!(world.links().await, Vec::<Value>::new());
}
