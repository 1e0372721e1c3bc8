//! Tokens of other issuers. All rows of the contract's list have their unit tests in `features/accounts`; here is what
//! only a server and an issuer together can show.

use futures_util::future::join_all;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::harness::{Issuer, SigningKey, TestApp, unsigned};

const AUDIENCE: &str = "https://api.example.org";
const CLIENT: &str = "4t3c8example";

fn auth0_claims(issuer: &Issuer, app: &TestApp) -> Value {
    json!({
        "iss": issuer.name, "sub": "auth0|5f7c8ec7c33c6c004bbafe82", "iat": app.now() - 5, "exp": app.now() + 86_400,
        "aud": [AUDIENCE, format!("{}userinfo", issuer.name)], "azp": "my-client", "scope": "openid profile",
    })
}

fn cognito_claims(issuer: &Issuer, app: &TestApp) -> Value {
    json!({
        "iss": issuer.name, "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "iat": app.now() - 5, "exp": app.now() + 3600,
        "client_id": CLIENT, "token_use": "access", "scope": "aws.cognito.signin.user.admin", "username": "ada_l",
        "version": 2, "jti": "1", "origin_jti": "2", "event_id": "3", "auth_time": app.now() - 5,
    })
}

async fn app_with(issuers: Value) -> TestApp {
    TestApp::builder()
        .setting("OIDC_ISSUERS", issuers.to_string())
        .start()
        .await
}

fn auth0_setting(issuer: &Issuer) -> Value {
    json!({ "issuer": issuer.name, "audience": AUDIENCE })
}

fn cognito_setting(issuer: &Issuer) -> Value {
    json!({ "issuer": issuer.name, "clientId": CLIENT })
}

async fn me(app: &TestApp, token: &str) -> Value {
    app.get("/me").bearer(token).await.assert_ok()
}

async fn refused(app: &TestApp, token: &str) {
    app.get("/me")
        .bearer(token)
        .await
        .assert_error(401, "invalid_token");
}

#[tokio::test]
async fn a_token_like_auth0s_makes_a_user_at_first_sight_and_finds_them_again() {
    let key = SigningKey::number(0, "a");
    let issuer = Issuer::like_auth0(&[key]).await;
    let short_form = TestApp::builder()
        .setting("OIDC_ISSUER", issuer.name.clone())
        .setting("OIDC_AUDIENCE", AUDIENCE);
    let app = short_form.start().await;
    let token = key.sign(&auth0_claims(&issuer, &app));
    let first = me(&app, &token).await;
    assert_eq!(
        (&first["role"], &first["email"]),
        (&json!("user"), &Value::Null)
    );
    assert_eq!(me(&app, &token).await["id"], first["id"]);
    let mut other = auth0_claims(&issuer, &app);
    other["sub"] = json!("auth0|somebody-else");
    assert_ne!(me(&app, &key.sign(&other)).await["id"], first["id"]);
    assert_eq!(issuer.fetches().await, 1);
}

#[tokio::test]
async fn a_token_like_cognitos_is_taken_by_its_client() {
    let key = SigningKey::number(0, "a");
    let issuer = Issuer::like_cognito(&[key]).await;
    let app = app_with(json!([cognito_setting(&issuer)])).await;
    let user = me(&app, &key.sign(&cognito_claims(&issuer, &app))).await;
    assert_eq!(user["screenName"], "ada_l");
    for (name, value) in [
        ("client_id", json!("another")),
        ("token_use", json!("id")),
        ("token_use", Value::Null),
    ] {
        let mut claims = cognito_claims(&issuer, &app);
        claims[name] = value;
        refused(&app, &key.sign(&claims)).await;
    }
    // An ID token: our client in `aud`.
    let mut claims = cognito_claims(&issuer, &app);
    claims["token_use"] = json!("id");
    claims["aud"] = json!(CLIENT);
    claims.as_object_mut().unwrap().remove("client_id");
    refused(&app, &key.sign(&claims)).await;
}

