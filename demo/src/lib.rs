//! Floor 4, beside `app`: a made-up world for newcomers to watch.
//!
//! - [`fill`] makes marked players and boards; [`clear`] takes away exactly those.
//! - [`play`] has the players play, through the public API and by its rules.
//! - [`aoe4world`] is an AoE4World of its own, to bring matches over from.
//! - [`trackmania`] is a Trackmania of its own, whose records move by themselves.
//! - [`world`] is who they are and how they play: pure, and the same for the same seed.

pub mod aoe4world;
mod chance;
mod client;
mod fill;
mod play;
pub mod trackmania;
pub mod world;

pub use fill::{Cast, Cleared, clear, fill};
pub use play::play;
