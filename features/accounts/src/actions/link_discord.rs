//! A Discord account, proven by OAuth 2.0. What we are given to ask who it is, we give back at once.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use outbound::{Answer, Request};

use super::link_attempts::{self, Begun};
use super::prove_link::{away, keep, refused};
use crate::config::DiscordClient;
use crate::model::callback_query::CallbackQuery;
use crate::model::discord_oauth::{self, Me, Returned, Token, TokenError};
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

/// By the configuration, and never by what a request says of its host.
fn redirect_uri(shared: &Shared) -> String {
    format!("{}/api/v1/link/discord/callback", shared.links.public_url)
}

pub async fn begin(shared: &Shared, user: CurrentUser) -> Result<Begun, Error> {
    let client = client(shared)?;
    let (state, browser) = link_attempts::begin(shared, user, PROVIDER).await?;
    let location = discord_oauth::sign_in_url(
        &shared.links.discord_api_url,
        &client.id,
        &redirect_uri(shared),
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
    let query = CallbackQuery::parse(query);
    let user = link_attempts::end(shared, PROVIDER, query.state(), browser).await?;
    let returned = discord_oauth::read_query(&query);
    let code = match returned.map_err(|refusal| refused(PROVIDER, refusal))? {
        Returned::Cancelled => return Err(Error::LinkCancelled),
        Returned::Code(code) => code,
    };
    let token = discord.exchange(code).await?;
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
        let redirect_uri = redirect_uri(self.shared);
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri.as_str()),
        ];
        let answer = self.send(self.as_client("/oauth2/token", &form)).await?;
        if answer.status.is_success() {
            return answer.json().map_err(|_| nonsense());
        }
        let error: TokenError = serde_json::from_slice(&answer.body).unwrap_or_default();
        if error.is_about_the_code() {
            Err(refused(PROVIDER, Refusal::Denied))
        } else {
            let cause = format!("status {}, {}", answer.status.as_u16(), error.word());
            Err(away(PROVIDER, &cause, answer.retry_after))
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
