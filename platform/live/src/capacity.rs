//! How many streams there are, whose they are, and how each of them is told to end.
//!
//! Invariants:
//! - A stream counts from [`Capacity::try_enter`] until its [`Permit`] is dropped, and the body holds the
//!   permit: nothing else has to remember to free it.
//! - One holder over its cap displaces its own oldest stream, so a tab that reloads heals itself. Streams
//!   that were displaced but haven't ended, since their sockets are stalled, are bounded too: with those, one
//!   holder has at most twice its cap.
//! - The total is a hard cap.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use kernel::{SessionId, UserId};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// Who a stream is counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    User(UserId),
    /// Somebody anonymous. Made by [`Holder::address`].
    Address(IpAddr),
}

impl Holder {
    /// By address. One IPv6 customer has a /64 at least, and so do all of its addresses together here.
    pub fn address(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V6(address) => {
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
            }
            address => address,
        })
    }
}

/// Why a stream is told to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Ending {
    /// A newer stream of the same holder took its place.
    Displaced = 1,
    /// The holder may no longer watch.
    Revoked,
    ShuttingDown,
}

/// What reaches one stream from outside. Cheaper than a cancellation token for each: no list, one byte to
/// look at.
#[derive(Debug, Default)]
struct Signal {
    /// 0, or an [`Ending`].
    ending: AtomicU8,
    waker: AtomicWaker,
}

impl Signal {
    fn end(&self, ending: Ending) {
        // The first reason stands.
        let _ = self
            .ending
            .compare_exchange(0, ending as u8, Ordering::AcqRel, Ordering::Acquire);
        self.waker.wake();
    }

    fn ending(&self) -> Option<Ending> {
        match self.ending.load(Ordering::Acquire) {
            0 => None,
            1 => Some(Ending::Displaced),
            2 => Some(Ending::Revoked),
            _ => Some(Ending::ShuttingDown),
        }
    }
}

/// The count of streams and the caps on it. Cloning shares it.
#[derive(Clone)]
pub struct Capacity(Arc<Shared>);

struct Shared {
    maximum: usize,
    maximum_each: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    active: usize,
    next_serial: u64,
    shutting_down: bool,
    holders: HashMap<Holder, Streams>,
}

#[derive(Default)]
struct Streams {
    /// By serial, so oldest first.
    open: VecDeque<Open>,
    /// How many were displaced and haven't ended yet.
    leaving: usize,
}

#[derive(Clone)]
struct Open {
    serial: u64,
    /// The device that it was opened by, where that is known.
    session: Option<SessionId>,
    signal: Arc<Signal>,
}

impl Capacity {
    /// At most `maximum` streams, and `maximum_each` for one holder.
    pub fn new(maximum: usize, maximum_each: usize) -> Self {
        Self(Arc::new(Shared {
            maximum,
            maximum_each,
            state: Mutex::default(),
        }))
    }

    /// Room for one stream of `holder`, whose oldest ends if it has too many. None when all is full or
    /// shutting down: answer with [`crate::overloaded`]. A stream with a session ends with that too.
    pub fn try_enter(&self, holder: Holder, session: Option<SessionId>) -> Option<Permit> {
        let maximum_each = self.0.maximum_each;
        let mut displaced = None;
        let permit = {
            let mut state = self.0.state.lock();
            let streams = state.holders.get(&holder);
            let (open, leaving) = streams.map_or((0, 0), |it| (it.open.len(), it.leaving));
            let crowded = open >= maximum_each && (open == 0 || leaving >= maximum_each);
            if state.shutting_down || state.active >= self.0.maximum || crowded {
                drop(state);
                metrics::counter!("sse_connections_refused_total").increment(1);
                return None;
            }
            let serial = state.next_serial;
            state.next_serial += 1;
            let signal = Arc::<Signal>::default();
            let streams = state.holders.entry(holder).or_default();
            if open >= maximum_each {
                displaced = streams.open.pop_front();
                streams.leaving += 1;
            }
            streams.open.push_back(Open {
                serial,
                session,
                signal: Arc::clone(&signal),
            });
            state.active += 1;
            self.report(&state);
            Permit {
                capacity: self.clone(),
                holder,
                serial,
                signal,
            }
        };
        if let Some(displaced) = displaced {
            displaced.signal.end(Ending::Displaced);
        }
        Some(permit)
    }

