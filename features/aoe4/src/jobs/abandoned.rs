//! Ends wishes whose job ended without their handler: it took too long the last time, or its servers died with it, or
//! somebody called it off.

use std::time::Duration;

use ::jobs::{Done, Job, JobError, Queue, Running, State};
use jiff::SignedDuration;
use kernel::JobId;
use serde::{Deserialize, Serialize};

use super::review::{close, give_up};
use crate::Aoe4;
use crate::store::{games, tasks};

/// Younger ones are looked at the next time.
const SETTLED: SignedDuration = SignedDuration::from_mins(5);
/// Wishes that are looked at together.
const AT_ONCE: i64 = 200;

#[derive(Debug, Serialize, Deserialize)]
pub struct EndAbandoned {}

impl Job for EndAbandoned {
    const KIND: &'static str = "aoe4.abandoned";
    const QUEUE: Queue = Queue::new("chores", 1);
    const TIMEOUT: Duration = Duration::from_secs(10 * 60);
}

pub async fn run(_: EndAbandoned, aoe4: Aoe4, _: Running) -> Result<Done, JobError> {
    let before = aoe4.clock.now() - SETTLED;
    let (mut after, mut ended) = (None, 0_u64);
    loop {
        let mut tx = aoe4.database.begin().await?;
        let open = tasks::open_since(&mut *tx, before, after, AT_ONCE).await?;
        let jobs: Vec<JobId> = open.iter().map(|(_, job, _)| *job).collect();
        let states = aoe4.jobs.states(&mut tx, &jobs).await?;
        for (id, job, wish) in &open {
            let state = states.get(job).copied();
            if state.is_some_and(|state| !state.is_final()) {
                continue;
            }
            // Whoever asks for this match meanwhile waits, or is waited for.
            games::hold(&mut *tx, wish.user, wish.game).await?;
            if state == Some(State::Cancelled) {
                close(&aoe4, &mut tx, *id, *wish, "It was called off.").await?;
            } else {
                give_up(&aoe4, &mut tx, *id, *wish, "Its job broke off.").await?;
            }
            ended += 1;
        }
        tx.commit().await.map_err(db::Error::from)?;
        match open.last().filter(|_| open.len() as i64 == AT_ONCE) {
            Some((.., wish)) => after = Some(*wish),
            None => return Done::with(&ended),
        }
    }
}
