//! Proving a Steam account, and every way that has been used to log in as somebody else.

use serde_json::{Value, json};

use crate::harness::{Answer, Assertion, Player, SentAway, Steam, TestApp, page_of};

pub const STEAM_ID: &str = "76561197960287930";
pub const START: &str = "/link/steam/start";
pub const CALLBACK: &str = "/link/steam/callback";
pub const NAMESPACE: &str = "http://specs.openid.net/auth/2.0";

/// What somebody does to what Steam has said.
type Attack = Box<dyn Fn(&mut Assertion)>;

pub struct World {
    pub app: TestApp,
    pub steam: Steam,
    pub ada: Player,
}

pub async fn world() -> World {
    let steam = Steam::start().await;
    let app = TestApp::builder()
        .setting("STEAM_OPENID_URL", steam.endpoint())
        .start()
        .await;
    let ada = app.register("Ada").await;
    World { app, steam, ada }
}

impl World {
    pub async fn begin(&self) -> SentAway {
        SentAway::by(&self.ada.get(START).await)
    }

    /// What Steam says of Ada now.
    pub fn assert(&self, sent: &SentAway, nonce: &str) -> Assertion {
        let now = self.app.clock.now();
        self.steam.assert(&sent.location, STEAM_ID, now, nonce)
    }

    pub async fn back(&self, sent: &SentAway, assertion: &Assertion) -> Answer {
        sent.back(&self.app, CALLBACK, &assertion.query()).await
    }

    pub async fn links(&self) -> Vec<Value> {
        page_of(&self.ada.get("/links").await.assert_ok(), "links").0
    }
}

#[tokio::test]
async fn an_account_is_proven() {
    let world = world().await;
    let sent = world.begin().await;
    assert!(sent.location.starts_with(&world.steam.endpoint()));
    let return_to = sent.parameter("openid.return_to");
    let state = return_to.split_once("/api/v1/link/steam/callback?state=");
    let (origin, state) = state.unwrap_or_else(|| panic!("{return_to}"));
    assert!(
        state.len() >= 43,
        "as many characters as 256 bits need: {state}"
    );
    for (name, want) in [
        ("openid.ns", NAMESPACE),
        ("openid.mode", "checkid_setup"),
        ("openid.realm", origin),
        (
            "openid.identity",
            "http://specs.openid.net/auth/2.0/identifier_select",
        ),
        (
            "openid.claimed_id",
            "http://specs.openid.net/auth/2.0/identifier_select",
        ),
    ] {
        assert_eq!(sent.parameter(name), want, "{name}");
    }
    let answer = world.back(&sent, &world.assert(&sent, "a+/=")).await;
    let link = answer.assert_ok();
    let want =
        json!({ "provider": "steam", "externalId": STEAM_ID, "username": null, "verified": true });
    assert_eq!(link, want);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(world.links().await, [want]);
    assert_eq!(world.steam.asked().await, 1);
}

