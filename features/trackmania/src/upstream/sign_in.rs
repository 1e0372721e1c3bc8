//! Players who prove which account is theirs, by OAuth 2.0 with a code (RFC 6749, section 4.1).

use http::StatusCode;
use outbound::{OauthError, Request};
use serde_json::Value;

use super::{Nadeo, UpstreamError, query};
use crate::model::account::AccountId;
use crate::model::names;
use crate::model::read::{Malformed, secret};

impl Nadeo {
    /// Where a browser is sent that is to come back to `redirect_uri` with a code.
    ///
    /// # Errors
    /// [`UpstreamError::NotConfigured`] if we are no client there.
    pub fn sign_in_url(&self, redirect_uri: &str, state: &str) -> Result<String, UpstreamError> {
        let client = self.client.as_ref().ok_or(UpstreamError::NotConfigured)?;
        let pairs = [
            ("response_type", "code"),
            ("client_id", client.name.as_str()),
            // Who somebody is takes none.
            ("scope", ""),
            ("redirect_uri", redirect_uri),
            ("state", state),
        ];
        Ok(format!(
            "{}/oauth/authorize?{}",
            self.public_url,
            query(pairs)
        ))
    }

    /// Whose a code is, with what they are called; None if it is no good. What it is exchanged for is forgotten at once:
    /// there is nowhere to give it back.
    ///
    /// # Errors
    /// When the public API is away, answers strangely, or doesn't take us.
    pub async fn account_of_code(
        &self,
        code: &str,
        redirect_uri: &str,
    ) -> Result<Option<(AccountId, String)>, UpstreamError> {
        let Some(token) = self.exchange(code, redirect_uri).await? else {
            return Ok(None);
        };
        let url = format!("{}/api/user", self.public_url);
        let header = format!("Bearer {token}");
        let request = || Request::get(&url).header("authorization", &header);
        let answer = self.caller.ask(request).await?;
        self.caller.read(&answer, names::parse_own).map(Some)
    }

    async fn exchange(
        &self,
        code: &str,
        redirect_uri: &str,
    ) -> Result<Option<String>, UpstreamError> {
        let client = self.client.as_ref().ok_or(UpstreamError::NotConfigured)?;
        let url = format!("{}/api/access_token", self.public_url);
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", client.name.as_str()),
            ("client_secret", client.password.expose()),
            ("code", code),
            ("redirect_uri", redirect_uri),
        ];
        let request = || Request::post(&url).form(form);
        let answer = self.caller.ask_once(request).await?;
        if matches!(
            answer.status,
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED
        ) {
            let word = OauthError::of(&answer).word();
            tracing::warn!(word, "Trackmania doesn't take a code");
            // A code that was never one is an invalid request to some.
            return match word {
                "invalid_grant" | "invalid_request" => Ok(None),
                _ => Err(UpstreamError::Refused),
            };
        }
        self.caller.read(&answer, access_token).map(Some)
    }
}

fn access_token(told: &Value) -> Result<String, Malformed> {
    let kind = told.get("token_type").and_then(Value::as_str);
    if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
        return Err(Malformed::new("its token is of another type"));
    }
    secret(told, "access_token")
}
