//! A Trackmania account: claimed by its name, which is resolved to the account's id, or proven by OAuth 2.0.

use super::link_attempts::{self, Begun, callback_url};
use super::prove_link::{away, keep, refused};
use super::{code_flow, links, profile};
use crate::model::identity::{Claim, Provider, Username};
use crate::model::link_refusal::Refusal;
use crate::shared::Shared;
use crate::store::identities::Identity;
use crate::{CurrentUser, Error, NoAnswer, TrackmaniaAccount};

const PROVIDER: Provider = Provider::Trackmania;

/// Notes that a user says to be called so there.
pub async fn claim(
    shared: &Shared,
    user: CurrentUser,
    username: &Username,
) -> Result<Identity, Error> {
    // Or a token that outlives its account would have us ask.
    profile::get(shared, user.id).await?;
    let trackmania = shared.trackmania().map_err(unanswered)?;
    let account = trackmania.named(username.as_str()).await;
    let account = account.map_err(unanswered)?;
    let account = account.ok_or(Error::TrackmaniaNameUnknown)?;
    links::claim(shared, user.id, &said_of(&account)?).await
}

pub async fn begin(shared: &Shared, user: CurrentUser) -> Result<Begun, Error> {
    let trackmania = shared.trackmania().map_err(unanswered)?;
    let (state, browser) = link_attempts::begin(shared, user, PROVIDER).await?;
    let location = trackmania.sign_in_url(&callback_url(shared, PROVIDER), state.expose());
    Ok(Begun {
        location: location.map_err(unanswered)?,
        browser,
    })
}

/// `browser` is what the browser kept, `query` what it came back with.
pub async fn end(shared: &Shared, browser: Option<&str>, query: &str) -> Result<Identity, Error> {
    let trackmania = shared.trackmania().map_err(unanswered)?;
    let (user, code) = code_flow::end(shared, PROVIDER, browser, query).await?;
    let callback = callback_url(shared, PROVIDER);
    let account = trackmania.of_code(&code, &callback).await;
    let account = account.map_err(unanswered)?;
    let account = account.ok_or_else(|| refused(PROVIDER, Refusal::Denied))?;
    keep(shared, user.id, &said_of(&account)?).await
}

fn said_of(account: &TrackmaniaAccount) -> Result<Claim, Error> {
    let name = Username::parse(&account.name);
    let name = name.map_err(|_| away(PROVIDER, "a name that could be nobody's", None))?;
    Ok(Claim::trackmania(account.id, name))
}

fn unanswered(why: NoAnswer) -> Error {
    match why {
        NoAnswer::NotConfigured => Error::LinkNotConfigured,
        NoAnswer::Away { cause, wait } => away(PROVIDER, &cause, wait),
        NoAnswer::Database(error) => error.into(),
    }
}
