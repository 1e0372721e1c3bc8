//! Floor 1: Server-Sent Events: encoded once, shared by every connection, bounded.
//!
//! Invariants:
//! - An event is encoded once ([`Event`]) and its [`bytes::Bytes`] are shared: a connection never copies
//!   it, has no task and no queue of its own, and pulls from its [`Topic`] only when its socket has room.
//! - A topic carries *state*: readers may skip what was overtaken, but always get the newest, and no
//!   change falls between a snapshot and the subscription that continues it ([`Subscription`]).
//! - Ids grow strictly within one stream, so a client never goes back, nor sees the same id twice.
//! - An [`Inbox`] carries what concerns one user, bounded; who is too slow for it comes back and reads anew.
//! - Servers on one database tell each other at once ([`Relay`]); what is told may be lost, and that is told too.
//! - The answer is always 200: browsers give up for good on any other status. Too busy is said by
//!   [`overloaded`]: a `retry:` and the end of the stream.
//! - Connections are counted ([`Capacity`]), short-lived ([`StreamSettings::maximum_life`]), and all of
//!   them end with a jittered `retry:` at shutdown.
//!
//! Nothing here knows what is in an event.

mod capacity;
mod event;
mod inbox;
mod pace;
pub mod parse;
mod relay;
mod resume;
mod stream;
mod topic;

pub use capacity::{Capacity, Holder, Permit};
pub use event::Event;
pub use inbox::{Inbox, InboxTopic, InboxTopics, Inboxes, UserEvent};
pub use pace::{Pacer, run_coalesced};
pub use relay::{CHANNEL, Hearing, MAX_BODY, Relay};
pub use resume::{last_event_id, parse_last_event_id};
pub use stream::{EventBody, Source, StreamSettings, overloaded};
pub use topic::{Subscription, Topic};
