//! A Discord account, proven by OAuth 2.0. What we are given to ask who it is, we give back at once.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use outbound::{Answer, OauthError, Request};

use super::code_flow;
use super::link_attempts::{self, Begun, callback_url};
use super::prove_link::{away, keep, refused};
use crate::config::DiscordClient;
use crate::model::discord_oauth::{self, Me, Token};
use crate::model::identity::{Claim, Provider};
use crate::model::link_refusal::Refusal;
use crate::shared::Shared;
use crate::store::identities::Identity;
use crate::{CurrentUser, Error};

const PROVIDER: Provider = Provider::Discord;
/// Of each of the three calls.
const PATIENCE: Duration = Duration::from_secs(5);
const CAP: usize = 64 * 1024;

fn client(shared: &Shared) -> Result<&DiscordClient, Error> {
    let client = shared.links.discord_client.as_ref();
    client.ok_or(Error::LinkNotConfigured)
}

pub async fn begin(shared: &Shared, user: CurrentUser) -> Result<Begun, Error> {
    let client = client(shared)?;
    let (state, browser) = link_attempts::begin(shared, user, PROVIDER).await?;
    let location = discord_oauth::sign_in_url(
        &shared.links.discord_api_url,
        &client.id,
        &callback_url(shared, PROVIDER),
        state.expose(),
    );
    Ok(Begun { location, browser })
}

/// `browser` is what the browser kept, `query` what it came back with.
pub async fn end(shared: &Shared, browser: Option<&str>, query: &str) -> Result<Identity, Error> {
    let discord = Discord {
        shared,
        client: client(shared)?,
    };
    let (user, code) = code_flow::end(shared, PROVIDER, browser, query).await?;
    let token = discord.exchange(&code).await?;
    let account = discord.account(&token).await;
    discord.revoke(&token).await;
    keep(shared, user.id, &account?).await
}

struct Discord<'a> {
    shared: &'a Shared,
    client: &'a DiscordClient,
}

impl Discord<'_> {
    async fn exchange(&self, code: &str) -> Result<Token, Error> {
        let redirect_uri = callback_url(self.shared, PROVIDER);
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri.as_str()),
        ];
        let answer = self.send(self.as_client("/oauth2/token", &form)).await?;
        if answer.status.is_success() {
            return answer.json().map_err(|_| nonsense());
        }
        match OauthError::of(&answer).word() {
            "invalid_grant" => Err(refused(PROVIDER, Refusal::Denied)),
            word => {
                let cause = format!("status {}, {word}", answer.status.as_u16());
                Err(away(PROVIDER, &cause, answer.retry_after))
            }
        }
    }

    /// Whose the token is.
    async fn account(&self, token: &Token) -> Result<Claim, Error> {
        token
            .check()
            .map_err(|refusal| refused(PROVIDER, refusal))?;
        let bearer = format!("Bearer {}", token.access_token);
        let request = Request::get(self.url("/users/@me"))
            .header("accept", "application/json")
            .header("authorization", &bearer);
        let answer = self.send(request).await?;
        if !answer.status.is_success() {
            let cause = format!("status {}", answer.status.as_u16());
            return Err(away(PROVIDER, &cause, answer.retry_after));
        }
        let me: Me = answer.json().map_err(|_| nonsense())?;
        let (id, username) = me.account().ok_or_else(nonsense)?;
        Ok(Claim::discord(id, username))
    }

    /// Nothing hangs on it: what isn't revoked ends by itself within a week, and is kept nowhere.
    async fn revoke(&self, token: &Token) {
        let form = [
            ("token", token.access_token.as_str()),
            ("token_type_hint", "access_token"),
        ];
        let request = self.as_client("/oauth2/token/revoke", &form);
        match self.shared.outside.send(self.ours(request)).await {
            Ok(answer) if answer.status.is_success() => {}
            Ok(answer) => {
                let status = answer.status.as_u16();
                tracing::warn!(status, "a token of Discord's was not taken back");
            }
            Err(error) => tracing::warn!(%error, "a token of Discord's was not taken back"),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.shared.links.discord_api_url)
    }

    /// Discord takes forms only here, and knows us by HTTP Basic (RFC 6749, section 2.3.1).
    fn as_client(&self, path: &str, form: &[(&str, &str)]) -> Request {
        let client = self.client;
        let pair = format!("{}:{}", client.id, client.secret.expose());
        let basic = format!("Basic {}", STANDARD.encode(pair));
        Request::post(self.url(path))
            .header("accept", "application/json")
            .header("authorization", &basic)
            .form(form.iter().copied())
    }

    /// As Discord wants to be called: <https://discord.com/developers/docs/reference#user-agent>.
    fn ours(&self, request: Request) -> Request {
        let contact = &self.shared.links.public_url;
        let agent = format!("DiscordBot ({contact}, {})", env!("CARGO_PKG_VERSION"));
        request
            .header("user-agent", &agent)
            .timeout(PATIENCE)
            .cap(CAP)
    }

    async fn send(&self, request: Request) -> Result<Answer, Error> {
        let answer = self.shared.outside.send(self.ours(request)).await;
        answer.map_err(|error| away(PROVIDER, &error.to_string(), None))
    }
}

fn nonsense() -> Error {
    away(PROVIDER, "not an answer", None)
}
