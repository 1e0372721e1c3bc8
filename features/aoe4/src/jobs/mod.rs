//! One job a file.

mod abandoned;
mod review;

use std::time::Duration;

use ::jobs::{Done, Job, JobError, Queue, Registry, Running};
use jiff::SignedDuration;
use kernel::{ReviewId, UserId};
use serde::{Deserialize, Serialize};

pub use self::abandoned::EndAbandoned;
pub use self::review::ReviewGame;

use crate::{Aoe4, store};

/// Summaries never change, but are only looked into again when another of the players asks for a review.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A wish for a review has come to its end. The app tells the user: this feature doesn't know how.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reviewed {
    pub user: UserId,
    /// AoE4World's id of the match.
    pub game: u64,
    /// What it was played on, and as what, in plain words.
    pub map: String,
    pub civilization: String,
    /// None if it was given up.
    pub review: Option<ReviewId>,
    /// Of 100; none for what could not be seen.
    pub overall: Option<u8>,
}

impl Job for Reviewed {
    const KIND: &'static str = "aoe4.reviewed";
}

/// Removes summaries that were fetched long ago.
#[derive(Debug, Serialize, Deserialize)]
pub struct PurgeSummaries {}

impl Job for PurgeSummaries {
    const KIND: &'static str = "aoe4.purge";
    const QUEUE: Queue = Queue::new("chores", 1);
    const TIMEOUT: Duration = Duration::from_secs(10 * 60);
}

impl Aoe4 {
    /// Adds the handlers of this feature's own jobs.
    pub fn register_jobs(&self, registry: &mut Registry) {
        registry.register(self.clone(), review::run);
        registry.register(self.clone(), abandoned::run);
        registry.register(self.clone(), purge);
    }
}

async fn purge(_: PurgeSummaries, aoe4: Aoe4, _: Running) -> Result<Done, JobError> {
    let before = aoe4.clock.now() - KEPT;
    let purged = store::summaries::purge(aoe4.database.pool(), before).await?;
    Done::with(&purged)
}
