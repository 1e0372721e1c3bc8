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
    db::in_batches(BATCH, |at_most| {
        store::notifications::purge(pool, before, at_most)
    })
    .await?;
    db::in_batches(BATCH, |at_most| {
        store::digests::purge(pool, before, at_most)
    })
    .await?;
    Ok(Done::empty())
}
