//! Proofs under way: begun by somebody who is signed in, ended by whatever browser comes back, on whatever server.

use jiff::Timestamp;
use kernel::Secret;

use super::sessions::check_signed_in;
use crate::model::identity::Provider;
use crate::model::link_attempt::{self, GOOD_FOR};
use crate::shared::Shared;
use crate::store::link_attempts::{self, NewAttempt};
use crate::{CurrentUser, Error};

/// What a browser is sent away with.
pub struct Begun {
    /// Where to.
    pub location: String,
    /// What it must come back with, besides what the location holds.
    pub browser: Secret,
}

/// Where a browser comes back to: by the configuration, and never by what a request says of its host.
pub fn callback_url(shared: &Shared, provider: Provider) -> String {
    let (public_url, provider) = (&shared.links.public_url, provider.as_str());
    format!("{public_url}/api/v1/link/{provider}/callback")
}

/// Begins, and gives the state and the browser's secret.
pub async fn begin(
    shared: &Shared,
    user: CurrentUser,
    provider: Provider,
) -> Result<(Secret, Secret), Error> {
    check_signed_in(shared, user).await?;
    let (state, state_hash) = link_attempt::new_state();
    let (browser, browser_hash) = link_attempt::new_browser();
    let attempt = NewAttempt {
        provider,
        state: &state_hash,
        browser: &browser_hash,
        expires_at: shared.clock.now() + GOOD_FOR,
    };
    let mut tx = shared.db.begin_as(user.id.uuid()).await?;
    if !link_attempts::replace(&mut *tx, user, &attempt).await? {
        return Err(Error::AccountGone);
    }
    tx.commit().await?;
    Ok((state, browser))
}

/// Who began. The state is worth nothing from here on, whatever comes of it: also where it comes back in another browser,
/// since it has been seen by somebody then.
pub async fn end(
    shared: &Shared,
    provider: Provider,
    state: Option<&str>,
    browser: Option<&str>,
) -> Result<CurrentUser, Error> {
    let hash = state.and_then(link_attempt::read_state);
    let hash = hash.ok_or(Error::LinkStateInvalid)?;
    let attempt = link_attempts::take(shared.db.pool(), provider, &hash).await?;
    let attempt = attempt.ok_or(Error::LinkStateInvalid)?;
    let browser = browser.and_then(link_attempt::read_browser);
    let same = browser.is_some_and(|browser| attempt.browser == browser);
    if !same || attempt.expires_at <= shared.clock.now() {
        return Err(Error::LinkStateInvalid);
    }
    let user = CurrentUser {
        id: attempt.user,
        session: attempt.session,
        // That of the access token may have passed meanwhile, which the session outlives.
        expires_at: Timestamp::MAX,
    };
    check_signed_in(shared, user).await?;
    http_api::context::set_user(user.id.uuid());
    Ok(user)
}
