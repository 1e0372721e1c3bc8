//! What accounts are called.
//!
//! Invariant: a name is only nice to have. Where it can't be found out, an old one does, or none.

use std::collections::HashMap;

use jiff::SignedDuration;

use crate::model::account::AccountId;
use crate::store::names;
use crate::upstream::Nadeo;
use crate::{Error, Trackmania};

/// Then it is asked for again.
pub const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);

pub async fn of(
    trackmania: &Trackmania,
    nadeo: &Nadeo,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, String>, Error> {
    let pool = trackmania.database.pool();
    let now = trackmania.clock.now();
    let mut accounts = accounts.to_vec();
    accounts.sort_unstable();
    accounts.dedup();
    let known = names::find(pool, &accounts).await?;
    let fresh = |account: &AccountId| {
        let known = known.get(account);
        known.is_some_and(|known| known.fetched_at > now - GOOD_FOR)
    };
    let wanted: Vec<AccountId> = accounts.iter().copied().filter(|one| !fresh(one)).collect();
    let mut told = HashMap::new();
    if !wanted.is_empty() && nadeo.knows_names() {
        match nadeo.names(&wanted).await {
            Ok(names) => {
                let asked = wanted.iter();
                let asked = asked.map(|one| (*one, names.get(one).map(String::as_str)));
                names::keep(pool, asked.collect(), now).await?;
                told = names;
            }
            Err(error) => tracing::warn!(%error, "drivers' names can't be asked for"),
        }
    }
    let known = known.into_iter();
    let known = known.filter_map(|(account, known)| Some((account, known.name?)));
    Ok(known.chain(told).collect())
}
