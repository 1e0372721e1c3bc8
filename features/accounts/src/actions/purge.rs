use super::sign_in_elsewhere::ENDED_LOGINS_ARE_KEPT;
use crate::Error;
use crate::model::steam_openid::NONCES_ARE_KEPT;
use crate::shared::Shared;
use crate::store::{
    account_tokens, event_tickets, external_logins, link_attempts, openid_nonces, sessions,
};

/// Rows to a statement, so that none holds locks for long.
const BATCH: i64 = 5_000;

/// Removes what is over: sessions, tickets, links that were mailed, proofs that were begun, and the traces of what was said
/// elsewhere.
pub async fn purge(shared: &Shared) -> Result<u64, Error> {
    let (now, pool) = (shared.clock.now(), shared.db.pool());
    external_logins::purge_ended(pool, now - ENDED_LOGINS_ARE_KEPT).await?;
    account_tokens::purge(pool, now).await?;
    event_tickets::purge(pool, now).await?;
    link_attempts::purge(pool, now).await?;
    openid_nonces::purge(pool, now - NONCES_ARE_KEPT).await?;
    Ok(db::in_batches(BATCH, |at_most| sessions::purge(pool, now, at_most)).await?)
}
