//! How many streams there are, whose they are, and how each of them is told to end.
//!
//! Invariants:
//! - A stream counts from [`Capacity::try_enter`] until its [`Permit`] is dropped, and the body holds the
//!   permit: nothing else has to remember to free it.
//! - One holder over its cap displaces its own oldest stream, so a tab that reloads heals itself. Streams
//!   that were displaced but haven't ended, since their sockets are stalled, are bounded too: with those, one
//!   holder has at most twice its cap.
//! - The total is a hard cap.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use kernel::UserId;
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
    open: VecDeque<(u64, Arc<Signal>)>,
    /// How many were displaced and haven't ended yet.
    leaving: usize,
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
    /// shutting down: answer with [`crate::overloaded`].
    pub fn try_enter(&self, holder: Holder) -> Option<Permit> {
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
            streams.open.push_back((serial, Arc::clone(&signal)));
            state.active += 1;
            self.report(&state);
            Permit {
                capacity: self.clone(),
                holder,
                serial,
                signal,
            }
        };
        if let Some((_, signal)) = displaced {
            signal.end(Ending::Displaced);
        }
        Some(permit)
    }

    pub fn active(&self) -> usize {
        self.0.state.lock().active
    }

    /// Ends all streams of `holder`, such as of a user who was deleted or banned.
    pub fn end_all_of(&self, holder: Holder) {
        let signals = {
            let state = self.0.state.lock();
            state.holders.get(&holder).map(|it| it.open.clone())
        };
        for (_, signal) in signals.into_iter().flatten() {
            signal.end(Ending::Revoked);
        }
    }

    /// Ends all streams, each with a jittered `retry:`, and lets no more in.
    pub fn shut_down(&self) {
        let signals: Vec<_> = {
            let mut state = self.0.state.lock();
            state.shutting_down = true;
            let streams = state.holders.values();
            streams.flat_map(|it| it.open.iter().cloned()).collect()
        };
        for (_, signal) in signals {
            signal.end(Ending::ShuttingDown);
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
                .binary_search_by_key(&self.serial, |(serial, _)| *serial)
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
mod tests {
    use std::future::poll_fn;

    use futures_util::FutureExt;
    use uuid::Uuid;

    use super::*;

    fn user(number: u128) -> Holder {
        Holder::User(UserId::new(Uuid::from_u128(number)))
    }

    fn ending(permit: &Permit) -> Option<Ending> {
        poll_fn(|context| permit.poll_ending(context)).now_or_never()
    }

    #[test]
    fn the_total_is_a_hard_cap_that_frees_on_drop() {
        let capacity = Capacity::new(2, 8);
        let first = capacity.try_enter(user(1));
        let second = capacity.try_enter(user(2));
        assert!(first.is_some() && second.is_some());
        assert!(capacity.try_enter(user(3)).is_none());
        drop(first);
        assert_eq!(capacity.active(), 1);
        let third = capacity.try_enter(user(3));
        assert!(third.is_some());
        drop((second, third));
        assert_eq!(capacity.active(), 0);
        assert!(capacity.0.state.lock().holders.is_empty());
    }

    #[test]
    fn over_its_cap_a_holder_loses_its_oldest() {
        let capacity = Capacity::new(100, 2);
        let mine = || capacity.try_enter(user(1)).expect("room");
        let other = capacity.try_enter(user(2)).expect("room");
        let (first, second, third) = (mine(), mine(), mine());
        assert_eq!(ending(&first), Some(Ending::Displaced));
        assert_eq!(ending(&second), None);
        let fourth = mine();
        assert_eq!(ending(&second), Some(Ending::Displaced));
        assert!(
            capacity.try_enter(user(1)).is_none(),
            "two are displaced and still there"
        );
        drop(first);
        let fifth = mine();
        assert_eq!(ending(&third), Some(Ending::Displaced));
        assert_eq!(
            (ending(&fourth), ending(&fifth), ending(&other)),
            (None, None, None)
        );
        drop((second, third, fourth, fifth, other));
        assert!(capacity.0.state.lock().holders.is_empty());
    }

    #[test]
    fn no_room_for_anybody() {
        assert!(Capacity::new(0, 8).try_enter(user(1)).is_none());
        assert!(Capacity::new(8, 0).try_enter(user(1)).is_none());
    }

    #[test]
    fn only_the_holders_own_streams_are_ended() {
        let capacity = Capacity::new(8, 8);
        let gone = capacity.try_enter(user(1)).expect("room");
        let stays = capacity.try_enter(user(2)).expect("room");
        capacity.end_all_of(user(1));
        capacity.end_all_of(user(3));
        assert_eq!(ending(&gone), Some(Ending::Revoked));
        assert_eq!(ending(&stays), None);
    }

    #[tokio::test]
    async fn shutdown_ends_all_and_lets_none_in() {
        let capacity = Capacity::new(8, 8);
        let permit = capacity.try_enter(user(1)).expect("room");
        let shutdown = CancellationToken::new();
        let waiting =
            tokio::spawn(async move { poll_fn(|context| permit.poll_ending(context)).await });
        tokio::task::yield_now().await;
        shutdown.cancel();
        capacity.clone().shut_down_on(shutdown).await;
        assert_eq!(waiting.await.expect("no panic"), Ending::ShuttingDown);
        assert!(capacity.try_enter(user(2)).is_none());
    }

    #[test]
    fn addresses_of_one_customer_are_one_holder() {
        let holder = |address: &str| Holder::address(address.parse().expect("an address"));
        assert_eq!(holder("2001:db8::1"), holder("2001:db8::ffff:2"));
        assert_ne!(holder("2001:db8::1"), holder("2001:db8:0:1::1"));
        assert_eq!(holder("::ffff:192.0.2.1"), holder("192.0.2.1"));
        assert_ne!(holder("192.0.2.1"), holder("192.0.2.2"));
    }
}
