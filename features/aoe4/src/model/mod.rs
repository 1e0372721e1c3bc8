//! The rules, pure and synchronous: what AoE4World says, and what follows from it.

pub mod game;
pub mod page;
pub mod profile;
mod read;
pub mod summary;
#[cfg(test)]
pub(crate) mod testing;

pub use read::Malformed;
