//! The work behind the requests.

use std::time::Duration;

use ::jobs::{Done, Job, JobError, Priority, Queue, Registry, Retry};
use accounts::players::{self, Player};
use kernel::{Tag, UserId};
use serde::{Deserialize, Serialize};

use crate::model::games::PlayedGame;
use crate::{Error, Social};

/// Somebody has begun to follow somebody. The app tells the one who is followed: this feature doesn't know how.
#[derive(Debug, Serialize, Deserialize)]
pub struct Followed {
    pub user: UserId,
    pub target: UserId,
}

impl Job for Followed {
    const KIND: &'static str = "social.followed";
}

/// Until it is done: half a minute, two, eight, and then by the half hour for a day.
const UNTIL_DONE: Retry = Retry {
    attempts: 48,
    base: Duration::from_secs(30),
    factor: 4,
    longest: Duration::from_secs(30 * 60),
};

/// Removes what there is of a deleted user, in either store.
#[derive(Debug, Serialize, Deserialize)]
pub struct Forget {
    pub user: UserId,
}

impl Job for Forget {
    const KIND: &'static str = "social.forget";
    const QUEUE: Queue = Queue::new("social", 2);
    const PRIORITY: Priority = Priority::Low;
    const TIMEOUT: Duration = Duration::from_secs(600);
    const RETRY: Retry = UNTIL_DONE;
}

/// Takes over into the store's copy what players have reached in games that they have played. The app does it: this feature
/// doesn't have the truth.
#[derive(Debug, Serialize, Deserialize)]
pub struct Mirror {
    pub played: Vec<(UserId, Tag)>,
}

impl Job for Mirror {
    const KIND: &'static str = "social.mirror";
    const QUEUE: Queue = Queue::new("stats", 2);
    const RETRY: Retry = UNTIL_DONE;
}

impl Social {
    /// Adds the handlers of this feature's own jobs.
    pub fn register_jobs(&self, registry: &mut Registry) {
        registry.register(self.clone(), |job: Forget, social, running| async move {
            let mut steps = 0;
            while !social
                .store
                .forget(job.user)
                .await
                .map_err(JobError::retry)?
            {
                steps += 1;
                running.progress(steps, 0, "removing followers");
            }
            Ok(Done::empty())
        });
    }

    /// Whether [`Mirror`] has anything to do.
    pub fn keeps_stats(&self) -> bool {
        self.store.keeps_stats()
    }

    /// What [`Mirror`] does, once it is known what players have reached.
    ///
    /// # Errors
    /// When the store is away. Some may be taken over by then.
    pub async fn mirror(&self, stats: &[(UserId, PlayedGame)]) -> Result<(), Error> {
        Ok(self.store.mirror(stats).await?)
    }

    /// Who follows, if that is still so.
    ///
    /// # Errors
    /// When a store is away.
    pub async fn still_follows(&self, job: &Followed) -> Result<Option<Player>, Error> {
        let edges = self.store.edges_between(&[job.user], &[job.target]).await?;
        if edges.is_empty() {
            return Ok(None);
        }
        let profile = players::profile(self.database.pool(), job.user).await?;
        Ok(profile.map(|profile| profile.player))
    }
}
