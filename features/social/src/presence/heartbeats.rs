//! Heartbeats are written in groups, as scores are: what comes while one group is being written makes the next.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use kernel::{Clock, UserId};
use tokio::sync::{mpsc, oneshot};

use super::Watch;
use crate::Error;
use crate::model::presence::Presence;
use crate::store::SocialStore;

/// Heartbeats that may wait. More than that, and callers are told to come back.
const QUEUE: usize = 8_192;
/// Heartbeats that are written together, at the most.
const TOGETHER: usize = 512;

#[derive(Clone, Debug)]
pub struct Heartbeats(mpsc::Sender<Waiting>);

#[derive(Debug)]
struct Waiting {
    user: UserId,
    presence: Presence,
    answer: oneshot::Sender<Result<(), Error>>,
}

impl Heartbeats {
    /// Starts writing, until all that hand in heartbeats are gone.
    pub fn start(store: Arc<dyn SocialStore>, watch: Watch, clock: Clock) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(write_all(receiver, store, watch, clock));
        Self(sender)
    }

    /// Written once this returns.
    ///
    /// # Errors
    /// When too many wait, or the store is away: then perhaps it is written.
    pub async fn write(&self, user: UserId, presence: Presence) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            user,
            presence,
            answer,
        };
        self.0.try_send(waiting).map_err(|_| Error::Busy)?;
        answered.await.map_err(|_| Error::Busy)?
    }
}

async fn write_all(
    mut waiting: mpsc::Receiver<Waiting>,
    store: Arc<dyn SocialStore>,
    watch: Watch,
    clock: Clock,
) {
    let mut group = Vec::new();
    while waiting.recv_many(&mut group, TOGETHER).await > 0 {
        let group = std::mem::take(&mut group);
        // A panic, which is logged where it happens, costs this group its answers and no later one.
        let written = AssertUnwindSafe(write(group, &*store, &watch, &clock));
        let _ = written.catch_unwind().await;
    }
}

async fn write(group: Vec<Waiting>, store: &dyn SocialStore, watch: &Watch, clock: &Clock) {
    // Of several by one user the last one counts.
    let mut newest = HashMap::with_capacity(group.len());
    let mut answers = Vec::with_capacity(group.len());
    for waiting in group {
        newest.insert(waiting.user, waiting.presence);
        answers.push(waiting.answer);
    }
    let heartbeats: Vec<(UserId, Presence)> = newest.into_iter().collect();
    let outcome = store.put_presence(&heartbeats).await.map_err(Error::from);
    let outcome = outcome.map(|before| {
        let now = clock.now();
        let changed = heartbeats
            .iter()
            .zip(&before)
            .filter_map(|((user, said), before)| {
                let before = before.as_ref().and_then(|before| before.looks(now));
                (before != said.looks(now)).then_some(*user)
            });
        watch.changed(changed);
        watch.look_after(
            heartbeats
                .iter()
                .map(|(user, said)| (*user, said.expires_at)),
        );
    });
    for answer in answers {
        // Whoever hung up needs none.
        let _ = answer.send(match &outcome {
            Ok(()) => Ok(()),
            Err(Error::Store(error)) => Err(Error::Store(Arc::clone(error))),
            Err(_) => Err(Error::Busy),
        });
    }
}
