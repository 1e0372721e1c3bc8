//! The rules, pure and synchronous: what AoE4World says, and what follows from it.

pub mod game;
pub mod page;
pub mod profile;
mod read;

pub use read::Malformed;
