//! Discord's OAuth 2.0, by the flow with a code: <https://discord.com/developers/docs/topics/oauth2>.

use serde::Deserialize;

use super::address::{origin, with_query};
use super::callback_query::CallbackQuery;
use super::identity::{DiscordId, Username};
use super::link_refusal::Refusal;

/// Who somebody is, and nothing else about them.
const SCOPE: &str = "identify";
const MAX_CODE_LENGTH: usize = 512;

/// How the browser came back.
#[derive(Debug, PartialEq, Eq)]
pub enum Returned<'a> {
    /// The user turned back.
    Cancelled,
    /// To be exchanged for a token, once.
    Code(&'a str),
}

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

/// The state has been looked at already.
pub fn read_query(query: &CallbackQuery) -> Result<Returned<'_>, Refusal> {
    let all = query.checked()?;
    let get = |name: &str| {
        let found = all.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    };
    match (get("error"), get("code")) {
        (Some("access_denied"), None) => Ok(Returned::Cancelled),
        (Some(_), _) => Err(Refusal::OtherSide),
        (None, Some(code)) if (1..=MAX_CODE_LENGTH).contains(&code.len()) => {
            Ok(Returned::Code(code))
        }
        (None, _) => Err(Refusal::MissingParameter),
    }
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

/// Why there is no token: RFC 6749, section 5.2.
#[derive(Default, Deserialize)]
pub struct TokenError {
    #[serde(default)]
    error: String,
}

impl TokenError {
    /// Whether it is the code that is no good, rather than who we say we are.
    pub fn is_about_the_code(&self) -> bool {
        self.error == "invalid_grant"
    }

    /// For the log: a word of the specification, or nothing that the other side made up.
    pub fn word(&self) -> &'static str {
        const WORDS: [&str; 6] = [
            "invalid_request",
            "invalid_client",
            "invalid_grant",
            "unauthorized_client",
            "unsupported_grant_type",
            "invalid_scope",
        ];
        let known = WORDS.into_iter().find(|word| *word == self.error);
        known.unwrap_or("another_error")
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
    fn what_came_back_is_a_code_or_nothing() {
        let long = format!("code={}", "x".repeat(513));
        for (raw, want) in [
            ("state=s&code=abc", Ok(Returned::Code("abc"))),
            ("state=s&code=abc&guild_id=1", Ok(Returned::Code("abc"))),
            (
                "error=access_denied&error_description=The+user+said+no&state=s",
                Ok(Returned::Cancelled),
            ),
            ("error=server_error", Err(Refusal::OtherSide)),
            ("error=access_denied&code=abc", Err(Refusal::OtherSide)),
            ("state=s&code=", Err(Refusal::MissingParameter)),
            ("state=s", Err(Refusal::MissingParameter)),
            ("code=a&code=b", Err(Refusal::ParameterRepeated)),
            ("code=a%00", Err(Refusal::OddCharacters)),
            (&long, Err(Refusal::MissingParameter)),
        ] {
            assert_eq!(read_query(&CallbackQuery::parse(raw)), want, "{raw}");
        }
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

    #[test]
    fn only_known_words_reach_the_log() {
        let error = |word: &str| TokenError {
            error: word.to_owned(),
        };
        assert!(error("invalid_grant").is_about_the_code());
        assert!(!error("invalid_client").is_about_the_code());
        assert_eq!(error("invalid_client").word(), "invalid_client");
        assert_eq!(error("secret-text").word(), "another_error");
    }
}
