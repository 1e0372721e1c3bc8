//! What the proofs of all providers end in.

use std::time::Duration;

use kernel::UserId;

use super::links::gone_or;
use crate::Error;
use crate::model::identity::{Claim, Provider};
use crate::model::link_refusal::Refusal;
use crate::shared::Shared;
use crate::store::identities::{self, Identity};

/// When to come back where the other side didn't say.
const LATER: Duration = Duration::from_secs(60);
/// The index that lets a proven account belong to one user.
const ONE_USER_EACH: &str = "identities_verified";

/// Keeps what was proven: the claims of others give way, a proof of somebody else's doesn't.
pub async fn keep(shared: &Shared, user: UserId, proven: &Claim) -> Result<Identity, Error> {
    let now = shared.clock.now();
    let mut tx = shared.db.begin().await?;
    identities::lock(&mut tx, user, proven).await?;
    identities::drop_claims_of_others(&mut tx, user, proven).await?;
    let kept = identities::upsert_proven(&mut tx, user, proven, now).await;
    let identity = kept.map_err(|error| match error.unique_violation() {
        Some(ONE_USER_EACH) => Error::IdentityTaken,
        _ => gone_or(error),
    })?;
    tx.commit().await?;
    count(proven.provider, "proven");
    Ok(identity)
}

/// Notes why for whoever runs the server: the one who asks is told nothing that would help to forge.
pub fn refused(provider: Provider, refusal: Refusal) -> Error {
    let (provider, reason) = (provider.as_str(), refusal.reason());
    tracing::warn!(provider, reason, "the proof of a link was refused");
    metrics::counter!("links_total", "provider" => provider, "outcome" => reason).increment(1);
    Error::LinkNotProven
}

/// The other side couldn't be asked, or said nothing that answers.
pub fn away(provider: Provider, cause: &str, retry_after: Option<Duration>) -> Error {
    let name = provider.as_str();
    tracing::warn!(provider = name, cause, "a link could not be proven");
    count(provider, "away");
    Error::LinkProviderUnavailable {
        wait: retry_after.unwrap_or(LATER),
    }
}

fn count(provider: Provider, outcome: &'static str) {
    metrics::counter!("links_total", "provider" => provider.as_str(), "outcome" => outcome)
        .increment(1);
}
