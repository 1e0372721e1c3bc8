use ::jobs::{Done, JobError};

use crate::model::channel::Channel;
use crate::store::deliveries::Subject;
use crate::{Notifications, store};

/// Digests to a transaction, so that none holds locks for long.
const BATCH: i64 = 500;

/// Closing a digest and having it sent is one transaction: however many workers do this at once, each digest is sent
/// for once.
pub async fn gather(feature: &Notifications) -> Result<Done, JobError> {
    loop {
        let now = feature.clock.now();
        let mut tx = feature.database.begin().await?;
        let closed = store::digests::close_due(&mut *tx, now, BATCH).await?;
        let count = closed.len();
        for (digest, user) in closed {
            let subject = Subject::Digest(digest);
            feature
                .dispatch(&mut tx, user, subject, Channel::Email, now)
                .await?;
        }
        tx.commit().await.map_err(db::Error::from)?;
        if (count as i64) < BATCH {
            return Ok(Done::empty());
        }
    }
}
