//! Discord's OAuth 2.0, by the flow with a code: <https://discord.com/developers/docs/topics/oauth2>.

use serde::Deserialize;

use super::address::{origin, with_query};
use super::identity::{DiscordId, Username};
use super::link_refusal::Refusal;

/// Who somebody is, and nothing else about them.
const SCOPE: &str = "identify";

/// Where a browser is sent that is to come back to `redirect_uri`. The page is beside the API, not below it.
pub fn sign_in_url(api_url: &str, client_id: &str, redirect_uri: &str, state: &str) -> String {
    with_query(
        &format!("{}/oauth2/authorize", origin(api_url)),
        &[
            ("response_type", "code"),
            ("client_id", client_id),
            ("scope", SCOPE),
            ("redirect_uri", redirect_uri),
            ("state", state),
            // So that the user sees which account is about to be linked, also the second time.
            ("prompt", "consent"),
        ],
    )
}

/// What a code is exchanged for.
#[derive(Deserialize)]
pub struct Token {
    pub access_token: String,
    token_type: String,
    #[serde(default)]
    scope: String,
}

impl Token {
    /// Whether it is what was asked for.
    pub fn check(&self) -> Result<(), Refusal> {
        let allows = self.scope.split(' ').any(|scope| scope == SCOPE);
        if allows && self.token_type.eq_ignore_ascii_case("bearer") {
            Ok(())
        } else {
            Err(Refusal::Scope)
        }
    }
}

/// `GET /users/@me`, of which we keep no more.
#[derive(Deserialize)]
pub struct Me {
    id: String,
    username: String,
}

impl Me {
    /// `None` if Discord names nobody that could be.
    pub fn account(&self) -> Option<(DiscordId, Username)> {
        let id = DiscordId::parse(&self.id).ok()?;
        Some((id, Username::parse(&self.username).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_is_sent_to_the_page_beside_the_api() {
        let url = sign_in_url(
            "https://discord.com/api/v10",
            "12",
            "https://a.example/b",
            "s",
        );
        assert_eq!(
            url,
            "https://discord.com/oauth2/authorize?response_type=code&client_id=12&scope=identify\
             &redirect_uri=https%3A%2F%2Fa.example%2Fb&state=s&prompt=consent"
        );
        let url = sign_in_url("http://127.0.0.1:4000", "12", "x", "s");
        assert!(
            url.starts_with("http://127.0.0.1:4000/oauth2/authorize?"),
            "{url}"
        );
    }

    #[test]
    fn a_token_must_allow_what_was_asked_for() {
        for (json, want) in [
            (
                r#"{"access_token":"a","token_type":"Bearer","scope":"identify"}"#,
                Ok(()),
            ),
            (
                r#"{"access_token":"a","token_type":"bearer","scope":"email identify"}"#,
                Ok(()),
            ),
            (
                r#"{"access_token":"a","token_type":"Bearer","scope":"email"}"#,
                Err(Refusal::Scope),
            ),
            (
                r#"{"access_token":"a","token_type":"Bearer"}"#,
                Err(Refusal::Scope),
            ),
            (
                r#"{"access_token":"a","token_type":"mac","scope":"identify"}"#,
                Err(Refusal::Scope),
            ),
        ] {
            let token: Token = serde_json::from_str(json).unwrap();
            assert_eq!(token.check(), want, "{json}");
        }
    }

    #[test]
    fn an_account_has_an_id_and_a_name() {
        let account = |json: &str| serde_json::from_str::<Me>(json).ok()?.account();
        let (id, _) = account(r#"{"id":"18446744073709551615","username":"ada"}"#).unwrap();
        assert_eq!(id.as_str(), "18446744073709551615");
        for json in [
            r#"{"id":80351110224678912,"username":"ada"}"#,
            r#"{"id":"18446744073709551616","username":"ada"}"#,
            r#"{"id":"80351110224678912","username":""}"#,
            r#"{"id":"80351110224678912","username":null}"#,
            r#"{"username":"ada"}"#,
        ] {
            assert!(account(json).is_none(), "{json}");
        }
    }
}
