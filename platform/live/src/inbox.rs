//! What concerns one user, delivered to all of that user's open streams, on whatever server they are.
//!
//! Invariants:
//! - A sender never waits for a reader: each stream holds at most [`CAPACITY`] events that are not sent yet. One about
//!   the same thing takes the place of the one before. A stream that would need more is ended, and its client comes
//!   back and reads anew.
//! - A stream begins with `resync`, and gets another when it may have missed something. By then it holds no event that
//!   is older than what its client reads in answer.
//! - An event comes to a stream once: from its own server directly, or over the relay, never both.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use kernel::UserId;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use sqlx::PgConnection;

use crate::event::Event;
use crate::relay::{Hearing, Relay};

/// Events of one stream that are not sent yet.
const CAPACITY: usize = 64;
/// Longer data are replaced by a word to read again, in bytes of JSON.
const MAX_DATA: usize = 5_000;
/// What ids have, and more.
const MAX_KEY: usize = 64;
/// Users in one message between servers: with an event of the greatest length it fits.
const USERS_PER_MESSAGE: usize = 40;

const KIND: &str = "user event";
const RESYNC: Bytes = Bytes::from_static(b"event: resync\ndata: {}\n\n");

/// What a user can ask to be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InboxTopic {
    Presence,
    Jobs,
    Notifications,
}

/// Some of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InboxTopics(u8);

/// One event for a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UserEvent {
    topic: InboxTopic,
    key: String,
    data: Box<RawValue>,
}

impl InboxTopic {
    pub const ALL: [Self; 3] = [Self::Presence, Self::Jobs, Self::Notifications];

    /// Its word in a request.
    pub fn name(self) -> &'static str {
        match self {
            Self::Presence => "presence",
            Self::Jobs => "jobs",
            Self::Notifications => "notifications",
        }
    }

    /// What its events are called.
    fn event_name(self) -> &'static str {
        match self {
            Self::Presence => "presence",
            Self::Jobs => "job",
            Self::Notifications => "notification",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl InboxTopics {
    pub fn contains(self, topic: InboxTopic) -> bool {
        self.0 & topic.bit() != 0
    }
}

impl FromIterator<InboxTopic> for InboxTopics {
    fn from_iter<I: IntoIterator<Item = InboxTopic>>(topics: I) -> Self {
        Self(topics.into_iter().fold(0, |bits, topic| bits | topic.bit()))
    }
}

impl UserEvent {
    /// `key` is the id of what the event is about, of at most 64 bytes: where an earlier event of the topic about the
    /// same is not sent yet, this one takes its place. Data of more than 5,000 bytes of JSON are too much for the way
    /// between servers: clients get `{"id": <key>, "readAgain": true}` instead, on every server.
    ///
    /// # Errors
    /// When the data can't be written as JSON.
    pub fn new(
        topic: InboxTopic,
        key: impl fmt::Display,
        data: &impl Serialize,
    ) -> Result<Self, serde_json::Error> {
        let key: String = key.to_string().chars().take(MAX_KEY).collect();
        let mut data = to_raw_value(data)?;
        if data.get().len() > MAX_DATA {
            data = to_raw_value(&serde_json::json!({ "id": key, "readAgain": true }))?;
        }
        Ok(Self { topic, key, data })
    }

    fn encode(&self) -> Bytes {
        Event::new()
            .name(self.topic.event_name())
            .data(self.data.get())
            .encode()
    }
}

/// All open inboxes of this server, and the way to those of others. Cheap to clone.
#[derive(Clone)]
pub struct Inboxes(Arc<Shared>);

struct Shared {
    relay: Relay,
    open: Mutex<HashMap<UserId, Vec<Arc<Mailbox>>>>,
}

/// One stream's events that are not sent yet.
#[derive(Debug)]
struct Mailbox {
    topics: InboxTopics,
    pending: Mutex<Pending>,
    waker: AtomicWaker,
}

#[derive(Debug, Default)]
struct Pending {
    events: VecDeque<Waiting>,
    resync: bool,
    overflowed: bool,
}

#[derive(Clone, Debug)]
struct Waiting {
    topic: InboxTopic,
    key: Arc<str>,
    event: Bytes,
}

/// One event and whom it is for, on its way between servers.
#[derive(Serialize, Deserialize)]
struct Letter<Users, Content> {
    users: Users,
    event: Content,
}

impl Inboxes {
    pub fn new(relay: Relay) -> Self {
        Self(Arc::new(Shared {
            relay,
            open: Mutex::default(),
        }))
    }

    /// What other servers tell of.
    #[must_use]
    pub fn hear(&self, hearing: Hearing) -> Hearing {
        let (told, missed) = (self.clone(), self.clone());
        hearing
            .told(KIND, move |letter: Letter<Vec<UserId>, UserEvent>| {
                told.deliver(&letter.users, &letter.event);
            })
            .missed(move || missed.resync_all())
    }

    /// Sends an event to these users' streams: to those of this server now, to those of others soon, as well as can
    /// be. To be called once what it tells of is committed.
    pub fn publish(&self, users: &[UserId], event: &UserEvent) {
        self.deliver(users, event);
        for users in users.chunks(USERS_PER_MESSAGE) {
            self.0.relay.tell(KIND, &Letter { users, event });
        }
    }

    /// The same, if the caller's transaction is committed.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn publish_in(
        &self,
        connection: &mut PgConnection,
        users: &[UserId],
        event: &UserEvent,
    ) -> Result<(), db::Error> {
        for users in users.chunks(USERS_PER_MESSAGE) {
            let letter = Letter { users, event };
            self.0.relay.tell_in(connection, KIND, &letter).await?;
        }
        Ok(())
    }

    /// Opens one stream's inbox. Whatever is published from here on is delivered, until it is dropped.
    pub fn open(&self, user: UserId, topics: InboxTopics) -> Inbox {
        let mailbox = Arc::new(Mailbox {
            topics,
            pending: Mutex::new(Pending {
                resync: true,
                ..Pending::default()
            }),
            waker: AtomicWaker::new(),
        });
        let mut open = self.0.open.lock();
        open.entry(user).or_default().push(Arc::clone(&mailbox));
        Inbox {
            inboxes: self.clone(),
            user,
            mailbox,
        }
    }

    /// To these users' streams on this server alone: for what every server hears of by itself.
    pub fn deliver(&self, users: &[UserId], event: &UserEvent) {
        let addressed: Vec<Arc<Mailbox>> = {
            let open = self.0.open.lock();
            let mailboxes = users.iter().filter_map(|user| open.get(user)).flatten();
            mailboxes
                .filter(|mailbox| mailbox.topics.contains(event.topic))
                .cloned()
                .collect()
        };
        if addressed.is_empty() {
            return;
        }
        let waiting = Waiting {
            topic: event.topic,
            key: event.key.as_str().into(),
            event: event.encode(),
        };
        for mailbox in addressed {
            mailbox.put(waiting.clone());
        }
    }

    /// Users who listen to a topic on this server.
    pub fn listening(&self, topic: InboxTopic) -> Vec<UserId> {
        let open = self.0.open.lock();
        let listening = open.iter().filter(|(_, mailboxes)| {
            mailboxes
                .iter()
                .any(|mailbox| mailbox.topics.contains(topic))
        });
        listening.map(|(user, _)| *user).collect()
    }

    /// Has all who listen to a topic on this server read anew: they have missed something.
    pub fn resync(&self, topic: InboxTopic) {
        self.resync_those(|mailbox| mailbox.topics.contains(topic));
    }

    fn resync_all(&self) {
        self.resync_those(|_| true);
    }

    fn resync_those(&self, which: impl Fn(&Mailbox) -> bool) {
        let all: Vec<Arc<Mailbox>> = self.0.open.lock().values().flatten().cloned().collect();
        for mailbox in all.iter().filter(|mailbox| which(mailbox)) {
            mailbox.pending.lock().resync = true;
            mailbox.waker.wake();
        }
    }
}