    pub fn active(&self) -> usize {
        self.0.state.lock().active
    }

    /// Ends all streams of `holder`, such as of a user who was deleted or banned.
    pub fn end_all_of(&self, holder: Holder) {
        self.end_those_of(holder, |_| true);
    }

    /// Ends the streams that a device of this user has open, such as of one that was signed out.
    pub fn end_session(&self, user: UserId, session: SessionId) {
        self.end_those_of(Holder::User(user), |open| open.session == Some(session));
    }

    fn end_those_of(&self, holder: Holder, which: impl Fn(&Open) -> bool) {
        let signals: Vec<_> = {
            let state = self.0.state.lock();
            let open = state.holders.get(&holder).into_iter();
            open.flat_map(|it| it.open.iter().filter(|open| which(open)).cloned())
                .collect()
        };
        for open in signals {
            open.signal.end(Ending::Revoked);
        }
    }

    /// Which users have streams open, and on which devices where that is known; each once.
    pub fn signed_in(&self) -> HashSet<(UserId, Option<SessionId>)> {
        let state = self.0.state.lock();
        let holders = state
            .holders
            .iter()
            .filter_map(|(holder, it)| match holder {
                Holder::User(user) => Some((*user, it)),
                Holder::Address(_) => None,
            });
        holders
            .flat_map(|(user, it)| it.open.iter().map(move |open| (user, open.session)))
            .collect()
    }

    /// Ends all streams, each with a jittered `retry:`, and lets no more in.
    pub fn shut_down(&self) {
        let all: Vec<_> = {
            let mut state = self.0.state.lock();
            state.shutting_down = true;
            let streams = state.holders.values();
            streams.flat_map(|it| it.open.iter().cloned()).collect()
        };
        for open in all {
            open.signal.end(Ending::ShuttingDown);
        }
    }

    /// [`Capacity::shut_down`] when `shutdown` is cancelled. To be spawned once, beside the server.
    pub async fn shut_down_on(self, shutdown: CancellationToken) {
        shutdown.cancelled().await;
        self.shut_down();
    }

    /// Under the lock, so that gauges don't overtake each other.
    fn report(&self, state: &State) {
        metrics::gauge!("sse_connections_active").set(state.active as f64);
        metrics::gauge!("sse_connections_share")
            .set(state.active as f64 / self.0.maximum.max(1) as f64);
    }
}

impl fmt::Debug for Capacity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Capacity")
            .field("active", &self.active())
            .field("maximum", &self.0.maximum)
            .field("maximum_each", &self.0.maximum_each)
            .finish()
    }
}

/// One stream's place, free again when dropped.
#[derive(Debug)]
pub struct Permit {
    capacity: Capacity,
    holder: Holder,
    serial: u64,
    signal: Arc<Signal>,
}

impl Permit {
    /// Ready when the stream shall end.
    pub(crate) fn poll_ending(&self, context: &mut Context<'_>) -> Poll<Ending> {
        if let Some(ending) = self.signal.ending() {
            return Poll::Ready(ending);
        }
        self.signal.waker.register(context.waker());
        // Again, since it may have been set before the waker was there to be woken.
        self.signal.ending().map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.capacity.0.state.lock();
        state.active -= 1;
        if let Some(streams) = state.holders.get_mut(&self.holder) {
            match streams
                .open
                .binary_search_by_key(&self.serial, |open| open.serial)
            {
                Ok(index) => drop(streams.open.remove(index)),
                Err(_) => streams.leaving -= 1,
            }
            if streams.open.is_empty() && streams.leaving == 0 {
                state.holders.remove(&self.holder);
            }
        }
        self.capacity.report(&state);
    }
}

#[cfg(test)]
mod tests;