#[tokio::test]
async fn such_a_user_plays_like_any_other() {
    let key = SigningKey::number(0, "a");
    let issuer = Issuer::like_auth0(&[key]).await;
    let app = app_with(json!([auth0_setting(&issuer)])).await;
    let service = app.game_service(&[]).await;
    let token = key.sign(&auth0_claims(&issuer, &app));
    let id = me(&app, &token).await["id"].as_str().unwrap().to_owned();
    let action = service
        .vouch_with(&json!({ "userId": id, "gameId": "chess", "maxScore": 9 }))
        .await;
    let body = json!({ "actionToken": action.text, "scoreDelta": 9 });
    app.post("/scores")
        .bearer(&token)
        .json(&body)
        .await
        .assert_ok();
    assert_eq!(app.board("chess").entries().await[0].user_id, id);
    // A deleted account is not brought back by what is left of the token's life.
    app.delete("/me").bearer(&token).await.assert_gone();
    app.get("/me")
        .bearer(&token)
        .await
        .assert_error(401, "unauthenticated");
    assert!(app.board("chess").entries().await.is_empty());
}

#[tokio::test]
async fn of_many_first_requests_at_once_one_user_is_made() {
    let key = SigningKey::number(0, "a");
    let issuer = Issuer::like_auth0(&[key]).await;
    let app = app_with(json!([auth0_setting(&issuer)])).await;
    let token = key.sign(&auth0_claims(&issuer, &app));
    let mut ids: Vec<String> = join_all((0..20).map(|_| me(&app, &token)))
        .await
        .iter()
        .map(|me| me["id"].to_string())
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(
        app.database
            .count("select count(*) from users where role = 'user'")
            .await,
        1
    );
    assert_eq!(issuer.fetches().await, 1);
}

#[tokio::test]
async fn unknown_key_ids_cause_one_fetch_and_no_storm() {
    let key = SigningKey::number(0, "a");
    let issuer = Issuer::like_auth0(&[key]).await;
    let app = app_with(json!([auth0_setting(&issuer)])).await;
    let claims = auth0_claims(&issuer, &app);
    me(&app, &key.sign(&claims)).await;
    app.advance(60);
    let forged: Vec<String> = (0..50)
        .map(|number| {
            key.sign_with(
                &json!({ "alg": "RS256", "typ": "JWT", "kid": format!("made-up-{number}") }),
                &claims,
            )
        })
        .collect();
    join_all(forged.iter().map(|token| refused(&app, token))).await;
    assert_eq!(issuer.fetches().await, 2);
    me(&app, &key.sign(&claims)).await;
    assert_eq!(issuer.fetches().await, 2);
}

#[tokio::test]
async fn a_new_key_is_found_and_an_old_one_that_is_gone_is_refused() {
    let (old, new) = (SigningKey::number(0, "old"), SigningKey::number(1, "new"));
    let issuer = Issuer::like_auth0(&[old]).await;
    let app = app_with(json!([auth0_setting(&issuer)])).await;
    let claims = auth0_claims(&issuer, &app);
    me(&app, &old.sign(&claims)).await;
    issuer.publish(&[new]).await;
    app.advance(60);
    me(&app, &new.sign(&claims)).await;
    assert_eq!(issuer.fetches().await, 1);
    refused(&app, &old.sign(&claims)).await;
}

#[tokio::test]
async fn an_issuer_that_is_away_harms_only_who_brings_an_unknown_key() {
    let (known, unknown) = (
        SigningKey::number(0, "known"),
        SigningKey::number(1, "unknown"),
    );
    let issuer = Issuer::like_auth0(&[known]).await;
    let app = app_with(json!([auth0_setting(&issuer)])).await;
    let claims = auth0_claims(&issuer, &app);
    me(&app, &known.sign(&claims)).await;
    for answer in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(302).insert_header("Location", "/x"),
    ] {
        issuer.answer(answer).await;
        app.advance(60);
        me(&app, &known.sign(&claims)).await;
        let answer = app.get("/me").bearer(&unknown.sign(&claims)).await;
        answer.assert_error(503, "issuer_unavailable");
    }
}

#[tokio::test]
async fn issuers_are_never_mixed_up() {
    let (a_key, b_key) = (SigningKey::number(0, "a"), SigningKey::number(1, "b"));
    let (a, b) = (
        Issuer::like_auth0(&[a_key]).await,
        Issuer::like_cognito(&[b_key]).await,
    );
    let app = app_with(json!([auth0_setting(&a), cognito_setting(&b)])).await;
    me(&app, &a_key.sign(&auth0_claims(&a, &app))).await;
    me(&app, &b_key.sign(&cognito_claims(&b, &app))).await;
    // Signed by the one, in the name of the other; and by the rule of the other.
    refused(&app, &b_key.sign(&auth0_claims(&a, &app))).await;
    let mut claims = cognito_claims(&b, &app);
    claims["iss"] = json!(a.name);
    refused(&app, &a_key.sign(&claims)).await;
    let mut claims = auth0_claims(&a, &app);
    claims["iss"] = json!(b.name);
    refused(&app, &b_key.sign(&claims)).await;
    // The same subject at two issuers is two people.
    let mut claims = cognito_claims(&b, &app);
    claims["sub"] = auth0_claims(&a, &app)["sub"].clone();
    let other = me(&app, &b_key.sign(&claims)).await;
    assert_ne!(
        other["id"],
        me(&app, &a_key.sign(&auth0_claims(&a, &app))).await["id"]
    );
}

