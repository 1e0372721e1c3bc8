//! A Steam account, proven by OpenID 2.0.

use std::time::Duration;

use http::StatusCode;
use outbound::Request;

use super::link_attempts::{self, Begun, callback_url};
use super::prove_link::{away, keep, refused};
use crate::model::callback_query::CallbackQuery;
use crate::model::identity::{Claim, Provider};
use crate::model::link_refusal::Refusal;
use crate::model::steam_openid::{self, Assertion, Reply, Returned};
use crate::shared::Shared;
use crate::store::identities::Identity;
use crate::store::openid_nonces;
use crate::{CurrentUser, Error};

const PROVIDER: Provider = Provider::Steam;
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of Steam's answer, which has two short lines.
const CAP: usize = 1024;

fn return_to(shared: &Shared, state: &str) -> String {
    format!("{}?state={state}", callback_url(shared, PROVIDER))
}

pub async fn begin(shared: &Shared, user: CurrentUser) -> Result<Begun, Error> {
    let (state, browser) = link_attempts::begin(shared, user, PROVIDER).await?;
    let return_to = return_to(shared, state.expose());
    Ok(Begun {
        location: shared.steam.sign_in_url(&return_to),
        browser,
    })
}

/// `browser` is what the browser kept, `query` what it came back with.
pub async fn end(shared: &Shared, browser: Option<&str>, query: &str) -> Result<Identity, Error> {
    let query = CallbackQuery::parse(query);
    let user = link_attempts::end(shared, PROVIDER, query.state(), browser).await?;
    let return_to = return_to(shared, query.state().unwrap_or_default());
    let now = shared.clock.now();
    let returned = shared.steam.read(&query, &return_to, now);
    let assertion = match returned.map_err(|refusal| refused(PROVIDER, refusal))? {
        Returned::Cancelled => return Err(Error::LinkCancelled),
        Returned::Asserted(assertion) => assertion,
    };
    if !openid_nonces::insert(shared.db.pool(), &assertion.nonce, now).await? {
        return Err(refused(PROVIDER, Refusal::NonceSeen));
    }
    confirm(shared, &assertion).await?;
    keep(shared, user.id, &Claim::steam(assertion.steam_id)).await
}

/// Asks Steam, at the address that was configured, whether it said so.
async fn confirm(shared: &Shared, assertion: &Assertion) -> Result<(), Error> {
    let request = Request::post(shared.steam.endpoint())
        .form(assertion.question())
        .timeout(PATIENCE)
        .cap(CAP)
        // It answers once. What was never sent may be sent again.
        .retries(1);
    let answer = match shared.outside.send(request).await {
        Ok(answer) => answer,
        Err(error) => return Err(away(PROVIDER, &error.to_string(), None)),
    };
    if answer.status != StatusCode::OK {
        let reason = format!("status {}", answer.status.as_u16());
        return Err(away(PROVIDER, &reason, answer.retry_after));
    }
    match steam_openid::read_reply(&answer.body) {
        Reply::Confirmed => Ok(()),
        Reply::Denied => Err(refused(PROVIDER, Refusal::Denied)),
        Reply::Nonsense => Err(away(PROVIDER, "not an answer", None)),
    }
}
