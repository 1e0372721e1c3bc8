//! The only SQL of this crate.

pub mod players;