#[tokio::test]
async fn forged_and_misdirected_tokens_are_refused() {
    let key = SigningKey::number(0, "a");
    let issuer = Issuer::like_auth0(&[key]).await;
    let app = app_with(json!([auth0_setting(&issuer)])).await;
    let claims = auth0_claims(&issuer, &app);
    me(&app, &key.sign(&claims)).await;
    let header = json!({ "alg": "none", "typ": "JWT", "kid": "a" });
    refused(&app, &format!("{}.", unsigned(&header, &claims))).await;
    // The public key as the secret of an HMAC.
    let text = unsigned(
        &json!({ "alg": "HS256", "typ": "JWT", "kid": "a" }),
        &claims,
    );
    let tag = aws_lc_rs::hmac::sign(
        &aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &key.public_der()),
        text.as_bytes(),
    );
    let tag = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, tag);
    refused(&app, &format!("{text}.{tag}")).await;
    for (name, value) in [
        ("iss", json!(issuer.name.trim_end_matches('/'))),
        (
            "iss",
            json!(format!(
                "{}.evil.example/",
                issuer.name.trim_end_matches('/')
            )),
        ),
        ("aud", json!("https://other.example")),
        ("aud", json!([])),
        ("exp", json!((app.now() + 60).to_string())),
        ("exp", json!(1e300)),
        ("nbf", json!(app.now() + 600)),
        ("sub", json!("")),
        ("sub", Value::Null),
    ] {
        let mut changed = claims.clone();
        changed[name] = value;
        refused(&app, &key.sign(&changed)).await;
    }
    for kind in ["logout+jwt", "dpop+jwt"] {
        refused(
            &app,
            &key.sign_with(&json!({ "alg": "RS256", "typ": kind, "kid": "a" }), &claims),
        )
        .await;
    }
    let attacker = SigningKey::number(1, "a");
    refused(&app, &attacker.sign(&claims)).await;
    let embedded = json!({ "alg": "RS256", "typ": "JWT", "kid": "a", "jwk": attacker.jwk(), "jku": "http://localhost:1/evil" });
    refused(&app, &attacker.sign_with(&embedded, &claims)).await;
    app.advance(86_400 + 61);
    app.get("/me")
        .bearer(&key.sign(&claims))
        .await
        .assert_error(401, "token_expired");
}

#[tokio::test]
async fn a_configured_claim_makes_an_admin_and_no_other_does() {
    let key = SigningKey::number(0, "a");
    let issuer = Issuer::like_auth0(&[key]).await;
    let mut setting = auth0_setting(&issuer);
    setting["adminClaim"] = json!("https://app/roles");
    setting["adminValue"] = json!("boss");
    let app = app_with(json!([setting])).await;
    let mut claims = auth0_claims(&issuer, &app);
    for roles in [
        Value::Null,
        json!([]),
        json!(["bosses"]),
        json!("bos"),
        json!(["user"]),
    ] {
        claims["https://app/roles"] = roles;
        app.get("/admin/api-keys")
            .bearer(&key.sign(&claims))
            .await
            .assert_error(403, "admin_only");
    }
    claims["https://app/roles"] = json!(["user", "boss"]);
    app.get("/admin/api-keys")
        .bearer(&key.sign(&claims))
        .await
        .assert_ok();
}

#[tokio::test]
async fn an_email_in_a_token_opens_nobody_elses_account() {
    let key = SigningKey::number(0, "a");
    let issuer = Issuer::like_auth0(&[key]).await;
    let app = app_with(json!([auth0_setting(&issuer)])).await;
    let ada = app.register("Ada").await;
    let mut claims = auth0_claims(&issuer, &app);
    claims["email"] = json!(ada.email);
    claims["email_verified"] = json!(true);
    let user = me(&app, &key.sign(&claims)).await;
    assert_ne!(user["id"], ada.id.as_str());
    assert_ne!(user["email"], ada.email.as_str());
}
