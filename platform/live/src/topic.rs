//! One piece of state, such as a board, and all who watch it.
//!
//! A topic keeps only its newest event. Each subscription holds the version that its reader has seen, and
//! reads whatever is newer: so a reader may skip versions, never goes back, and always gets the last.
//!
//! Invariants:
//! - "Is there something newer?" and "wake me when there is" are one step under the topic's lock, so no
//!   publish can fall between them.
//! - A reader that isn't polled costs nothing: it keeps one place in `waiting` and misses nothing but
//!   what is overtaken.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use parking_lot::Mutex;

/// How many readers are woken between two takings of the lock: those already awake read meanwhile.
const WAKE_BATCH: usize = 64;

/// The publisher's side. Cloning shares the topic.
#[derive(Clone)]
pub struct Topic(Arc<Mutex<State>>);

struct State {
    /// The version of `event`; while there is none, the version at which the topic began.
    version: u64,
    event: Option<Bytes>,
    closed: bool,
    /// A place for each subscription; full while it waits. Those that nobody holds are in `free`.
    waiting: Vec<Option<Waker>>,
    free: Vec<u32>,
}

impl Topic {
    /// A topic that knows nothing of changes up to `version`, the state's version now: whoever saw less
    /// needs a snapshot.
    pub fn new(version: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            version,
            event: None,
            closed: false,
            waiting: Vec::new(),
            free: Vec::new(),
        })))
    }

    /// Sends `event`, which leads to the state's `version` and carries `id: <version>`, to all who are
    /// subscribed. False, and nothing is sent, if that version or a newer one is out already.
    pub fn publish(&self, version: u64, event: Bytes) -> bool {
        {
            let mut state = self.0.lock();
            if version <= state.version || state.closed {
                return false;
            }
            state.version = version;
            state.event = Some(event);
        }
        self.wake_all();
        true
    }

    /// Ends all streams, and those to come, for when what they watch is gone. Clients reconnect and are
    /// told by their next answer.
    pub fn close(&self) {
        self.0.lock().closed = true;
        self.wake_all();
    }

    /// The version of the newest event.
    pub fn version(&self) -> u64 {
        self.0.lock().version
    }

    pub fn subscribers(&self) -> usize {
        let state = self.0.lock();
        state.waiting.len() - state.free.len()
    }

    /// Begins to watch: whatever is published from here on is delivered.
    ///
    /// Subscribe *before* reading the state that the reader begins with, then call
    /// [`Subscription::resume`] or [`Subscription::start_with`].
    pub fn subscribe(&self) -> Subscription {
        let mut state = self.0.lock();
        let place = state.free.pop().unwrap_or_else(|| {
            state.waiting.push(None);
            // A place is a connection, so they end long before u32 does.
            (state.waiting.len() - 1) as u32
        });
        Subscription {
            topic: self.clone(),
            place,
            seen: state.version,
            first: None,
        }
    }

    /// Wakers run without the lock: what they wake may take it at once. Whoever comes to wait after the
    /// change has seen it, so a place that is skipped or woken for nothing does no harm.
    fn wake_all(&self) {
        let mut batch = Vec::with_capacity(WAKE_BATCH);
        let mut next = 0;
        loop {
            {
                let mut state = self.0.lock();
                let rest = state.waiting.get_mut(next..).unwrap_or_default();
                for place in rest {
                    if batch.len() == WAKE_BATCH {
                        break;
                    }
                    next += 1;
                    batch.extend(place.take());
                }
            }
            if batch.is_empty() {
                return;
            }
            batch.drain(..).for_each(Waker::wake);
        }
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Topic")
            .field("version", &self.version())
            .field("subscribers", &self.subscribers())
            .finish()
    }
}

/// One reader's side of a [`Topic`].
///
/// ```
/// # use live::{Event, Topic};
/// # let (topic, board_version, last_event_id) = (Topic::new(7), || 9, Some(6));
/// let mut subscription = topic.subscribe();
/// let current = board_version();
/// if !subscription.resume(last_event_id, current) {
///     let snapshot = Event::new().id(current).data("…").encode();
///     subscription.start_with(current, snapshot);
/// }
/// ```
#[derive(Debug)]
pub struct Subscription {
    topic: Topic,
    place: u32,
    seen: u64,
    first: Option<Bytes>,
}

impl Subscription {
    /// Continues after `last_event_id`, if nothing was missed: it isn't older than the newest event, nor
    /// newer than `current`, the state's version now, as an id of another history would be. If false,
    /// the reader needs a snapshot.
    #[must_use = "a reader that can't resume needs a snapshot"]
    pub fn resume(&mut self, last_event_id: Option<u64>, current: u64) -> bool {
        let Some(seen) = last_event_id else {
            return false;
        };
        if seen > current || seen < self.topic.version() {
            return false;
        }
        self.seen = seen;
        true
    }

    /// Begins with `snapshot`, an event with the state at `version`; events up to that version, which it
    /// includes, are left out.
    ///
    /// The snapshot must be read after subscribing, and its version not after its content: a label that
    /// is too old repeats an event, one that is too new would lose it.
    pub fn start_with(&mut self, version: u64, snapshot: Bytes) {
        self.seen = version;
        self.first = Some(snapshot);
    }

    /// The next event; none once the topic is closed.
    pub async fn next(&mut self) -> Option<Bytes> {
        poll_fn(|context| self.poll_next(context)).await
    }

    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(first));
        }
        let mut state = self.topic.0.lock();
        if state.closed {
            return Poll::Ready(None);
        }
        if state.version > self.seen
            && let Some(event) = &state.event
        {
            self.seen = state.version;
            return Poll::Ready(Some(event.clone()));
        }
        let place = &mut state.waiting[self.place as usize];
        if !place
            .as_ref()
            .is_some_and(|waker| waker.will_wake(context.waker()))
        {
            let former = place.replace(context.waker().clone());
            // As in `drop`: not under the lock.
            drop(state);
            drop(former);
        }
        Poll::Pending
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // Dropped after the lock is let go: a waker may own the last handle of something that locks.
        let _waker = {
            let mut state = self.topic.0.lock();
            let waker = state.waiting[self.place as usize].take();
            state.free.push(self.place);
            if state.free.len() == state.waiting.len() {
                // Nobody is left: a topic that was crowded once doesn't keep its room for ever.
                state.waiting = Vec::new();
                state.free = Vec::new();
            }
            waker
        };
    }
}

#[cfg(test)]
mod tests;
