use ::jobs::{Done, JobError};
use jiff::ToSpan;

use crate::{Notifications, store};

/// How long the history goes back.
const HISTORY_DAYS: i64 = 180;
/// Rows to a statement, so that none holds locks for long.
const BATCH: i64 = 5_000;

pub async fn purge(feature: &Notifications) -> Result<Done, JobError> {
    let before = feature.clock.now() - (24 * HISTORY_DAYS).hours();
    let pool = feature.database.pool();
    loop {
        let purged = store::notifications::purge(pool, before, BATCH).await?
            + store::digests::purge(pool, before, BATCH).await?;
        if purged < BATCH as u64 {
            return Ok(Done::empty());
        }
    }
}