#[tokio::test]
async fn whatever_is_not_what_steam_said_proves_nothing_and_steam_is_not_asked() {
    let world = world().await;
    let steam = &world.steam;
    let genuine = steam.claimed_id(STEAM_ID);
    let other = steam.claimed_id("76561197960287931");
    let both = |id: &str| {
        let id = id.to_owned();
        move |assertion: &mut Assertion| {
            assertion.set("openid.claimed_id", &id);
            assertion.set("openid.identity", &id);
        }
    };
    let set = |name: &'static str, value: &str| {
        let value = value.to_owned();
        move |assertion: &mut Assertion| assertion.set(name, &value)
    };
    let add = |name: &'static str, value: &str| {
        let value = value.to_owned();
        move |assertion: &mut Assertion| assertion.add(name, &value)
    };
    let remove = |name: &'static str| move |assertion: &mut Assertion| assertion.remove(name);
    let host = genuine.trim_start_matches("http://").to_owned();
    let attacks: Vec<(&str, Attack)> = vec![
        (
            "an endpoint of the attacker's",
            Box::new(set(
                "openid.op_endpoint",
                "https://evil.example/openid/login",
            )),
        ),
        (
            "Steam's own, which isn't configured here",
            Box::new(set(
                "openid.op_endpoint",
                "https://steamcommunity.com/openid/login",
            )),
        ),
        (
            "an id at the attacker's, with a genuine identity",
            Box::new(set(
                "openid.claimed_id",
                &format!("https://evil.example/openid/id/{STEAM_ID}"),
            )),
        ),
        (
            "an identity that isn't the id",
            Box::new(set("openid.identity", &other)),
        ),
        (
            "said to another site",
            Box::new(set("openid.return_to", "https://evil.example/callback")),
        ),
        (
            "a longer host",
            Box::new(both(&genuine.replacen(
                "/openid",
                ".evil.example/openid",
                1,
            ))),
        ),
        ("another scheme", Box::new(both(&format!("https://{host}")))),
        (
            "user information",
            Box::new(both(&format!("http://evil@{host}"))),
        ),
        ("a path behind", Box::new(both(&format!("{genuine}/")))),
        ("18 digits", Box::new(both(&format!("{genuine}0")))),
        (
            "digits of another script",
            Box::new(both(
                &steam.claimed_id("７６５６１１９７９６０２８７９３０"),
            )),
        ),
        (
            "an id of no person",
            Box::new(both(&steam.claimed_id("10358279142132841"))),
        ),
        (
            "a parameter twice, the first good",
            Box::new(add("openid.claimed_id", &other)),
        ),
        (
            "the same twice",
            Box::new(add("openid.claimed_id", &genuine)),
        ),
        (
            "one more, unsigned",
            Box::new(add("openid.sreg.email", "eve@evil.example")),
        ),
        (
            "one more, with a NUL in its name",
            Box::new(add("openid.claimed_id\0", &other)),
        ),
        ("one more that isn't OpenID's", Box::new(add("a", "b"))),
        ("a NUL in a value", Box::new(both(&format!("{genuine}\0")))),
        (
            "a line more",
            Box::new(set("openid.sig", "a\nis_valid:true")),
        ),
        (
            "the id isn't signed",
            Box::new(set(
                "openid.signed",
                "op_endpoint,identity,return_to,response_nonce,assoc_handle",
            )),
        ),
        (
            "a name signed twice",
            Box::new(set(
                "openid.signed",
                "op_endpoint,claimed_id,identity,identity,return_to,response_nonce,assoc_handle",
            )),
        ),
        ("no signature", Box::new(set("openid.sig", ""))),
        ("no namespace", Box::new(remove("openid.ns"))),
        (
            "another namespace",
            Box::new(set("openid.ns", "http://openid.net/signon/1.1")),
        ),
        ("an error", Box::new(set("openid.mode", "error"))),
        (
            "set-up needed",
            Box::new(set("openid.mode", "setup_needed")),
        ),
        ("no nonce", Box::new(remove("openid.response_nonce"))),
        (
            "a nonce without a time",
            Box::new(set("openid.response_nonce", "abc")),
        ),
        (
            "a query too long",
            Box::new(set("openid.sig", &"x".repeat(4096))),
        ),
    ];
    for (number, (what, attack)) in attacks.iter().enumerate() {
        let sent = world.begin().await;
        let honest = world.assert(&sent, &number.to_string());
        let mut assertion = honest.clone();
        attack(&mut assertion);
        let answer = world.back(&sent, &assertion).await;
        let body = answer.assert_error(400, "link_not_proven");
        assert!(
            !body["error"].as_str().unwrap().contains(STEAM_ID),
            "{what}: {body}"
        );
        // The honest one comes too late: the state is used up.
        let late = world.back(&sent, &honest).await;
        late.assert_error(400, "link_state_invalid");
    }
    assert_eq!(world.steam.asked().await, 0);
    assert_eq!(world.links().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_state_is_good_once_in_its_own_browser_and_for_ten_minutes() {
    let world = world().await;
    let (app, eve) = (&world.app, world.app.register("Eve").await);
    let invalid = async |sent: &SentAway, assertion: &Assertion| {
        let answer = world.back(sent, assertion).await;
        answer.assert_error(400, "link_state_invalid");
    };
    // The attacker's assertion in the victim's browser, and the victim's in the attacker's.
    let (ada_sent, eve_sent) = (world.begin().await, SentAway::by(&eve.get(START).await));
    let swapped = SentAway {
        cookie: eve_sent.cookie.clone(),
        ..ada_sent.clone()
    };
    let assertion = world.assert(&ada_sent, "1");
    invalid(&swapped, &assertion).await;
    // It was seen elsewhere, and is no good in its own browser either.
    invalid(&ada_sent, &assertion).await;

    let sent = world.begin().await;
    let state = sent.parameter("openid.return_to");
    let state = state.rsplit('=').next().unwrap().to_owned();
    for cookie in [
        String::new(),
        "link-steam=".to_owned(),
        "link-steam=lbr_nonsense".to_owned(),
        format!("link-steam={state}"),
        sent.cookie.replace("link-steam", "link-discord"),
        format!("{}; link-steam=lbr_planted", sent.cookie),
    ] {
        let sent = world.begin().await;
        let other = SentAway {
            cookie,
            ..sent.clone()
        };
        invalid(&other, &world.assert(&sent, "2")).await;
    }

    for state in [
        "",
        "nonsense",
        &state.replace("lst_", "lbr_"),
        &"x".repeat(200),
    ] {
        let sent = world.begin().await;
        let mut assertion = world.assert(&sent, "3");
        assertion.set("state", state);
        invalid(&sent, &assertion).await;
    }
    let sent = world.begin().await;
    let mut assertion = world.assert(&sent, "4");
    assertion.remove("state");
    invalid(&sent, &assertion).await;
    let mut assertion = world.assert(&sent, "5");
    assertion.add("state", "another");
    invalid(&sent, &assertion).await;

    // Begun again: the first is given up.
    let (first, second) = (world.begin().await, world.begin().await);
    invalid(&first, &world.assert(&first, "6")).await;
    app.advance(599);
    let assertion = world.assert(&second, "7");
    world.back(&second, &assertion).await.assert_ok();
    invalid(&second, &assertion).await;
    let third = world.begin().await;
    app.advance(600);
    invalid(&third, &world.assert(&third, "8")).await;
    assert_eq!(world.steam.asked().await, 1);
}

#[tokio::test]
async fn of_many_that_come_back_at_the_same_moment_one_is_heard() {
    let world = world().await;
    let sent = world.begin().await;
    let assertion = world.assert(&sent, "1");
    let calls = (0..10).map(|_| world.back(&sent, &assertion));
    let answers = futures_util::future::join_all(calls).await;
    let proven = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(proven, 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.assert_error(400, "link_state_invalid");
    }
    assert_eq!(world.steam.asked().await, 1);
}

#[tokio::test]
async fn a_nonce_is_good_once_and_only_for_a_while() {
    let world = world().await;
    let now = world.app.clock.now();
    let try_at = async |seconds: i64, nonce: &str| {
        let sent = world.begin().await;
        let said_at = now + jiff::SignedDuration::from_secs(seconds);
        let assertion = world.steam.assert(&sent.location, STEAM_ID, said_at, nonce);
        world.back(&sent, &assertion).await
    };
    try_at(0, "one").await.assert_ok();
    try_at(0, "one").await.assert_error(400, "link_not_proven");
    try_at(0, "two").await.assert_ok();
    for seconds in [-301, 32, -86_400] {
        let answer = try_at(seconds, "three").await;
        answer.assert_error(400, "link_not_proven");
    }
    for seconds in [-299, 29] {
        try_at(seconds, "four").await.assert_ok();
    }
    assert_eq!(world.steam.asked().await, 4);
    // Past all of that they needn't be remembered any more.
    let count = "select count(*) from openid_nonces";
    world.app.purge_accounts().await;
    assert_eq!(world.app.database.count(count).await, 4);
    world.app.advance(15 * 60);
    world.app.purge_accounts().await;
    assert_eq!(world.app.database.count(count).await, 0);
}

#[tokio::test]
async fn who_turns_back_links_nothing() {
    let world = world().await;
    let sent = world.begin().await;
    let state = sent.parameter("openid.return_to");
    let state = state.rsplit('=').next().unwrap();
    let query = format!("state={state}&openid.ns={NAMESPACE}&openid.mode=cancel");
    let answer = sent.back(&world.app, CALLBACK, &query).await;
    answer.assert_error(409, "link_cancelled");
    let again = sent.back(&world.app, CALLBACK, &query).await;
    again.assert_error(400, "link_state_invalid");
    assert_eq!(world.steam.asked().await, 0);
    assert_eq!(world.links().await, Vec::<Value>::new());
}
