//! Presence, alive: heartbeats on their way in, and changes on their way to those who follow.

mod expiries;
mod heartbeats;
mod watch;

pub use heartbeats::Heartbeats;
pub use watch::Watch;
