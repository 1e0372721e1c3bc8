use super::*;

const ENDPOINT: &str = "https://steamcommunity.com/openid/login";
const RETURN_TO: &str = "https://play.example/api/v1/link/steam/callback?state=lst_a";
const ID: &str = "https://steamcommunity.com/openid/id/76561197960287930";
const SIGNED: &str = "signed,op_endpoint,claimed_id,identity,return_to,response_nonce,assoc_handle";

fn now() -> Timestamp {
    "2026-08-27T04:44:16Z".parse().unwrap()
}

fn genuine() -> Vec<(String, String)> {
    [
        ("state", "lst_a"),
        ("openid.ns", NAMESPACE),
        ("openid.mode", "id_res"),
        ("openid.op_endpoint", ENDPOINT),
        ("openid.claimed_id", ID),
        ("openid.identity", ID),
        ("openid.return_to", RETURN_TO),
        ("openid.response_nonce", "2026-08-27T04:44:10ZxkN+/aB7c="),
        ("openid.assoc_handle", "1234567890"),
        ("openid.signed", SIGNED),
        ("openid.sig", "W0u5DRbtHE1GG0ZKXjerUZDUGmc="),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// The genuine one with these in place of its own, or without them where there is no value.
fn changed(changes: &[(&str, Option<&str>)]) -> Vec<(String, String)> {
    let mut pairs = genuine();
    for (name, value) in changes {
        pairs.retain(|(other, _)| other != name);
        pairs.extend(value.map(|value| ((*name).to_owned(), value.to_owned())));
    }
    pairs
}

fn read(pairs: &[(String, String)]) -> Result<Returned, Refusal> {
    let raw = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    SteamOpenid::new(ENDPOINT).read(&CallbackQuery::parse(&raw), RETURN_TO, now())
}

fn refusal_of(changes: &[(&str, Option<&str>)]) -> Refusal {
    match read(&changed(changes)) {
        Err(refusal) => refusal,
        Ok(returned) => panic!("{changes:?}: {returned:?}"),
    }
}

#[test]
fn a_genuine_assertion_is_believed_and_asked_about_as_it_came() {
    let Ok(Returned::Asserted(assertion)) = read(&genuine()) else {
        panic!("refused");
    };
    assert_eq!(assertion.steam_id.as_str(), "76561197960287930");
    assert_eq!(assertion.nonce, "2026-08-27T04:44:10ZxkN+/aB7c=");
    let mut asked = genuine();
    asked.retain(|(name, _)| name != "state");
    asked[1].1 = "check_authentication".to_owned();
    let question: Vec<_> = assertion
        .question()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(question, asked);
}

#[test]
fn every_attack_has_its_refusal() {
    let set = |name, value| [(name, Some(value))];
    let claimed = |id| {
        [
            ("openid.claimed_id", Some(id)),
            ("openid.identity", Some(id)),
        ]
    };
    for (what, changes, want) in [
        (
            "no namespace",
            &[("openid.ns", None)][..],
            Refusal::MissingParameter,
        ),
        (
            "OpenID 1",
            &set("openid.ns", "http://openid.net/signon/1.1"),
            Refusal::Namespace,
        ),
        ("an error", &set("openid.mode", "error"), Refusal::Mode),
        (
            "set-up needed",
            &set("openid.mode", "setup_needed"),
            Refusal::Mode,
        ),
        (
            "not yet asked",
            &set("openid.mode", "checkid_setup"),
            Refusal::Mode,
        ),
        (
            "another's endpoint",
            &set("openid.op_endpoint", "https://evil.example/openid/login"),
            Refusal::Endpoint,
        ),
        (
            "Steam's in the clear",
            &set(
                "openid.op_endpoint",
                "http://steamcommunity.com/openid/login",
            ),
            Refusal::Endpoint,
        ),
        (
            "a slash more",
            &set(
                "openid.op_endpoint",
                "https://steamcommunity.com/openid/login/",
            ),
            Refusal::Endpoint,
        ),
        (
            "said to another site",
            &set(
                "openid.return_to",
                "https://evil.example/callback?state=lst_a",
            ),
            Refusal::ReturnTo,
        ),
        (
            "said for another state",
            &set(
                "openid.return_to",
                "https://play.example/api/v1/link/steam/callback?state=lst_b",
            ),
            Refusal::ReturnTo,
        ),
        (
            "a parameter more",
            &set(
                "openid.return_to",
                "https://play.example/api/v1/link/steam/callback?state=lst_a&a=b",
            ),
            Refusal::ReturnTo,
        ),
        (
            "the attacker's id, a genuine identity",
            &set(
                "openid.claimed_id",
                "https://evil.example/openid/id/76561197960287930",
            ),
            Refusal::ClaimedId,
        ),
        (
            "another id of Steam's",
            &set(
                "openid.identity",
                "https://steamcommunity.com/openid/id/76561197960287931",
            ),
            Refusal::IdentityDiffers,
        ),
        (
            "a longer host",
            &claimed("https://steamcommunity.com.evil.example/openid/id/76561197960287930"),
            Refusal::ClaimedId,
        ),
        (
            "an escaped dot",
            &claimed("https://steamcommunityxcom/openid/id/76561197960287930"),
            Refusal::ClaimedId,
        ),
        (
            "in the clear",
            &claimed("http://steamcommunity.com/openid/id/76561197960287930"),
            Refusal::ClaimedId,
        ),
        (
            "user information",
            &claimed("https://steamcommunity.com@evil.example/openid/id/76561197960287930"),
            Refusal::ClaimedId,
        ),
        (
            "a path behind",
            &claimed("https://steamcommunity.com/openid/id/76561197960287930/"),
            Refusal::ClaimedId,
        ),
        (
            "a query behind",
            &claimed("https://steamcommunity.com/openid/id/76561197960287930?a"),
            Refusal::ClaimedId,
        ),
        (
            "a prefix before",
            &claimed("https://evil.example/https://steamcommunity.com/openid/id/76561197960287930"),
            Refusal::ClaimedId,
        ),
        (
            "18 digits",
            &claimed("https://steamcommunity.com/openid/id/765611979602879300"),
            Refusal::ClaimedId,
        ),
        (
            "16 digits",
            &claimed("https://steamcommunity.com/openid/id/7656119796028793"),
            Refusal::ClaimedId,
        ),
        (
            "other digits",
            &claimed("https://steamcommunity.com/openid/id/７６５６１１９７９６０２８７９３０"),
            Refusal::ClaimedId,
        ),
        (
            "a clan",
            &claimed("https://steamcommunity.com/openid/id/10358279142132841"),
            Refusal::ClaimedId,
        ),
        (
            "no digits",
            &claimed("https://steamcommunity.com/openid/id/"),
            Refusal::ClaimedId,
        ),
        (
            "the id isn't signed",
            &set(
                "openid.signed",
                "signed,op_endpoint,identity,return_to,response_nonce,assoc_handle",
            ),
            Refusal::Unsigned,
        ),
        (
            "the return address isn't",
            &set(
                "openid.signed",
                "op_endpoint,claimed_id,identity,response_nonce,assoc_handle",
            ),
            Refusal::Unsigned,
        ),
        (
            "signed twice",
            &set(
                "openid.signed",
                "op_endpoint,claimed_id,claimed_id,identity,return_to,response_nonce,assoc_handle",
            ),
            Refusal::Unsigned,
        ),
        (
            "nothing is signed",
            &set("openid.signed", ""),
            Refusal::Unsigned,
        ),
        ("no signature", &set("openid.sig", ""), Refusal::Unsigned),
        (
            "no signature at all",
            &[("openid.sig", None)],
            Refusal::MissingParameter,
        ),
        (
            "no handle",
            &set("openid.assoc_handle", ""),
            Refusal::Unsigned,
        ),
        (
            "an old nonce",
            &set("openid.response_nonce", "2026-08-27T04:39:15Zx"),
            Refusal::NonceTime,
        ),
        (
            "a nonce from tomorrow",
            &set("openid.response_nonce", "2026-08-27T04:44:47Zx"),
            Refusal::NonceTime,
        ),
        (
            "no time",
            &set("openid.response_nonce", "xkN"),
            Refusal::Nonce,
        ),
        (
            "no such day",
            &set("openid.response_nonce", "2026-02-30T04:44:10Zx"),
            Refusal::Nonce,
        ),
        (
            "another form of time",
            &set("openid.response_nonce", "2026-08-27 04:44:10Zx"),
            Refusal::Nonce,
        ),
        (
            "a blank",
            &set("openid.response_nonce", "2026-08-27T04:44:10Z x"),
            Refusal::Nonce,
        ),
        (
            "more than was asked for",
            &set("openid.sreg.email", "a@b.example"),
            Refusal::UnknownParameter,
        ),
        (
            "an unsigned stranger",
            &set("openid.ext1.value", "1"),
            Refusal::UnknownParameter,
        ),
        (
            "a name with a NUL",
            &set("openid.claimed_id\0", ID),
            Refusal::OddCharacters,
        ),
        (
            "a value with a NUL",
            &claimed("https://steamcommunity.com/openid/id/76561197960287930\0"),
            Refusal::OddCharacters,
        ),
        (
            "a line more",
            &set("openid.sig", "a\nis_valid:true"),
            Refusal::OddCharacters,
        ),
    ] {
        assert_eq!(refusal_of(changes), want, "{what}");
    }
    let long = "x".repeat(256);
    let nonce = format!("2026-08-27T04:44:10Z{long}");
    assert_eq!(
        refusal_of(&set("openid.response_nonce", &nonce)),
        Refusal::Nonce
    );
    let sig = "x".repeat(4096);
    assert_eq!(refusal_of(&set("openid.sig", &sig)), Refusal::QueryTooLong);
}

#[test]
fn a_parameter_that_is_there_twice_refuses_all() {
    for name in PARAMETERS {
        let mut pairs = genuine();
        pairs.push((name.to_owned(), "x".to_owned()));
        assert_eq!(read(&pairs), Err(Refusal::ParameterRepeated), "{name}");
        let twice = pairs.iter().find(|(other, _)| other == name).cloned();
        pairs.pop();
        pairs.extend(twice);
        assert_eq!(read(&pairs), Err(Refusal::ParameterRepeated), "{name}");
    }
}

#[test]
fn no_parameter_may_be_missing() {
    for name in PARAMETERS {
        assert_eq!(
            refusal_of(&[(name, None)]),
            Refusal::MissingParameter,
            "{name}"
        );
    }
}

#[test]
fn a_nonce_is_timely_within_the_bounds() {
    for time in ["2026-08-27T04:39:16Z", "2026-08-27T04:44:46Z"] {
        let nonce = format!("{time}x");
        let pairs = changed(&[("openid.response_nonce", Some(&nonce))]);
        assert!(read(&pairs).is_ok(), "{time}");
    }
}

#[test]
fn turning_back_is_no_error() {
    let pairs = [
        ("state", "lst_a"),
        ("openid.ns", NAMESPACE),
        ("openid.mode", "cancel"),
    ];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(read(&pairs), Ok(Returned::Cancelled));
}

#[test]
fn another_server_stands_in_under_its_own_name_only() {
    let stand_in = SteamOpenid::new("http://127.0.0.1:4000/openid/login");
    let id = |claimed| stand_in.steam_id(claimed).is_some();
    assert!(id("http://127.0.0.1:4000/openid/id/76561197960287930"));
    assert!(!id(ID));
    assert!(!id("http://127.0.0.1:40001/openid/id/76561197960287930"));
}

#[test]
fn the_browser_is_sent_to_steam_with_what_it_wants() {
    let url = SteamOpenid::new(ENDPOINT).sign_in_url(RETURN_TO);
    let (endpoint, query) = url.split_once('?').unwrap();
    assert_eq!(endpoint, ENDPOINT);
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    let get = |name: &str| {
        let found = pairs.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_ref())
    };
    assert_eq!(get("openid.ns"), Some(NAMESPACE));
    assert_eq!(get("openid.mode"), Some("checkid_setup"));
    assert_eq!(get("openid.claimed_id"), Some(IDENTIFIER_SELECT));
    assert_eq!(get("openid.identity"), Some(IDENTIFIER_SELECT));
    assert_eq!(get("openid.return_to"), Some(RETURN_TO));
    assert_eq!(get("openid.realm"), Some("https://play.example"));
}