impl fmt::Debug for Inboxes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Inboxes")
            .field("users", &self.0.open.lock().len())
            .finish()
    }
}

impl Mailbox {
    fn put(&self, waiting: Waiting) {
        {
            let mut pending = self.pending.lock();
            let same = |one: &&mut Waiting| one.topic == waiting.topic && one.key == waiting.key;
            if let Some(former) = pending.events.iter_mut().find(same) {
                // Whoever reads is awake already: there was something to read.
                former.event = waiting.event;
                return;
            }
            if pending.events.len() < CAPACITY {
                pending.events.push_back(waiting);
            } else {
                pending.overflowed = true;
            }
        }
        self.waker.wake();
    }
}

/// One stream's side.
#[derive(Debug)]
pub struct Inbox {
    inboxes: Inboxes,
    user: UserId,
    mailbox: Arc<Mailbox>,
}

impl Inbox {
    /// The next event; none once the reader was too slow, and must come back.
    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        // Before looking, since something may come right after.
        self.mailbox.waker.register(context.waker());
        let mut pending = self.mailbox.pending.lock();
        if pending.overflowed {
            return Poll::Ready(None);
        }
        if std::mem::take(&mut pending.resync) {
            pending.events.clear();
            return Poll::Ready(Some(RESYNC));
        }
        match pending.events.pop_front() {
            Some(waiting) => Poll::Ready(Some(waiting.event)),
            None => Poll::Pending,
        }
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let mut open = self.inboxes.0.open.lock();
        if let Some(mailboxes) = open.get_mut(&self.user) {
            mailboxes.retain(|mailbox| !Arc::ptr_eq(mailbox, &self.mailbox));
            if mailboxes.is_empty() {
                open.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests;
