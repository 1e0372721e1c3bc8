//! Tells those who are connected what is new of whom they follow.
//!
//! Invariants:
//! - What is told is what the store says when it is told, not what a server thought before: changes of one user that
//!   come together, or in the wrong order from several servers, end in the newest state.
//! - Who may be told is asked of the store by the edges: who is blocked follows nobody who blocked them.
//! - What can't be told, since too much changes or the store is away, becomes a `resync`: clients read again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kernel::{Clock, UserId};
use live::{Hearing, InboxTopic, Inboxes, Relay, UserEvent, run_coalesced};
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::expiries::Expiries;
use crate::model::presence::{Presence, PresenceView, Status};
use crate::store::{SocialStore, StoreError};

/// Between two rounds of telling. The first after a quiet time begins at once.
const PACE: Duration = Duration::from_millis(50);
/// Changes that may wait.
const CAPACITY: usize = 50_000;
/// Users whose changes are told together, and those in one message between servers.
const TOGETHER: usize = 500;
const PER_MESSAGE: usize = 200;
/// How late it may be noticed that a user's time is over.
const EXPIRY_CHECK: Duration = Duration::from_millis(250);

const KIND: &str = "presence changed";

/// Cheap to clone.
#[derive(Clone)]
pub struct Watch(Arc<Shared>);

struct Shared {
    store: Arc<dyn SocialStore>,
    inboxes: Inboxes,
    relay: Relay,
    clock: Clock,
    changes: Mutex<Changes>,
    something: Notify,
    expiries: Mutex<Expiries>,
}

#[derive(Default)]
struct Changes {
    users: HashSet<UserId>,
    /// Those that other servers don't know of yet.
    own: Vec<UserId>,
    overflowed: bool,
}

/// What a `presence` event says.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    user_id: UserId,
    #[serde(flatten)]
    presence: &'a PresenceView,
}

impl Watch {
    /// Starts telling, until `shutdown`.
    pub fn start(
        store: Arc<dyn SocialStore>,
        inboxes: Inboxes,
        relay: Relay,
        clock: Clock,
        shutdown: CancellationToken,
    ) -> Self {
        let watch = Self(Arc::new(Shared {
            store,
            inboxes,
            relay,
            clock,
            changes: Mutex::default(),
            something: Notify::new(),
            expiries: Mutex::default(),
        }));
        let (teller, checker) = (watch.clone(), watch.clone());
        let stop = shutdown.clone();
        tokio::spawn(async move {
            run_coalesced(&teller.0.something, PACE, &stop, || teller.tell_all()).await;
        });
        tokio::spawn(async move {
            let check = ::jobs::every("presence", EXPIRY_CHECK, || checker.expire());
            shutdown.run_until_cancelled(check).await;
        });
        watch
    }

    /// What other servers tell.
    #[must_use]
    pub fn hear(&self, hearing: Hearing) -> Hearing {
        let watch = self.clone();
        hearing.told(KIND, move |users: Vec<UserId>| watch.add(users, false))
    }

    /// These users look different to others now. All servers tell those who are connected to them.
    pub fn changed(&self, users: impl IntoIterator<Item = UserId>) {
        self.add(users, true);
    }

    fn add(&self, users: impl IntoIterator<Item = UserId>, own: bool) {
        let mut users = users.into_iter().peekable();
        if users.peek().is_none() {
            return;
        }
        let own = own && !self.0.relay.is_alone();
        let mut changes = self.0.changes.lock();
        for user in users {
            if changes.users.len() >= CAPACITY {
                changes.overflowed = true;
                break;
            }
            if changes.users.insert(user) && own {
                changes.own.push(user);
            }
        }
        drop(changes);
        self.0.something.notify_one();
    }

    /// So long these users are there without another heartbeat.
    pub fn look_after(&self, users: impl IntoIterator<Item = (UserId, Timestamp)>) {
        let mut expiries = self.0.expiries.lock();
        for (user, expires_at) in users {
            expiries.set(user, expires_at);
        }
    }

    /// Tells one who may not know any more.
    pub fn seems_offline_to(&self, user: UserId, viewer: UserId) {
        if let Some(event) = event(user, &PresenceView::offline()) {
            self.0.inboxes.publish(&[viewer], &event);
        }
    }

    async fn expire(&self) {
        let now = self.0.clock.now();
        let due = self.0.expiries.lock().take_due(now);
        for users in due.chunks(TOGETHER) {
            match self.0.store.take_expired(users, now).await {
                Ok(taken) => {
                    let seen = taken
                        .into_iter()
                        .filter(|(_, presence)| presence.status != Status::Invisible);
                    self.changed(seen.map(|(user, _)| user));
                }
                Err(error) => {
                    tracing::warn!(%error, "who is offline by now could not be found out; it is tried again");
                    // Not at once: whoever is away needs a moment.
                    let again = now + Duration::from_secs(1);
                    self.look_after(users.iter().map(|user| (*user, again)));
                }
            }
        }
    }

    async fn tell_all(&self) {
        let Changes {
            users,
            own,
            overflowed,
        } = std::mem::take(&mut *self.0.changes.lock());
        for users in own.chunks(PER_MESSAGE) {
            self.0.relay.tell(KIND, &users);
        }
        if overflowed {
            self.0.inboxes.resync(InboxTopic::Presence);
            return;
        }
        let users: Vec<UserId> = users.into_iter().collect();
        for users in users.chunks(TOGETHER) {
            if let Err(error) = self.tell(users).await {
                tracing::warn!(%error, "followers could not be told who is online; they are asked to read again");
                self.0.inboxes.resync(InboxTopic::Presence);
                return;
            }
        }
    }

    async fn tell(&self, users: &[UserId]) -> Result<(), StoreError> {
        let connected = self.0.inboxes.listening(InboxTopic::Presence);
        if connected.is_empty() {
            return Ok(());
        }
        let now = self.0.clock.now();
        let (edges, present) = tokio::try_join!(
            self.0.store.edges_between(&connected, users),
            self.0.store.presence(users, now)
        )?;
        let present: HashMap<UserId, Presence> = present.into_iter().collect();
        let mut watching: HashMap<UserId, Vec<UserId>> = HashMap::new();
        for (follower, user) in edges {
            watching.entry(user).or_default().push(follower);
        }
        for (user, followers) in watching {
            let presence = PresenceView::of(present.get(&user), now);
            if let Some(event) = event(user, &presence) {
                self.0.inboxes.deliver(&followers, &event);
            }
        }
        Ok(())
    }
}

/// It can always be written: ids and short texts.
fn event(user: UserId, presence: &PresenceView) -> Option<UserEvent> {
    let told = Told {
        user_id: user,
        presence,
    };
    UserEvent::new(InboxTopic::Presence, user, &told).ok()
}
